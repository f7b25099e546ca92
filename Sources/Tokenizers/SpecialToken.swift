package import Common

/// The tokens with a meaning of their own, at the start of every vocabulary that this project trains and in this order.
/// A vocabulary of another project has other ones; ask it with `Tokenizer.id(of:)`.
package enum SpecialToken: String, CaseIterable, Sendable {
    // A document: its begin and end, the end of an infilled middle, the filler of a batch, the canvas's hole.
    case bos = "<|bos|>"
    case eos = "<|eos|>"
    case eom = "<|eom|>"
    case pad = "<|pad|>"
    case mask = "<|mask|>"
    // Infilling: what stands before, after and in the gap.
    case fimPrefix = "<|fim_prefix|>"
    case fimSuffix = "<|fim_suffix|>"
    case fimMiddle = "<|fim_middle|>"
    // Edit operations that the network predicts in place of a token.
    case delete = "<|delete|>"
    case insert = "<|insert|>"
    case expand = "<|expand|>"
    // Chat, tools, files and edits.
    case system = "<|system|>"
    case user = "<|user|>"
    case assistant = "<|assistant|>"
    case end = "<|end|>"
    case toolCall = "<|tool_call|>"
    case toolResult = "<|tool_result|>"
    case file = "<|file|>"
    case editBefore = "<|edit_before|>"
    case editAfter = "<|edit_after|>"
    case diff = "<|diff|>"
    case cursor = "<|cursor|>"
    case instruction = "<|instruction|>"

    /// How many more are kept free at the end, so that one can be given a meaning without new embeddings.
    package static let reservedCount = 16

    /// All texts in order of their ids: the named ones, then `<|reserved_0|>` and so on.
    package static let texts = allCases.map(\.rawValue) + (0..<reservedCount).map { "<|reserved_\($0)|>" }

    /// The text, such as `<|fim_prefix|>`.
    package var text: String { rawValue }

    /// The id in this project's own vocabularies.
    package var id: TokenID { Self.ids[self] ?? 0 }

    private static let ids = Dictionary(uniqueKeysWithValues: zip(allCases, TokenID(0)...))
}
