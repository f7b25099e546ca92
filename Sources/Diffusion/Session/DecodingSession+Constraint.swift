import Common
import Constraints
import Models

/// The text under a constraint.
extension DecodingSession {
    /// - Throws: for what cannot be met: no text is short enough, pins contradict the constraint.
    static func start(
        _ constraint: TextConstraint,
        _ options: DecodingOptions,
        pins: [Int: TokenID],
        maxTokens: Int
    ) throws -> ConstraintSession {
        try ConstraintSession(constraint.automaton, options: .init(options), limit: maxTokens, pins: pins)
    }

    /// From the end of the final text on, for guesses, which need not reach the pins; nil without a constraint.
    var walk: ConstraintWalk? { walk(towards: nil) }

    /// The same for what is written.
    var writingWalk: ConstraintWalk? { walk(towards: validity) }

    private func walk(towards pins: ConstraintSession?) -> ConstraintWalk? {
        guard let constraint, let validity else { return nil }
        return ConstraintWalk(
            constraint,
            from: validity.state,
            endTokens: options.endTokens,
            left: validity.limit - text.count,
            towards: pins
        )
    }

    /// What the canvas says given that the whole text satisfies the constraint; nil without one. Every token to write is the
    /// witness's, so that any of them may be written: the rest can still be completed (algorithms.md D3).
    mutating func constrainedReadings(
        _ prediction: inout Prediction,
        _ wanted: [Int],
        after last: TokenID
    ) throws -> [Reading]? {
        guard validity != nil else { return nil }
        var cells = canvas.cells.map { cell in
            cell.state == .masked ? ConstraintSession.Cell.masked(nil) : .decided(cell.token, nil)
        }
        let seen = seenOnCanvas
        for (row, index) in wanted.enumerated() {
            chooser.prepare(&prediction, row: row, canvas: canvas, index: index, after: last, seen: seen)
        }
        let begin = ContinuousClock.now
        // Behind all changes: a row of tokens shares the logits, and a change then would copy them.
        for (row, index) in wanted.enumerated() where canvas.cells[index].state == .masked {
            cells[index] = .masked(prediction.tokenRow(row, temperature: options.temperature))
        }
        let seed = options.temperature > 0 ? options.seed &+ UInt64(forwards) : nil
        guard let reading = try validity?.read(cells, draw: seed) else { return nil }
        inferenceTime += ContinuousClock.now - begin
        return try wanted.enumerated().map { row, index in
            let cell = canvas.cells[index]
            return Reading(
                index: index,
                token: reading.witness[index],
                probability: reading.confidence(index),
                entropy: reading.entropy(index),
                correctness: prediction.correctness[row],
                currentProbability: cell.state == .masked ? 0 : try probability(of: cell.token, prediction, row, index)
            )
        }
    }

    /// The closing rule: a token that the witness does not agree with cannot stay.
    func overrule(_ readings: [Reading], _ writes: inout Writes) {
        guard validity != nil else { return }
        let touched = Set(writes.edited.map(\.index) + writes.remasked)
        for reading in readings where canvas.cells[reading.index].state == .decided {
            guard canvas.cells[reading.index].token != reading.token, !touched.contains(reading.index) else { continue }
            let confidence = Float(reading.probability)
            writes.edited.append(.init(index: reading.index, token: reading.token, confidence: confidence))
        }
    }

    private func probability(of token: TokenID, _ prediction: Prediction, _ row: Int, _ index: Int) throws -> Double {
        try prediction.withRow(row) { logits in
            try TokenChooser.reduce(logits, canvas.start + index).probability(logits[Int(token)])
        }
    }
}
