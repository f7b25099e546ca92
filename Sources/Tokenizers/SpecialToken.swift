package import Common

/// The reserved tokens of the native vocabulary, at its start and in this order, so that later phases of training need
/// no new embeddings.
package enum SpecialToken: String, CaseIterable, Sendable {
    case beginOfText = "<|bos|>"
    case endOfText = "<|eos|>"
    /// Ends the middle of a fill-in-the-middle document.
    case endOfMiddle = "<|eom|>"
    case padding = "<|pad|>"
    case mask = "<|mask|>"
    case fimPrefix = "<|fim_prefix|>"
    case fimSuffix = "<|fim_suffix|>"
    case fimMiddle = "<|fim_middle|>"
    case delete = "<|delete|>"
    case insert = "<|insert|>"
    case expand = "<|expand|>"
    case system = "<|system|>"
    case user = "<|user|>"
    case assistant = "<|assistant|>"
    case endOfTurn = "<|end|>"
    case toolCall = "<|tool_call|>"
    case toolResult = "<|tool_result|>"
    case file = "<|file|>"
    case editBefore = "<|edit_before|>"
    case editAfter = "<|edit_after|>"
    case diff = "<|diff|>"
    case cursor = "<|cursor|>"
    case instruction = "<|instruction|>"

    /// All reserved texts in the order of their ids: the named ones, then sixteen spare ones.
    package static let texts: [String] = allCases.map(\.rawValue) + (0..<16).map { "<|reserved_\($0)|>" }
}
