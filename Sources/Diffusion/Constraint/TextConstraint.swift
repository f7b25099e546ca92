package import Common
package import Constraints

/// What a text must be.
package struct TextConstraint: Sendable {
    package let automaton: TokenAutomaton
    /// How the tokenizer writes bytes, so that text without a choice stands as in training.
    let spell: @Sendable ([UInt8]) -> [TokenID]

    package init(_ automaton: TokenAutomaton, spell: @escaping @Sendable ([UInt8]) -> [TokenID]) {
        self.automaton = automaton
        self.spell = spell
    }
}

extension CanvasInference.Options {
    init(_ options: DecodingOptions) { self.init(endTokens: options.endTokens, padToken: options.padToken) }
}
