package import Common
package import Diffusion
package import Models

/// A network made of hashes: every logit depends on exactly the tokens that may be seen, on nothing else.
///
/// A clean row hashes all tokens up to its own. A canvas row is the causal row of the position before it, after the
/// canvas was filled from left to right with the causal argmax; with probability `1 - agreement` (by another hash of
/// the whole canvas) it is something else. So at agreement 1 canvases draft perfectly, at 0 they say nothing of use.
/// Breaking the contract of `Denoiser` is an error.
package struct ToyDenoiser: Denoiser {
    package var vocabularySize = 12
    package var contextLength = 4096
    package var seed: UInt64 = 1
    /// Spread of the logits.
    package var scale: Float = 6
    package var agreement = 1.0
    /// The detector says what it says with this probability, otherwise a random number.
    package var detectorAgreement = 1.0
    package let mask: TokenID = 0
    /// Smallest token that the canvas guesses: 2 is the end marker, 3 if that is suppressed.
    package var lowest = 2

    package final class Cache: DecodingCache {
        package fileprivate(set) var tokens: [TokenID] = []
        package fileprivate(set) var calls = 0

        /// As a forward would.
        package func append(_ tokens: [TokenID]) { self.tokens += tokens }
        package let capacity: Int
        package var length: Int { tokens.count }

        package init(capacity: Int) { self.capacity = capacity }

        package func truncate(to length: Int) {
            precondition(length >= 0 && length <= tokens.count)
            tokens.removeLast(tokens.count - length)
        }

        package func fork(length: Int, capacity: Int) -> Self {
            precondition(length <= min(tokens.count, capacity))
            let copy = Self(capacity: capacity)
            copy.tokens = Array(tokens.prefix(length))
            return copy
        }

        package var byteCount: Int { 4 * tokens.count }
    }

    package init(
        vocabularySize: Int = 12,
        contextLength: Int = 4096,
        seed: UInt64 = 1,
        scale: Float = 6,
        agreement: Double = 1,
        detectorAgreement: Double = 1,
        lowest: Int = 2
    ) {
        (self.vocabularySize, self.contextLength, self.seed) = (vocabularySize, contextLength, seed)
        (self.scale, self.agreement, self.detectorAgreement) = (scale, agreement, detectorAgreement)
        self.lowest = lowest
    }

    package func makeCache(capacity: Int) -> Cache { Cache(capacity: capacity) }

    package func forward(_ items: [ForwardItem<Cache>]) throws -> [Prediction] {
        try items.map { item in
            try check(item)
            let before = item.cache.length
            item.cache.tokens += item.clean
            item.cache.calls += 1
            var logits: [Float] = []
            var correctness: [Float] = []
            var state = Self.hash(item.cache.tokens.prefix(before), seed)
            var wanted = item.wantedClean[...]
            for (index, token) in item.clean.enumerated() {
                state = Self.extend(state, token)
                guard wanted.first == index else { continue }
                wanted.removeFirst()
                logits += row(state)
                correctness.append(1)
            }
            for canvas in item.canvases {
                let answer = answer(canvas, clean: item.cache.tokens.prefix(canvas.start))
                logits += answer.logits
                correctness += answer.correctness
            }
            return Prediction(vocabularySize: vocabularySize, logits: logits, correctness: correctness)
        }
    }

    /// Logits of the token that follows `tokens` in the causal stream: the oracle of the tests.
    package func causalRow(after tokens: [TokenID]) -> [Float] { row(Self.hash(tokens[...], seed)) }

    private func answer(_ canvas: CanvasInput, clean: ArraySlice<TokenID>) -> (logits: [Float], correctness: [Float]) {
        var state = Self.hash(clean, seed)
        let whole = Self.hash(canvas.tokens[...], state ^ 0x5555)
        var logits: [Float] = []
        var correctness: [Float] = []
        var wanted = canvas.wanted[...]
        for (index, token) in canvas.tokens.enumerated() {
            var row = row(state)
            let best = argmax(row)
            var random = SplitMix64.stream(seed: whole, UInt64(index))
            if random.uniform() >= agreement { row = self.row(random.next()) }
            state = Self.extend(state, token == mask ? best : token)
            guard wanted.first == index else { continue }
            wanted.removeFirst()
            logits += row
            let isRight: Float = token == best ? 0.99 : 0.01
            correctness.append(random.uniform() < detectorAgreement ? isRight : Float(random.uniform()))
        }
        return (logits, correctness)
    }

    private func row(_ state: UInt64) -> [Float] {
        var random = SplitMix64(seed: state)
        return (0..<vocabularySize).map { _ in scale * Float(random.uniform()) }
    }

    /// What greedy decoding takes.
    private func argmax(_ row: [Float]) -> TokenID {
        var best = lowest
        for token in lowest..<row.count where row[token] > row[best] { best = token }
        return TokenID(best)
    }

    private func check(_ item: ForwardItem<Cache>) throws {
        func require(_ ok: Bool, _ what: String) throws {
            if !ok { throw CinnabarError(.invalidArgument, "contract broken: \(what)") }
        }
        let clean = item.cache.length + item.clean.count
        try require(clean <= item.cache.capacity, "\(clean) clean tokens in a cache of \(item.cache.capacity)")
        try require(!item.clean.contains(mask), "a mask is committed")
        try require(isAscending(item.wantedClean, below: item.clean.count), "wanted clean rows")
        for canvas in item.canvases {
            try require((0...clean).contains(canvas.start), "canvas at \(canvas.start) with \(clean) clean tokens")
            try require(canvas.start + canvas.tokens.count <= contextLength, "canvas beyond the context")
            try require(!canvas.tokens.isEmpty, "empty canvas")
            try require(isAscending(canvas.wanted, below: canvas.tokens.count), "wanted canvas rows")
        }
        let tokens = item.clean + item.canvases.flatMap(\.tokens)
        try require(tokens.allSatisfy { $0 >= 0 && Int($0) < vocabularySize }, "token outside the vocabulary")
    }

    private func isAscending(_ wanted: [Int], below count: Int) -> Bool {
        zip(wanted, wanted.dropFirst()).allSatisfy { $0 < $1 } && wanted.allSatisfy { $0 >= 0 && $0 < count }
    }

    private static func hash(_ tokens: ArraySlice<TokenID>, _ seed: UInt64) -> UInt64 {
        tokens.reduce(SplitMix64.mix(seed &+ 0x9E37)) { extend($0, $1) }
    }

    private static func extend(_ state: UInt64, _ token: TokenID) -> UInt64 {
        SplitMix64.mix(state &+ 0x9E37_79B9_7F4A_7C15 &* (UInt64(token) &+ 1))
    }
}

