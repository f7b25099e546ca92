import Common
import Kernels
import Models

/// What a block needs of the network.
extension BlockSession {
    /// Commits a long prompt in parts, up to what the next forward commits with its canvas.
    mutating func prefill() throws {
        guard options.commitsBlocks else { return }
        let length = options.blockLength
        let chunk = max(length, options.prefillChunk / length * length)
        while block.lowerBound - cache.length > chunk {
            // Whole blocks: a block is committed at once.
            let count = (cache.length + chunk + phase) / length * length - phase - cache.length
            let part = Array(tokens[cache.length..<cache.length + count])
            _ = try network.forward([ForwardItem(cache: cache, clean: part, blockPhase: phase)])
        }
    }

    /// Commits what is finished; the causal prediction behind it is the first token of the next block.
    mutating func seed() throws -> DecodingStep.Write {
        let clean = Array(tokens[cache.length...])
        let item = ForwardItem(cache: cache, clean: clean, wantedClean: [clean.count - 1], blockPhase: phase)
        var prediction = try network.forward([item])[0]
        try restrictSeed(&prediction)
        try shape(&prediction, [tokens.count])
        if let pin = pins[tokens.count] { return .init(position: tokens.count, token: pin, confidence: 1) }
        if let write = try constrainedSeed(prediction) { return write }
        return try prediction.change(row: 0) { try choose($0, position: tokens.count, wasMasked: true).write }
    }

    /// What the network says of the masks of a part of the block and, where the rule looks back, of its written tokens.
    mutating func read(_ part: Range<Int>) throws -> [DenoisingRule.Reading] {
        let looksBack = options.rule.looksBack
        let positions = part.filter { looksBack ? $0 >= front && pins[$0] == nil : isMasked($0) }
        var logits = try predict(positions)
        if let readings = try constrainedReadings(&logits, positions) { return readings }
        return try network.read(&logits, rows: positions.indices) { row, logits in
            try choose(logits, position: positions[row], wasMasked: isMasked(positions[row])).reading
        }
    }

    /// The logits of some positions of the block.
    func predict(_ positions: [Int]) throws -> Prediction {
        let isFirst = step == 0
        if isFirst, options.cache != .none { cache.truncate(to: 0) }
        var predictions = try network.forward(options.cache == .none ? items(positions) : [cachedItem(positions)])
        if isFirst, options.cache != .none {
            cache.truncate(to: options.cache == .prefix ? block.lowerBound : tokens.count - block.count)
        }
        // The order of the window's tokens is another one next time.
        if options.window == .sliding { cache.truncate(to: block.lowerBound) }
        guard !predictions.isEmpty else {
            throw CinnabarError(.malformed, "the network returned no prediction")
        }
        // Taken out, so that its rows are changed in place.
        var prediction = predictions.removeFirst()
        if let blind = predictions.first { guide(&prediction, past: blind) }
        try shape(&prediction, positions)
        return prediction
    }

    /// Makes the rows of some positions what tokens are drawn from. The text may not end before its last pin.
    private func shape(_ prediction: inout Prediction, _ positions: [Int]) throws {
        let rows = positions.count
        guard prediction.rows == rows, prediction.vocabularySize == network.vocabularySize else {
            throw CinnabarError(
                .malformed,
                """
                the network returned \(prediction.rows) rows of \(prediction.vocabularySize) logits, expected \(rows) of \
                \(network.vocabularySize)
                """
            )
        }
        var all = SeenTokens(prompt: options.sampling.penalized(prompt), text: text, for: options.sampling)
        for place in openBlock where place < tokens.count && !isMasked(place) { all.add(tokens[place]) }
        let lastPin = pins.keys.max() ?? -1
        for (row, position) in positions.enumerated() {
            prediction.forbid(forbiddenTokens, inRow: row)
            if position < lastPin { prediction.forbid(options.endTokens, inRow: row) }
            var seen = all
            if position < tokens.count, !isMasked(position) { seen.remove(tokens[position]) }
            prediction.change(row: row) { options.sampling.shift($0, seen: seen) }
        }
    }

    private func items(_ positions: [Int]) -> [ForwardItem<Network.Cache>] {
        func item(_ seen: [TokenID], _ cache: Network.Cache, from start: Int) -> ForwardItem<Network.Cache> {
            ForwardItem(
                cache: cache,
                clean: options.commitsBlocks ? Array(tokens[cache.length..<start]) : [],
                canvases: [CanvasInput(start: start, tokens: seen, wanted: positions.map { $0 - start })],
                blockPhase: phase
            )
        }
        switch options.window {
        case .blocks, .blocksBehindPrompt: return [item(Array(tokens[block]), cache, from: block.lowerBound)]
        case .sliding: return [slidingItem]
        case .whole, .growing:
            let seen = Array(options.window == .whole ? tokens[...] : tokens[..<block.upperBound])
            let conditional = item(seen, cache, from: 0)
            guard options.guidance > 0 else { return [conditional] }
            let blind = seen.indices.map { prompt.indices.contains($0) || $0 >= end ? options.maskToken : seen[$0] }
            return [conditional, item(blind, network.makeCache(capacity: 1), from: 0)]
        }
    }

