import Common
import Constraints

/// Which writes keep the text completable (algorithms.md D3): all that is written agrees with one whole valid assignment,
/// the witness of this forward, so that valid completions remain, whatever the policy likes.
enum ToyPolicy {
    struct Write: Sendable, Hashable {
        /// Index into the canvas.
        var index: Int
        var token: TokenID

        init(index: Int, token: TokenID) { (self.index, self.token) = (index, token) }
    }

    /// The tokens that a policy wants to write, unmasked or edited, as far as they agree with the witness. Remasks need no
    /// leave: they only relax.
    ///
    /// - Parameter masked: where masks stand. If no mask would be filled, the surest one is, so that decoding goes on.
    static func allowed(_ wanted: [Write], masked: [Int], _ reading: CanvasReading) -> [Write] {
        var writes = wanted.filter { reading.witness[$0.index] == $0.token }
        let filled = Set(writes.map(\.index))
        guard !masked.contains(where: filled.contains) else { return writes }
        let surest = masked.max { (reading.confidence($0), $1) < (reading.confidence($1), $0) }
        if let surest { writes.append(Write(index: surest, token: reading.witness[surest])) }
        return writes
    }

    /// Masks that the constraint leaves one token only: writing them costs nothing and needs no threshold.
    static func forced(masked: [Int], _ reading: CanvasReading) -> [Write] {
        masked.filter { reading.confidence($0) >= 1 - 1e-9 }.map { Write(index: $0, token: reading.witness[$0]) }
    }

    /// The closing rule: what must be written before the canvas is closed. `tokens` are what stands on it, nil for a mask.
    static func closing(_ tokens: [TokenID?], _ reading: CanvasReading) -> [Write] {
        tokens.indices.filter { tokens[$0] != reading.witness[$0] }.map { Write(index: $0, token: reading.witness[$0]) }
    }
}
