import Cinnabar
import Common

/// What a client does to a text that is being written. Positions count output tokens from 0; ranges do not include their end.
enum SessionCommand: Sendable {
    /// Forward after forward, with a rest between them.
    case run(rest: Duration)
    case pause
    case step(Int)
    case pin(String, at: Int)
    case unpin(Int)
    case lock(Range<Int>)
    case replace(Range<Int>, with: String)
    case rollBack(to: Int, keepsDraft: Bool)
    case constrain(Constraint?, takesBack: Bool)
    /// The text ends where it stands.
    case stop

    static let mostSteps = 1024
    static let longestRest = 10_000
}
