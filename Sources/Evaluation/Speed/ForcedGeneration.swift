import Common
import Diffusion
import Models

/// How fast text would be written if every forward wrote a given number of tokens: the network's part of decoding, without
/// the policy that decides how many, and beside it the reading of the logits.
package struct ForcedGeneration: Sendable, Codable {
    package var tokens: Int
    package var tokensPerForward: Int
    /// Undecided positions of the canvas, all with logits; 0 if one token at a time is written from left to right.
    package var canvas: Int
    package var forwards: Int
    /// Of the forwards; median over the repetitions.
    package var seconds: Double
    package var tokensPerSecond: Double
    /// Of the reduction of every row of logits to what a policy reads (``RowReduction``), likewise.
    package var readingSeconds: Double

    /// Each forward commits the tokens that the last one wrote and looks at a canvas behind them; with one token a forward
    /// it is autoregressive decoding.
    package static func measure(
        _ subject: BenchNetwork,
        context: Int,
        tokens: Int,
        tokensPerForward: Int,
        canvas: Int,
        repetitions: Int
    ) throws -> ForcedGeneration {
        let network = subject.network
        guard tokens >= 1, (1...tokens).contains(tokensPerForward), canvas >= 1, context >= 1, repetitions >= 1 else {
            throw CinnabarError(.invalidArgument, "tokens, tokens per forward, canvas and repetitions must be positive")
        }
        // Each on its own first: sums of hostile numbers overflow.
        let most = network.contextLength
        guard max(context, tokens, canvas) <= most, context + tokens + canvas <= most else {
            throw CinnabarError(
                .contextLength,
                "\(tokens) tokens and a canvas of \(canvas) behind \(context) exceed the context of \(most)",
                hint: "name a longer context in --shape, or fewer tokens"
            )
        }
        let cache = try network.filledCache(context, capacity: context + tokens)
        let clock = ContinuousClock()
        let isParallel = tokensPerForward > 1
        let masks = Array(repeating: subject.mask, count: canvas)
        var times: [Double] = []
        var readingTimes: [Double] = []
        var forwards = 0
        // The first round warms caches and buffers.
        for round in 0...repetitions {
            forwards = 0
            let begin = clock.now
            var written = 0
            var reading = Duration.zero
            while written < tokens {
                let count = min(tokensPerForward, tokens - written)
                let clean = Array(repeating: subject.mask, count: count)
                let start = context + written + count
                var prediction = try network.forward([
                    isParallel
                        ? ForwardItem(
                            cache: cache,
                            clean: clean,
                            canvases: [CanvasInput(start: start, tokens: masks, wanted: Array(0..<canvas))]
                        )
                        : ForwardItem(cache: cache, clean: clean, wantedClean: [count - 1])
                ])[0]
                let end = clock.now
                _ = try network.read(&prediction, rows: 0..<prediction.rows) { RowReduction(UnsafeBufferPointer($1)) }
                reading += clock.now - end
                written += count
                forwards += 1
            }
            if round > 0 {
                times.append((clock.now - begin - reading) / .seconds(1))
                readingTimes.append(reading / .seconds(1))
            }
            cache.truncate(to: context)
        }
        let seconds = times.median ?? 0
        return ForcedGeneration(
            tokens: tokens,
            tokensPerForward: tokensPerForward,
            canvas: isParallel ? canvas : 0,
            forwards: forwards,
            seconds: seconds,
            tokensPerSecond: Double(tokens) / seconds,
            readingSeconds: readingTimes.median ?? 0
        )
    }
}
