package import Common
import Constraints
import Diffusion
import Models

/// A token with its probability.
package struct RankedToken: Sendable, Hashable {
    package var token: TokenID
    /// Natural logarithm.
    package var logProbability: Double
}

extension Engine {
    /// Rows of logits that stand in memory at a time.
    private static var rowsAtOnce: Int { 64 }

    /// How probable each token is behind those before it, by the causal stream at temperature 1, and the `top` most probable
    /// ones of its place, best first.
    package func score(
        _ tokens: [TokenID],
        behind prompt: [TokenID],
        top: Int
    ) throws -> [(token: RankedToken, top: [RankedToken])] {
        let length = prompt.count + tokens.count
        guard length <= network.contextLength else {
            throw CinnabarError(
                .contextLength,
                "\(length) tokens are to be scored, the context has \(network.contextLength)",
                hint: "shorten the text"
            )
        }
        let all = prompt + tokens
        let cache = forkedCache(for: prompt, capacity: length)
        // The rows of the prompt but the last say nothing of the tokens.
        while cache.length < prompt.count - 1 {
            let end = min(cache.length + limits.rows, prompt.count - 1)
            _ = try network.forward([ForwardItem(cache: cache, clean: Array(all[cache.length..<end]))])
        }
        // Other continuations of the same prompt start from here.
        prefixes.insert(Array(all[..<cache.length]), cache)
        return try scores(of: prompt.count..<length, in: all, cache, top)
    }

    /// The same of the final tokens of a text from the `first`-th on, between two of its forwards. Cost: a forward of its own with a
    /// row for each of them.
    package func score(
        _ text: Text<Network>,
        from first: Int,
        top: Int
    ) throws -> [(token: RankedToken, top: [RankedToken])] {
        guard let cache = text.writer.exactCache, text.writer.text.indices.contains(first) else { return [] }
        let all = text.writer.prompt + text.writer.text
        let (begin, length) = (text.writer.prompt.count + first, cache.length)
        guard length >= begin - 1 else { return [] }
        do {
            cache.truncate(to: begin - 1)
            let scores = try scores(of: begin..<all.count, in: all, cache, top)
            // What the text goes on from is what it was: a row is the same whoever computes it.
            if cache.length < length {
                _ = try network.forward([ForwardItem(cache: cache, clean: Array(all[cache.length..<length]))])
            }
            cache.truncate(to: length)
            return scores
        } catch {
            // The cache may lack what it should hold.
            text.isStopped = true
            prefixes.remove(cache)
            throw error
        }
    }

    /// - Parameter cache: holds all tokens but one before the range.
    private func scores(
        of range: Range<Int>,
        in all: [TokenID],
        _ cache: Network.Cache,
        _ top: Int
    ) throws -> [(token: RankedToken, top: [RankedToken])] {
        var scores: [(token: RankedToken, top: [RankedToken])] = []
        while scores.count < range.count {
            let begin = range.lowerBound - 1 + scores.count
            let count = min(Self.rowsAtOnce, range.count - scores.count)
            let clean = Array(all[begin..<begin + count])
            let item = ForwardItem(cache: cache, clean: clean, wantedClean: Array(clean.indices))
            let predictions = try network.forward([item])
            guard let prediction = predictions.first, prediction.rows == count else {
                throw CinnabarError(.malformed, "the network did not score \(count) rows")
            }
            for row in 0..<count {
                scores.append(try rank(prediction, row, all[range.lowerBound + scores.count], top))
            }
        }
        return scores
    }

    private func rank(
        _ prediction: Prediction,
        _ row: Int,
        _ token: TokenID,
        _ top: Int
    ) throws -> (token: RankedToken, top: [RankedToken]) {
        try prediction.withRow(row) { logits in
            guard let reduction = RowReduction(logits) else {
                throw CinnabarError(.malformed, "the network's logits are not finite numbers")
            }
            func ranked(_ token: Int) -> RankedToken {
                RankedToken(token: TokenID(token), logProbability: Double(logits[token]) - reduction.logSumExp)
            }
            let best = TopTokens(logits, count: top).sorted.map { ranked(Int($0.token)) }
            return (ranked(Int(token)), best)
        }
    }
}
