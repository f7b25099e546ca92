/// The step of the sampler (algorithms.md G5): a pure function of what was predicted and what stands on the canvas.
package enum Policy {
    /// - Parameters:
    ///   - readings: one for each index of `canvas.wanted`, ascending.
    ///   - isLast: the canvas reaches the end of the text's allowance, no mask will follow it.
    package static func writes(
        _ canvas: Canvas,
        _ readings: [Reading],
        isLast: Bool,
        options: DecodingOptions
    ) -> Writes {
        var writes = Writes()
        unmask(canvas, readings, options, &writes)
        revise(canvas, readings, options, &writes)
        var after = canvas
        after.apply(writes, readings: readings, options: options)
        commit(after, isLast: isLast, unchanged: writes.changesNothing, options, &writes)
        return writes
    }

    /// 1. Accept masks: an entropy-bounded set of positions above the floor, at least one.
    static func unmask(_ canvas: Canvas, _ readings: [Reading], _ options: DecodingOptions, _ writes: inout Writes) {
        let masked = readings.filter { canvas.cells[$0.index].state == .masked }
        // Padding is what stands behind the end: such a position waits until the end is decided.
        let candidates = masked.filter { $0.maximum >= options.tauMin && $0.token != options.padToken }
            .sorted { ($0.entropy, $0.index) < ($1.entropy, $1.index) }
        let count = EntropyBound.accept(ascending: candidates.map(\.entropy), gamma: options.gamma)
        var accepted = endsInOrder(candidates.prefix(count).sorted { $0.index < $1.index }, masked, options)
        if accepted.isEmpty {
            // The leftmost mask is always eligible: whatever it says, all to its left is decided.
            let eligible = masked.enumerated().filter { order, reading in
                order == 0 || !options.isEnd(reading.token) && reading.token != options.padToken
            }
            let best = eligible.max { ($0.element.maximum, $1.offset) < ($1.element.maximum, $0.offset) }
            accepted = best.map { [$0.element] } ?? []
        }
        writes.unmasked = accepted.map {
            Writes.Write(index: $0.index, token: $0.token, confidence: Float($0.probability))
        }
    }

    /// Drops end markers that have a mask left of them, and what is right of an end marker that stays.
    private static func endsInOrder(
        _ accepted: [Reading],
        _ masked: [Reading],
        _ options: DecodingOptions
    ) -> [Reading] {
        var kept: [Reading] = []
        for reading in accepted {
            guard options.isEnd(reading.token) else {
                kept.append(reading)
                continue
            }
            // All masks up to this one are accepted: it closes the text.
            if masked[kept.count].index == reading.index { return kept + [reading] }
        }
        return kept
    }
}
