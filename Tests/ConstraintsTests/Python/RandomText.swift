import Common
import Constraints

/// Draws texts of a grammar: a random walk over its states, then the shortest way to an end.
struct RandomText {
    var recogniser: Recogniser
    var random: SplitMix64

    init(_ grammar: Grammar, seed: UInt64) throws {
        recogniser = try Recogniser(grammar)
        random = SplitMix64(seed: seed)
    }

    /// A text of the grammar with about `length` bytes. Each state that may follow is as probable as each other one, so
    /// that rare signs and words come often.
    mutating func draw(length: Int) throws -> [UInt8] {
        var (text, state) = ([UInt8](), recogniser.start)
        for _ in 0..<length {
            recogniser.refill()
            var bytes: [Recogniser.State: [UInt8]] = [:]
            for byte in UInt8.min...UInt8.max {
                let next = try recogniser.next(state, byte)
                if next != Recogniser.dead { bytes[next, default: []].append(byte) }
            }
            let states = bytes.keys.sorted()
            guard let next = states.randomElement(using: &random), let byte = bytes[next]?.randomElement(using: &random)
            else { break }
            (state, text) = (next, text + [byte])
        }
        recogniser.refill()
        return text + (try recogniser.completion(state) ?? [])
    }
}
