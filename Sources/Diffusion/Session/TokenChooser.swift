import Common
import Models

/// A token that is wanted at a place.
struct Claim {
    var token: TokenID
    /// It is written if it is at least this share as probable as what would be written otherwise; 1 is no claim.
    var tolerance: Double
    /// It was drawn there by a canvas, so that the cut of sampling does not apply again.
    var wasDrawn = false
}

/// Turns rows of logits into tokens and readings, so that every mode of this loop forbids, draws and breaks ties alike.
struct TokenChooser {
    let options: DecodingOptions
    /// Tokens given from outside, by absolute position.
    let pins: [Int: TokenID]
    /// Never written: mask and suppressed tokens.
    private let banned: [TokenID]
    /// The text may not end before its last pin.
    private let lastPin: Int

    init(options: DecodingOptions, pins: [Int: TokenID]) {
        self.options = options
        self.pins = pins
        banned = Set(options.suppressedTokens + [options.maskToken]).sorted()
        lastPin = pins.keys.max() ?? -1
    }

    /// The token that autoregressive decoding writes at `position`: argmax(logits / T + noise(seed, position, token)); or
    /// what is claimed, if that is nearly as probable.
    ///
    /// - Parameter seen: the tokens before `position`.
    func choose(
        _ prediction: inout Prediction,
        row: Int,
        position: Int,
        seen: SeenTokens,
        claim: Claim? = nil,
        walk: inout ConstraintWalk?
    ) throws -> (token: TokenID, confidence: Float) {
        if let token = try pins[position] ?? walk?.forced() { return (token, 1) }
        try restrict(&prediction, row, position, seen, walk)
        if let token = walk?.towardsPins, prediction.withRow(row, { $0.allSatisfy { $0 == -.infinity } }) {
            // A pin that says "the text has ended": the way there is to end it.
            return (token, 0)
        }
        let beforeCut = claim.map { claim in prediction.withRow(row) { $0[Int(claim.token)] } }
        var reduction = try reduce(&prediction, row, position)
        while true {
            let choice = prediction.withRow(row) { logits in
                let token = draw(logits, reduction, position)
                let probability = reduction.probability(logits[Int(token)])
                if let claim, let beforeCut, claim.tolerance < 1 {
                    let logit = claim.wasDrawn ? beforeCut : logits[Int(claim.token)]
                    let claimed = logit > -.infinity ? reduction.probability(logit) : -1
                    if claimed >= claim.tolerance * probability {
                        return (token: claim.token, confidence: Float(claimed))
                    }
                }
                return (token: token, confidence: Float(probability))
            }
            if try walk?.reachesPins(behind: choice.token) != false { return choice }
            try prediction.change(row: row) { try walk?.forbidAll(like: choice.token, in: $0) }
            guard let rest = prediction.withRow(row, { RowReduction($0) }) else {
                // Sampling has left out all that reach the pins.
                return (walk?.towardsPins ?? choice.token, 0)
            }
            reduction = rest
        }
    }

    /// A draft for `position`: the same draw from a canvas row, with the largest probability of the row as the chance
    /// that the verifier agrees. The noise is shared, so that even an unlikely token is drafted when it is drawn.
    ///
    /// - Parameter previous: the token or draft before it. A row is read once.
    func draft(
        _ prediction: inout Prediction,
        row: Int,
        position: Int,
        after previous: TokenID,
        seen: SeenTokens,
        walk: ConstraintWalk?
    ) throws -> Draft {
        if let pin = pins[position] { return Draft(token: pin, chance: 1) }
        prediction.condition(row: row, on: previous)
        try restrict(&prediction, row, position, seen, walk)
        let reduction = try reduce(&prediction, row, position)
        return prediction.withRow(row) { Draft(token: draw($0, reduction, position), chance: reduction.maximum) }
    }

    /// Readings of the wanted cells of a canvas; row `firstRow + i` belongs to `wanted[i]`. A mask whose left neighbour is
    /// known is read in view of it.
    ///
    /// - Parameters:
    ///   - causal: the causal stream's row for the first cell: if that is masked, it is read by the mean of both.
    ///   - last: the token before the canvas.
    ///   - seen: the tokens before it.
    func readings(
        _ prediction: inout Prediction,
        on network: some Denoiser,
        firstRow: Int,
        causal: Int? = nil,
        canvas: Canvas,
        wanted: [Int],
        after last: TokenID,
        seen: SeenTokens
    ) throws -> [Reading] {
        let firstMask = canvas.cells.firstIndex { $0.state == .masked }
        for (order, index) in wanted.enumerated() {
            let row = firstRow + order
            prepare(&prediction, row: row, causal: causal, canvas: canvas, index: index, after: last, seen: seen)
            // A mask with masks before it may say "behind the end" and wait; others must say a token.
            if let pad = options.padToken, canvas.cells[index].state != .masked || index == firstMask {
                prediction.forbid(CollectionOfOne(pad), inRow: row)
            }
        }
        let correctness = prediction.correctness
        return try network.read(&prediction, rows: firstRow..<firstRow + wanted.count) { order, logits in
            let index = wanted[order]
            let (cell, position) = (canvas.cells[index], canvas.start + index)
            try forbidComebacks(logits, cell, position)
            let current = logits[Int(cell.token)]
            let reduction = try reduce(logits, position)
            let token = draw(UnsafeBufferPointer(logits), reduction, position)
            return Reading(
                index: index,
                token: token,
                probability: reduction.probability(logits[Int(token)]),
                maximum: reduction.maximum,
                entropy: reduction.entropy,
                correctness: correctness[firstRow + order],
                currentProbability: cell.state == .masked ? 0 : reduction.probability(current)
            )
        }
    }