    /// What is finished and not committed yet, the window's written tokens, its masks.
    private var slidingItem: ForwardItem<Network.Cache> {
        let masks = block.filter(isMasked)
        let order = Array(cache.length..<block.lowerBound) + block.filter { !isMasked($0) } + masks
        return ForwardItem(
            cache: cache,
            clean: order.map { tokens[$0] },
            wantedClean: Array(order.count - masks.count..<order.count),
            positions: order
        )
    }

    /// With an approximate cache: all tokens at the first forward over a block, those whose keys are to be kept first; then
    /// only the others.
    private func cachedItem(_ positions: [Int]) -> ForwardItem<Network.Cache> {
        guard step == 0 else {
            let seen = Array(options.cache == .prefix ? tokens[block.lowerBound...] : tokens[block])
            let canvas = CanvasInput(
                start: cache.length,
                tokens: seen,
                wanted: positions.map { $0 - block.lowerBound },
                position: block.lowerBound
            )
            return ForwardItem(cache: cache, clean: [], canvases: [canvas])
        }
        let order =
            options.cache == .prefix
            ? Array(tokens.indices)
            : Array(0..<block.lowerBound) + Array(block.upperBound..<tokens.count) + Array(block)
        // The block's tokens come last where those behind it are kept.
        let shift = options.cache == .prefix ? 0 : tokens.count - block.upperBound
        let wanted = positions.map { $0 + shift }
        return ForwardItem(
            cache: cache,
            clean: order.map { tokens[$0] },
            wantedClean: wanted,
            positions: order
        )
    }

    /// Classifier-free guidance: `un + (w + 1)(cond - un)`.
    private func guide(_ conditional: inout Prediction, past blind: Prediction) {
        let factor = Float(options.guidance + 1)
        for i in conditional.logits.indices {
            conditional.logits[i] = blind.logits[i] + factor * (conditional.logits[i] - blind.logits[i])
        }
    }

    private func choose(
        _ logits: UnsafeMutableBufferPointer<Float>,
        position: Int,
        wasMasked: Bool
    ) throws -> (reading: DenoisingRule.Reading, write: DecodingStep.Write) {
        // How sure the network is does not depend on what is cut off, unlike in the samplers that some families were published with.
        let reduction = try TokenChooser.reduce(UnsafeBufferPointer(logits), position)
        options.sampling.narrow(logits, temperature: options.temperature)
        let token = draw(UnsafeBufferPointer(logits), position: position) ?? reduction.argmax
        let probability = reduction.probability(logits[Int(token)])
        let reading = DenoisingRule.Reading(
            position: position,
            isMasked: wasMasked,
            current: position < tokens.count ? tokens[position] : options.maskToken,
            token: token,
            probability: probability,
            margin: reduction.maximum - reduction.second,
            entropy: reduction.entropy
        )
        return (reading, .init(position: position, token: token, confidence: Float(min(1, probability))))
    }

    /// A token by the temperature; nil where the best one is taken.
    private func draw(_ logits: UnsafeBufferPointer<Float>, position: Int) -> TokenID? {
        guard options.temperature > 0 else { return nil }
        return CounterNoise.argmax(
            logits,
            temperature: options.temperature,
            seed: options.seed,
            position: position
        ).map { TokenID($0) }
    }

    /// The best token of a row but for some, with its probability among all; nil if there is none.
    func best(
        in prediction: Prediction,
        row: Int,
        position: Int,
        excluding excluded: Set<TokenID>
    ) throws -> BlockRewriting.Choice? {
        return try prediction.withRow(row) { logits in
            let all = try TokenChooser.reduce(logits, position)
            func choice(_ logits: UnsafeBufferPointer<Float>, _ best: TokenID) -> BlockRewriting.Choice {
                let token = draw(logits, position: position) ?? best
                return .init(token: token, probability: all.probability(logits[Int(token)]))
            }
            guard !excluded.isEmpty || options.sampling.narrows else { return choice(logits, all.argmax) }
            var rest = Array(logits)
            for token in excluded { rest[Int(token)] = -.infinity }
            rest.withUnsafeMutableBufferPointer { options.sampling.narrow($0, temperature: options.temperature) }
            return rest.withUnsafeBufferPointer { rest in RowReduction(rest).map { choice(rest, $0.argmax) } }
        }
    }
}
