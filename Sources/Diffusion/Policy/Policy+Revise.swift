extension Policy {
    /// 2. Doubted tokens, the worst first: overwrite where the network knows better, otherwise mask again. All caps of
    /// algorithms.md G5 hold, so that masks become strictly fewer in each forward that sees one.
    static func revise(_ canvas: Canvas, _ readings: [Reading], _ options: DecodingOptions, _ writes: inout Writes) {
        let doubted = readings.filter { reading in
            let cell = canvas.cells[reading.index]
            return cell.state == .decided && Double(reading.correctness) < options.tauG
                && cell.changes < DecodingOptions.Caps.changes
        }
        .sorted { ($0.correctness, $0.index) < ($1.correctness, $1.index) }
        guard !doubted.isEmpty else { return }

        var rest: [Reading] = []
        for reading in doubted {
            let mayWrite =
                reading.token != canvas.cells[reading.index].token && reading.probability > options.tauEdit
                && reading.token != options.padToken
                && (!options.isEnd(reading.token) || canvas.decidedFront >= reading.index)
            if mayWrite, writes.edited.count < options.editsPerStep {
                writes.edited.append(
                    Writes.Write(index: reading.index, token: reading.token, confidence: Float(reading.probability))
                )
            } else {
                rest.append(reading)
            }
        }

        // An end marker written now relies on what is left of it.
        guard !(writes.unmasked + writes.edited).contains(where: { options.isEnd($0.token) }) else { return }
        let allowance: Int
        if canvas.isComplete(options) {
            let isLastStep = canvas.extraSteps + 1 >= options.maxEditSteps
            let mayRevise = !isLastStep && canvas.revisions < DecodingOptions.Caps.revisions
            allowance = mayRevise ? options.remasksPerRevision : 0
            writes.isRevision = mayRevise
        } else {
            allowance = max(0, writes.unmasked.count - 1)
        }
        writes.remasked = rest.map(\.index)
            .filter { canvas.cells[$0].remasks < DecodingOptions.Caps.remasks }
            .prefix(allowance)
            .sorted()
        writes.isRevision = writes.isRevision && !writes.remasked.isEmpty
    }
}