    /// Makes the row of a cell what is known of it: a mask is read in view of its left neighbour, and what is never written
    /// is impossible. Once a row.
    func prepare(
        _ prediction: inout Prediction,
        row: Int,
        causal: Int? = nil,
        canvas: Canvas,
        index: Int,
        after last: TokenID,
        seen: SeenTokens
    ) {
        if canvas.cells[index].state == .masked, index == 0 || canvas.cells[index - 1].state != .masked {
            prediction.condition(row: row, on: index == 0 ? last : canvas.cells[index - 1].token)
            if index == 0, let causal { prediction.average(row: row, with: causal) }
        }
        forbid(&prediction, row, canvas.start + index)
        var seen = seen
        if canvas.cells[index].state != .masked { seen.remove(canvas.cells[index].token) }
        prediction.change(row: row) { options.sampling.shift($0, seen: seen) }
    }

    /// A row reduced, and then cut down to what is drawn from: how sure the network is does not depend on the cut.
    private func reduce(_ logits: UnsafeMutableBufferPointer<Float>, _ position: Int) throws -> RowReduction {
        let reduction = try Self.reduce(UnsafeBufferPointer(logits), position)
        options.sampling.narrow(logits, temperature: options.temperature)
        return reduction
    }

    private func reduce(_ prediction: inout Prediction, _ row: Int, _ position: Int) throws -> RowReduction {
        try prediction.change(row: row) { try reduce($0, position) }
    }

    /// Makes a row of the causal stream, or a draft's, what may be drawn from.
    private func restrict(
        _ prediction: inout Prediction,
        _ row: Int,
        _ position: Int,
        _ seen: SeenTokens,
        _ walk: ConstraintWalk?
    ) throws {
        try walk?.restrict(&prediction, row: row)
        forbid(&prediction, row, position)
        if let pad = options.padToken { prediction.forbid(CollectionOfOne(pad), inRow: row) }
        prediction.change(row: row) { options.sampling.shift($0, seen: seen) }
    }

    private func forbid(_ prediction: inout Prediction, _ row: Int, _ position: Int) {
        prediction.forbid(banned, inRow: row)
        if position < lastPin { prediction.forbid(options.endTokens, inRow: row) }
    }

    /// A token that was taken away stays away unless its probability rose (algorithms.md B9, oscillation guard).
    private func forbidComebacks(
        _ logits: UnsafeMutableBufferPointer<Float>,
        _ cell: Canvas.Cell,
        _ position: Int
    ) throws {
        guard !cell.abandoned.isEmpty else { return }
        let reduction = try Self.reduce(UnsafeBufferPointer(logits), position)
        let away = cell.abandoned.filter {
            reduction.probability(logits[Int($0.token)]) <= $0.probability + DecodingOptions.Caps.comeback
        }
        // In a vocabulary so small that nothing else is possible the guard gives way.
        let others = logits.indices.contains { index in
            logits[index] > -.infinity && !away.contains { Int($0.token) == index }
        }
        if others { for entry in away { logits[Int(entry.token)] = -.infinity } }
    }

    private func draw(_ logits: UnsafeBufferPointer<Float>, _ reduction: RowReduction, _ position: Int) -> TokenID {
        guard options.temperature > 0 else { return reduction.argmax }
        let token = CounterNoise.argmax(
            logits,
            temperature: options.temperature,
            seed: options.seed,
            position: position
        )
        return token.map { TokenID($0) } ?? reduction.argmax
    }

    static func reduce(_ logits: UnsafeBufferPointer<Float>, _ position: Int) throws -> RowReduction {
        guard let reduction = RowReduction(logits) else {
            throw CinnabarError(
                .malformed,
                "the network's logits for position \(position) are not finite numbers",
                hint: "the weights are damaged, or their number format overflows"
            )
        }
        return reduction
    }
}

extension Prediction {
    package func withRow<Result>(_ row: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
        try logits.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0[row * vocabularySize..<(row + 1) * vocabularySize]))
        }
    }
}