extension DecodingSession {
    /// Runs to the end and returns all steps.
    package mutating func run() throws -> [DecodingStep] {
        var steps: [DecodingStep] = []
        while let step = try next() { steps.append(step) }
        return steps
    }
}

/// Tokens 0, 1 and 2 of the toy are mask, padding and end marker.
package func toyOptions(_ mode: DecodingMode, _ change: (inout DecodingOptions) -> Void = { _ in }) -> DecodingOptions {
    var options = DecodingOptions(mode, maskToken: 0, padToken: 1, endTokens: [2])
    options.maxTokens = 40
    change(&options)
    return options
}

/// Options of a mode without verification, as for a network whose causal stream is not trained.
package func parallelOptions(_ mode: DecodingMode, _ change: (inout DecodingOptions) -> Void = { _ in })
    -> DecodingOptions
{
    toyOptions(mode) {
        ($0.tolerance, $0.repetitionGuard) = (0, true)
        change(&$0)
    }
}

extension DecodingOptions {
    /// Becomes options of another mode in what decides who has the last word.
    package mutating func take(_ mode: DecodingMode) {
        let other = toyOptions(mode)
        (self.mode, tolerance, tauClose) = (mode, other.tolerance, other.tauClose)
    }
}

package func randomPrompt(_ random: inout SplitMix64, vocabulary: Int = 12, longest: Int = 12) -> [TokenID] {
    (0..<Int.random(in: 1...longest, using: &random)).map { _ in
        TokenID.random(in: 3..<TokenID(vocabulary), using: &random)
    }
}
