import Common

/// A text decoded by an independent implementation, state by state.
struct ParityTrace: Decodable {
    var name, rule: String
    var prompt: [TokenID]
    /// All tokens before the first forward and after every one.
    var states: [[TokenID]]
}
