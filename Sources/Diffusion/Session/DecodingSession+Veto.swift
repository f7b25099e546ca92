import Common
import Models

/// What the causal stream has to say in the parallel modes: a token leaves the canvas if both streams stand by it.
extension DecodingSession {
    var asksCausalStream: Bool { options.tauVeto > 0 && constraint == nil }

    /// Makes sure that the last final token is computed in the next forward: its row judges what comes next.
    mutating func holdBack() {
        guard pending.isEmpty else { return }
        cache.truncate(to: canvas.start - 1)
        pending = [text.last ?? prompt[prompt.count - 1]]
    }

    /// Commits the cells that are ready to leave, up to the first one that the causal stream does not stand by. It writes
    /// that one itself, and what was predicted behind it is void.
    ///
    /// - Returns: whether it stands by all.
    mutating func judge(_ prediction: inout Prediction, _ ready: Int, _ step: inout DecodingStep) throws -> Bool {
        let front = canvas.start
        step.drafts = Array(canvas.tokens.prefix(ready))
        var (seen, walk) = (seen, ConstraintWalk?.none)
        while step.accepted < ready {
            let (cell, position) = (canvas.cells[step.accepted], front + step.accepted)
            let choice: (token: TokenID, confidence: Float)
            do {
                choice = try chooser.choose(
                    &prediction,
                    row: step.accepted,
                    position: position,
                    seen: seen,
                    claim: Claim(token: cell.token, tolerance: options.tauVeto, wasDrawn: true),
                    walk: &walk
                )
            } catch {
                cache.truncate(to: min(cache.length, front))
                throw error
            }
            guard choice.token == cell.token else {
                step.edited = [.init(position: position, token: choice.token, confidence: choice.confidence)]
                canvas.cells[step.accepted].token = choice.token
                break
            }
            step.accepted += 1
            seen.add(choice.token)
        }
        let isVetoed = step.accepted < ready
        cache.truncate(to: front + step.accepted)
        step.committed = canvas.commit(step.accepted + (isVetoed ? 1 : 0), canvasLength: options.canvasLength)
        if isVetoed { pending = step.committed.suffix(1) }
        try commit(step.committed)
        if finish != nil { cache.truncate(to: min(cache.length, prompt.count + text.count)) }
        guard isVetoed, finish == nil else { return !isVetoed }
        step.remasked = maskDecided()
        openCanvas()
        return false
    }

    /// Takes off the canvas what was written behind another token than the one that stands there now; a draft stays, it is
    /// there to be changed.
    private mutating func maskDecided() -> [Int] {
        canvas.ready = 0
        guard draft.isEmpty else { return [] }
        let written = canvas.cells.indices.filter { canvas.cells[$0].state == .decided }
        for index in written { canvas.cells[index] = Canvas.Cell(token: options.maskToken, state: .masked) }
        return written.map { canvas.start + $0 }
    }
}
