import Common
import Models

/// The parallel modes: predict all masks, write what is sure, correct what is doubted, commit what is stable.
extension DecodingSession {
    /// - Parameter end: where the text is expected to end; nothing is opened behind it.
    mutating func openCanvas(expecting end: Int? = nil) {
        var length = options.canvasLength
        if let end, end >= canvas.start {
            canvas.dropMasks(from: end + 1)
            length = min(length, end + 1 - canvas.start)
        }
        canvas.extend(
            to: length,
            limit: limit,
            mask: options.maskToken,
            pins: chooser.pins,
            draft: { [draft, first = prompt.count] position in
                draft.indices.contains(position - first) ? draft[position - first] : nil
            }
        )
    }

    /// `[tokens committed by the last step as clean ‖ canvas]`: a commit costs no forward of its own.
    mutating func makeCanvasItem() -> ForwardItem<Network.Cache> {
        let wanted = canvas.wanted(options)
        flight = .canvas(wanted: wanted)
        let input = CanvasInput(start: canvas.start, tokens: canvas.input(options), wanted: wanted)
        return ForwardItem(cache: cache, clean: pending, canvases: [input])
    }

    mutating func advanceCanvas(_ prediction: inout Prediction, _ wanted: [Int], _ step: inout DecodingStep) throws {
        let last = text.last ?? prompt[prompt.count - 1]
        let readings =
            try constrainedReadings(&prediction, wanted, after: last)
            ?? chooser.readings(
                &prediction,
                firstRow: 0,
                canvas: canvas,
                wanted: wanted,
                after: last,
                seen: seenOnCanvas
            )
        var writes = Policy.writes(canvas, readings, isLast: canvas.end >= limit, options: options)
        overrule(readings, &writes)

        func write(_ write: Writes.Write) -> DecodingStep.Write {
            .init(position: canvas.start + write.index, token: write.token, confidence: write.confidence)
        }
        step.unmasked = writes.unmasked.map(write)
        step.edited = writes.edited.map(write)
        step.remasked = writes.remasked.map { canvas.start + $0 }

        let end = expectedEnd(readings)
        canvas.apply(writes, readings: readings, options: options)
        step.committed = canvas.commit(writes.commit, canvasLength: options.canvasLength)
        pending = step.committed
        try commit(step.committed)
        guard finish == nil else { return }
        if options.repetitionGuard, constraint == nil, !pending.isEmpty, RepetitionGuard.isLoop(text) {
            guardedUntil = text.count + options.canvasLength
            canvas = Canvas(start: canvas.start)
        } else {
            openCanvas(expecting: end)
        }
    }

    /// Position of the first mask that says with some certainty that the text ends there, or has ended before.
    private func expectedEnd(_ readings: [Reading]) -> Int? {
        // A draft would come back where it was taken off.
        guard options.tauEnd < 1, draft.isEmpty else { return nil }
        return readings.first { reading in
            canvas.cells[reading.index].state == .masked && reading.probability >= options.tauEnd
                && (options.isEnd(reading.token) || reading.token == options.padToken)
        }.map { canvas.start + $0.index }
    }
}
