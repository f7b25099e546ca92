import Common
import Constraints
import Models

/// A text written by blocks under a constraint: what the open block says given that the whole text satisfies it.
extension BlockSession {
    static func start(_ constraint: TextConstraint, _ options: DenoisingOptions) throws -> ConstraintSession {
        guard options.lengthTokens == nil, options.rule.editThreshold == nil else {
            throw CinnabarError(
                .unsupported,
                "a rule that inserts, deletes or edits tokens cannot keep to a constraint",
                hint: "leave editing out"
            )
        }
        return try ConstraintSession(
            constraint.automaton,
            options: .init(endTokens: options.endTokens, padToken: nil),
            limit: options.maxTokens
        )
    }

    /// Readings whose tokens are the witness's, so that any of them may be written (algorithms.md D3); nil without a constraint.
    mutating func constrainedReadings(
        _ prediction: inout Prediction,
        _ positions: [Int]
    ) throws -> [DenoisingRule.Reading]? {
        guard validity != nil else { return nil }
        let first = openBlock.lowerBound
        // Of whole blocks the last may reach beyond what was asked for.
        let last = min(openBlock.upperBound, prompt.count + options.maxTokens)
        var cells = (first..<last).map { position in
            isMasked(position) ? ConstraintSession.Cell.masked(nil) : .decided(tokens[position], nil)
        }
        let begin = ContinuousClock.now
        for (row, position) in positions.enumerated() {
            guard isMasked(position), position < last else { continue }
            cells[position - first] = .masked(prediction.tokenRow(row, temperature: options.temperature))
        }
        let seed = options.temperature > 0 ? options.seed &+ UInt64(forwards) : nil
        guard let reading = try validity?.read(cells, draw: seed) else { return nil }
        inferenceTime += ContinuousClock.now - begin
        return try positions.enumerated().map { row, position in
            let isOpen = isMasked(position)
            var result = DenoisingRule.Reading(
                position: position,
                isMasked: isOpen,
                current: tokens[position],
                token: isOpen ? options.endTokens[0] : tokens[position],
                probability: 1,
                margin: 1,
                entropy: 0
            )
            if !isOpen {
                result.probability = try probability(of: tokens[position], prediction, row, position)
            } else if position < last {
                let index = position - first
                let marginal = reading.marginals[index]
                result.token = reading.witness[index]
                result.probability = reading.confidence(index)
                result.entropy = reading.entropy(index)
                result.margin = (marginal.first?.probability ?? 1) - (marginal.dropFirst().first?.probability ?? 0)
            }
            return result
        }
    }

    /// Makes every token impossible in the row of the next token that the constraint does not allow there.
    func restrictSeed(_ prediction: inout Prediction) throws {
        guard let constraint, let validity else { return }
        let walk = ConstraintWalk(
            constraint,
            from: validity.state,
            endTokens: options.endTokens,
            left: options.maxTokens - validity.committed.count
        )
        try walk.restrict(&prediction, row: 0)
    }

    /// The next token where pins behind it must be met, which a walk from left to right does not see; nil where there are none.
    mutating func constrainedSeed(_ prediction: Prediction) throws -> DecodingStep.Write? {
        guard validity != nil, !pins.isEmpty else { return nil }
        let cell = ConstraintSession.Cell.masked(prediction.tokenRow(0, temperature: options.temperature))
        let seed = options.temperature > 0 ? options.seed &+ UInt64(forwards) : nil
        guard let reading = try validity?.read([cell], draw: seed) else { return nil }
        let confidence = Float(min(1, reading.confidence(0)))
        return .init(position: tokens.count, token: reading.witness[0], confidence: confidence)
    }

    private func probability(
        of token: TokenID,
        _ prediction: Prediction,
        _ row: Int,
        _ position: Int
    ) throws -> Double {
        try prediction.withRow(row) { try TokenChooser.reduce($0, position).probability($0[Int(token)]) }
    }
}
