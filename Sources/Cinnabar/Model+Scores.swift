import Common
import Diffusion
import Engine
import Foundation
import Models
import Tokenizers

/// How probable a token was, given all text before it.
public struct TokenScore: Sendable, Hashable {
    public struct Candidate: Sendable, Hashable {
        /// May be part of a character only.
        public let text: String
        public let bytes: [UInt8]
        /// Natural logarithm of the probability.
        public let logprob: Double
    }

    public let token: Candidate
    /// The most probable tokens of its place, best first.
    public let top: [Candidate]
}

extension Model {
    /// Most candidates of a ``TokenScore``.
    public static let mostCandidates = 20

    /// The scores of continuations of a text, by the causal stream at temperature 1.
    ///
    /// - Throws: `unsupported` for models without a causal stream, `contextLength`.
    public func score(_ prompt: String, continuations: [String]) async throws -> [[TokenScore]] {
        let start = try scorePrompt(prompt)
        var scores: [[TokenScore]] = []
        for continuation in continuations {
            try Task.checkCancellation()
            scores.append(try await self.scores(of: tokenizer.encode(continuation), behind: start, top: 0))
        }
        return scores
    }

    /// How probable each of some continuations of a text is against the others, in 0...1: the softmax of their
    /// log-probabilities.
    public func probabilities(of continuations: [String], behind prompt: String) async throws -> [Double] {
        let sums = try await score(prompt, continuations: continuations).map { $0.reduce(0) { $0 + $1.token.logprob } }
        let most = sums.max() ?? 0
        let weights = sums.map { exp($0 - most) }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }

    /// The scores of the tokens of a text itself.
    public func scores(of text: String, topLogprobs: Int = 0) async throws -> [TokenScore] {
        try await scores(of: tokenizer.encode(text), behind: scorePrompt(""), top: topLogprobs)
    }

    private func scorePrompt(_ text: String) throws -> [TokenID] {
        try checkScores(0)
        return switch settings {
        case .native(let settings): [settings.bos] + tokenizer.encode(text)
        case .family: tokenizer.encode(text, addingSpecialTokens: true)
        }
    }

    func checkScores(_ top: Int) throws {
        guard (0...Self.mostCandidates).contains(top) else {
            throw CinnabarError(.invalidArgument, "\(top) candidates", hint: "ask for 0 to \(Self.mostCandidates)")
        }
        if case .family(let settings) = settings, !settings.isCausal {
            throw CinnabarError(
                .unsupported,
                "\(familyName) has no causal stream to score text with",
                hint: "use a native or a causal model"
            )
        }
    }

    /// - Parameter prompt: at least one token.
    func scores(of tokens: [TokenID], behind prompt: [TokenID], top: Int) async throws -> [TokenScore] {
        try checkScores(top)
        guard !prompt.isEmpty else {
            throw CinnabarError(.invalidArgument, "nothing stands before the text that is scored")
        }
        return try await engine.score(tokens, behind: prompt, top: top).map { tokenScore($0.token, $0.top) }
    }

    func tokenScore(_ token: RankedToken, _ top: [RankedToken]) -> TokenScore {
        func candidate(_ ranked: RankedToken) -> TokenScore.Candidate {
            .init(
                text: tokenizer.decode([ranked.token]),
                bytes: tokenizer.bytes(of: [ranked.token]),
                logprob: ranked.logProbability
            )
        }
        return TokenScore(token: candidate(token), top: top.map(candidate))
    }
}
