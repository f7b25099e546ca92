package import Common
package import Constraints
import Models

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

extension Prediction {
    /// A row as inference under a constraint reads it. The kernel sums it: `TokenRow` alone would take an exponential for each
    /// token.
    func tokenRow(_ row: Int, temperature: Double) -> TokenRow {
        TokenRow(
            logits: logits[row * vocabularySize..<(row + 1) * vocabularySize],
            temperature: temperature > 0 ? temperature : 1,
            logSumExp: withRow(row) { RowReduction($0)?.logSumExp }
        )
    }
}
