import Common
import Diffusion
import Models
import Testing

/// A network made of hashes: a clean row hashes the tokens up to its own, each with its place in the text and in this order; a canvas
/// row hashes the clean tokens before the canvas, all of the canvas, and its own place.
private struct PlacedDenoiser: Denoiser {
    typealias Placed = (token: TokenID, place: Int)

    let vocabularySize = 9
    let contextLength = 256

    final class Cache: DecodingCache {
        fileprivate var seen: [Placed] = []
        var length: Int { seen.count }
        func truncate(to length: Int) { seen.removeLast(seen.count - length) }
        func fork(length: Int, capacity: Int) -> Self {
            let copy = Self()
            copy.seen = Array(seen.prefix(length))
            return copy
        }
        var byteCount: Int { seen.count }
    }

    func makeCache(capacity: Int) -> Cache { Cache() }

    func forward(_ items: [ForwardItem<Cache>]) throws -> [Prediction] {
        items.map { item in
            let start = item.cache.length
            item.cache.seen += item.clean.enumerated().map { ($1, item.positions?[$0] ?? start + $0) }
            var rows = item.wantedClean.map { causal(Array(item.cache.seen[...(start + $0)])) }
            for canvas in item.canvases {
                let clean = Array(item.cache.seen[..<canvas.start])
                rows += canvas.wanted.map { self.canvas(canvas.tokens, at: canvas.position, behind: clean, row: $0) }
            }
            return Prediction(
                vocabularySize: vocabularySize,
                logits: rows.flatMap { $0 },
                correctness: rows.map { _ in 1 }
            )
        }
    }

    func causal(_ seen: [Placed]) -> [Float] { logits(hash(seen)) }

    func canvas(_ tokens: [TokenID], at place: Int, behind clean: [Placed], row: Int) -> [Float] {
        logits(hash(clean + tokens.enumerated().map { ($1, place + $0) }) &+ UInt64(row) &* 0x9E37_79B9_7F4A_7C15)
    }

    private func hash(_ seen: [Placed]) -> UInt64 {
        seen.reduce(17) { SplitMix64.stream(seed: $0, UInt64($1.token) << 32 | UInt64($1.place)).state }
    }

    private func logits(_ state: UInt64) -> [Float] {
        var random = SplitMix64(seed: state)
        return (0..<vocabularySize).map { _ in Float(4 * random.normal()) }
    }
}

/// The loops of Nemotron-Labs and WeDLM against decoders that keep nothing between two forwards.
@Suite struct CausalWindowTests {
    private let network = PlacedDenoiser()
    private let mask: TokenID = 0
    private let end: TokenID = 8

    /// Best token without the mask, its probability, and the entropy in nats.
    private func read(_ row: [Float]) throws -> (token: TokenID, probability: Double, entropy: Double) {
        var row = row
        row[Int(mask)] = -.infinity
        let reduction = try #require(row.withUnsafeBufferPointer { RowReduction($0) })
        return (reduction.argmax, reduction.maximum, reduction.entropy)
    }

    private func placed(_ places: some Sequence<Int>, _ tokens: [TokenID]) -> [PlacedDenoiser.Placed] {
        places.map { (tokens[$0], $0) }
    }

    private func text(_ tokens: [TokenID], _ options: DenoisingOptions) -> [TokenID] {
        Array(tokens.prefix { $0 != mask && !options.endTokens.contains($0) })
    }

