extension Policy {
    /// 3. What leaves the canvas, given the canvas after the writes.
    static func commit(
        _ canvas: Canvas,
        isLast: Bool,
        unchanged: Bool,
        _ options: DecodingOptions,
        _ writes: inout Writes
    ) {
        let horizon = canvas.horizon(options)
        let hasEnd = canvas.endMarker(options) != nil
        let stable = canvas.cells.prefix(horizon).firstIndex { !isStable($0, options) } ?? horizon
        let isClosed =
            canvas.isComplete(options)
            && (stable == horizon || unchanged || canvas.extraSteps >= options.maxEditSteps)

        if isClosed, hasEnd || isLast {
            (writes.commit, writes.finishes) = (horizon, true)
        } else if options.window == .fixed {
            writes.commit = isClosed ? horizon : 0
        } else {
            // The end marker itself leaves only with the finish.
            let front = min(canvas.decidedFront, hasEnd ? horizon - 1 : horizon)
            writes.commit = max(0, min(isClosed ? horizon : stable, front - options.lag))
        }
    }

    /// Decided, looked at often enough, and not doubted as long as anything can still be done about it.
    private static func isStable(_ cell: Canvas.Cell, _ options: DecodingOptions) -> Bool {
        switch cell.state {
        case .masked: false
        case .pinned, .locked: true
        case .decided:
            cell.changes >= DecodingOptions.Caps.changes
                || cell.survived >= options.settle && Double(cell.correctness ?? 1) >= options.tauG
        }
    }
}
