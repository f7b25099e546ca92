import Common
import Models

/// The parallel modes: predict all masks, write what is sure, correct what is doubted, commit what is stable.
extension DecodingSession {
    /// - Parameter end: where the text is expected to end; nothing is opened behind it.
    mutating func openCanvas(expecting end: Int? = nil) {
        // Cells that are ready to leave are no canvas in the next forward.
        var length = options.canvasLength + canvas.ready
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

    /// `[tokens committed by the last step as clean ‖ canvas]`: a commit costs no forward of its own. Cells that are ready to
    /// leave stand among the clean tokens, where the causal stream judges them.
    mutating func makeCanvasItem() -> ForwardItem<Network.Cache> {
        let isAsking = asksCausalStream
        if isAsking { holdBack() }
        let ready = isAsking ? canvas.ready : 0
        let wanted = canvas.wanted(options).compactMap { $0 < ready ? nil : $0 - ready }
        flight = .canvas(ready: isAsking ? ready : nil, wanted: wanted)
        let open = CanvasInput(
            start: canvas.start + ready,
            tokens: Array(canvas.input(options)[ready...]),
            wanted: wanted
        )
        return ForwardItem(
            cache: cache,
            clean: pending + canvas.tokens.prefix(ready),
            wantedClean: isAsking ? Array(pending.count - 1..<pending.count + ready) : [],
            canvases: wanted.isEmpty ? [] : [open]
        )
    }

    mutating func advanceCanvas(
        _ prediction: inout Prediction,
        _ ready: Int?,
        _ wanted: [Int],
        _ step: inout DecodingStep
    ) throws {
        pending = []
        let before = (text: text, canvas: canvas)
        if let ready, try !judge(&prediction, ready, &step) || finish != nil {
            if finish == nil { leaveLoop(step) }
            return
        }
        let last = text.last ?? prompt[prompt.count - 1]
        let readings: [Reading]
        do {
            readings = try read(&prediction, ready, wanted, after: last)
        } catch {
            // Nothing is final that no step tells of.
            (text, canvas) = before
            cache.truncate(to: min(cache.length, canvas.start))
            throw error
        }
        var deciding = options
        // What no causal stream judges the canvas looks at twice itself.
        if options.tauVeto > 0, ready == nil { deciding.settle = max(1, options.settle) }
        var writes = Policy.writes(canvas, readings, isLast: canvas.end >= limit, options: deciding)
        overrule(readings, &writes)

        func write(_ write: Writes.Write) -> DecodingStep.Write {
            .init(position: canvas.start + write.index, token: write.token, confidence: write.confidence)
        }
        step.unmasked = writes.unmasked.map(write)
        step.edited += writes.edited.map(write)
        step.remasked = writes.remasked.map { canvas.start + $0 }

        let end = expectedEnd(readings)
        canvas.apply(writes, readings: readings, options: options)
        if ready != nil {
            canvas.ready = writes.commit
        } else {
            step.committed = canvas.commit(writes.commit, canvasLength: options.canvasLength)
            pending = step.committed
            try commit(step.committed)
        }
        guard finish == nil else { return }
        if !leaveLoop(step) { openCanvas(expecting: end) }
    }

    private mutating func read(
        _ prediction: inout Prediction,
        _ ready: Int?,
        _ wanted: [Int],
        after last: TokenID
    ) throws -> [Reading] {
        try constrainedReadings(&prediction, wanted, after: last)
            ?? chooser.readings(
                &prediction,
                on: network,
                firstRow: ready.map { $0 + 1 } ?? 0,
                causal: ready,
                canvas: canvas,
                wanted: wanted,
                after: last,
                seen: seenOnCanvas
            )
    }

    /// Throws the canvas away where the text repeats itself: the causal stream writes on.
    ///
    /// - Returns: whether it does.
    @discardableResult
    private mutating func leaveLoop(_ step: DecodingStep) -> Bool {
        guard options.repetitionGuard, constraint == nil, !step.committed.isEmpty, RepetitionGuard.isLoop(text) else {
            return false
        }
        guardedUntil = text.count + options.canvasLength
        canvas = Canvas(start: canvas.start)
        holdBack()
        return true
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