    @Test("A sliding window writes what a decoder without a cache writes, forward by forward", arguments: 0..<40)
    func sliding(round: Int) throws {
        var random = SplitMix64.stream(seed: 5, UInt64(round))
        let prompt = (0..<Int.random(in: 1...40, using: &random)).map { _ in TokenID.random(in: 1..<8, using: &random) }
        let (count, window) = (Int.random(in: 1...30, using: &random), Int.random(in: 1...12, using: &random))
        let (bound, penalty) = (Double.random(in: 0..<2, using: &random), Double.random(in: 0..<0.2, using: &random))
        var options = DenoisingOptions(
            rule: DenoisingRule(.entropyBelow(bound, penalty: penalty)),
            window: .sliding,
            blockLength: window,
            maxTokens: count,
            maskToken: mask
        )
        options.endTokens = round % 2 == 0 ? [end] : []
        options.prefillChunk = Int.random(in: 1...16, using: &random)
        var session = try BlockSession(network: network, prompt: prompt, options: options)
        var tokens = prompt + Array(repeating: mask, count: count)
        while let begin = tokens[prompt.count...].firstIndex(of: mask), session.finish == nil {
            let places = begin..<min(begin + window, tokens.count)
            let masks = places.filter { tokens[$0] == mask }
            let order = Array(0..<begin) + places.filter { tokens[$0] != mask } + masks
            let readings = try masks.indices.map { i in
                try read(network.causal(placed(order.prefix(order.count - masks.count + i + 1), tokens)))
            }
            let doubts = zip(masks, readings).map { $1.entropy + penalty * Double($0 - begin) }
            var chosen = doubts.indices.filter { doubts[$0] < bound }
            if chosen.isEmpty { chosen = [doubts.indices.min { doubts[$0] < doubts[$1] }!] }
            for i in chosen { tokens[masks[i]] = readings[i].token }
            let step = try #require(try session.next())
            #expect(session.tokens == tokens, "round \(round)")
            #expect(step.text == text(Array(tokens[prompt.count...]), options), "round \(round)")
        }
        #expect(session.finish == (session.text.count == count ? .length : .stop), "round \(round)")
    }

    @Test("Seeded blocks are what a decoder without a cache writes, forward by forward", arguments: 0..<40)
    func seeded(round: Int) throws {
        var random = SplitMix64.stream(seed: 6, UInt64(round))
        let prompt = (0..<Int.random(in: 1...40, using: &random)).map { _ in TokenID.random(in: 1..<8, using: &random) }
        let (count, block) = (Int.random(in: 1...30, using: &random), Int.random(in: 2...12, using: &random))
        let threshold = Double.random(in: 0.3..<1, using: &random)
        var options = DenoisingOptions(
            rule: DenoisingRule(.threshold(threshold)),
            window: .blocksBehindPrompt,
            blockLength: block,
            maxTokens: count,
            maskToken: mask
        )
        options.seedsBlocks = true
        options.prefillChunk = Int.random(in: 1...16, using: &random)
        var session = try BlockSession(network: network, prompt: prompt, options: options)
        var tokens = prompt
        while tokens.count < prompt.count + count {
            let begin = tokens.count
            tokens.append(try read(network.causal(placed(tokens.indices, tokens))).token)
            #expect(try session.next() != nil)
            #expect(session.tokens == tokens, "round \(round)")
            tokens += Array(repeating: mask, count: block - 1)
            while tokens.contains(mask) {
                let clean = placed(0..<begin, tokens)
                let masks = (begin..<tokens.count).filter { tokens[$0] == mask }
                let readings = try masks.map {
                    try read(network.canvas(Array(tokens[begin...]), at: begin, behind: clean, row: $0 - begin))
                }
                var chosen = readings.indices.filter { readings[$0].probability >= threshold }
                if chosen.isEmpty {
                    chosen = [readings.indices.max { readings[$0].probability < readings[$1].probability }!]
                }
                for i in chosen { tokens[masks[i]] = readings[i].token }
                #expect(try session.next() != nil)
                #expect(session.tokens == tokens, "round \(round)")
            }
        }
        #expect(session.finish == .length && session.text == Array(tokens[prompt.count...].prefix(count)))
    }

    @Test("Only committed blocks can begin with a causal prediction")
    func refusal() {
        var options = DenoisingOptions(
            rule: DenoisingRule(.threshold(0.9)),
            window: .sliding,
            blockLength: 4,
            maxTokens: 8,
            maskToken: mask
        )
        options.seedsBlocks = true
        #expect(throws: CinnabarError.self) { try options.validate(vocabularySize: 9) }
    }
}
