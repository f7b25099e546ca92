import Common
import Constraints
import Models

/// The verified modes: the causal stream writes every token, drafts only let it write several in one forward.
///
/// A cycle's forward is `[pending tokens, drafts d1 ... dk as clean ‖ canvases of masks]`. The last pending token is the
/// bonus token b of the cycle before (at the beginning, the prompt's last token). Its row verifies d1, row dj verifies
/// d(j+1); with j accepted the choice of row dj is the new b. It is output, but not in the cache, which is cut to b plus
/// the j accepted drafts. The canvas that starts there predicts the new b first, which is known by now, and then the
/// drafts of the next cycle. Without drafts and canvases this is autoregressive decoding.
extension DecodingSession {
    mutating func makeVerifyItem() -> ForwardItem<Network.Cache> {
        // The first position that is not known yet.
        let next = prompt.count + text.count
        let drafts = drafts
        canvas = Canvas(start: next)
        var plans: [(start: Int, count: Int)] = []
        if options.drafting.usesCanvases, book.sequel < options.tauRepeat {
            for accepted in DraftPlan.outcomes(drafts, canvases: options.canvases, floor: options.draftFloor) {
                let start = next + accepted
                let count = min(options.canvasLength, limit - start)
                // One cell would be the bonus token alone.
                if count > 1 { plans.append((start, count)) }
            }
        }
        flight = .verify(drafts: drafts, plans: plans)
        return ForwardItem(
            cache: cache,
            clean: pending + drafts.map(\.token),
            wantedClean: Array(pending.count - 1..<pending.count + drafts.count),
            canvases: plans.map { plan in
                CanvasInput(
                    start: plan.start,
                    tokens: Array(repeating: options.maskToken, count: plan.count),
                    wanted: Array(1..<plan.count)
                )
            }
        )
    }

    mutating func advanceVerified(
        _ prediction: inout Prediction,
        _ drafts: [Draft],
        _ plans: [(start: Int, count: Int)],
        _ step: inout DecodingStep
    ) throws {
        let next = prompt.count + text.count
        var written: [DecodingStep.Write] = []
        var accepted = 0
        var (walk, seen) = (writingWalk, seen)
        while true {
            let draft = accepted < drafts.count && !drafts[accepted].isCopied ? drafts[accepted] : nil
            let choice: (token: TokenID, confidence: Float)
            do {
                choice = try verifier.choose(
                    &prediction,
                    row: accepted,
                    position: next + accepted,
                    seen: seen,
                    claim: draft.map { Claim(token: $0.token, tolerance: verifier.options.tolerance) },
                    walk: &walk
                )
            } catch {
                // The cache stays a prefix of the text, without drafts that nobody judged.
                cache.truncate(to: min(cache.length, next))
                throw error
            }
            written.append(.init(position: next + accepted, token: choice.token, confidence: choice.confidence))
            if options.isEnd(choice.token) { break }
            try walk?.take(choice.token)
            seen.add(choice.token)
            guard accepted < drafts.count, drafts[accepted].token == choice.token else { break }
            accepted += 1
        }
        cache.truncate(to: next + accepted)
        // What the constraint leaves no choice about needs no forward.
        while let last = written.last, !options.isEnd(last.token), let token = try walk?.forced() {
            written.append(.init(position: last.position + 1, token: token, confidence: 1))
            if !options.isEnd(token) { try walk?.take(token) }
        }
        let bonus = next + written.count - 1
        pending = written[accepted...].map(\.token)
        step.unmasked = written
        step.committed = written.map(\.token)
        step.drafts = drafts.map(\.token)
        step.accepted = accepted
        try commit(step.committed)
        canvas = Canvas(start: prompt.count + text.count)
        guard finish == nil else { return }
        try readDrafts(&prediction, firstRow: 1 + drafts.count, plans, bonus: bonus)
        try close(&step)
        if !isVerifying { openCanvas() }
    }

    /// Accepts the drafts that end the text, if they are sure enough to save the forward that would verify them.
    private mutating func close(_ step: inout DecodingStep) throws {
        guard options.isVerified, options.tauClose < 1, validity?.hasPinsAhead != true else { return }
        let first = prompt.count + text.count
        let run = book.run(from: first, count: limit - first, options: options)
        guard let last = run.last, options.isEnd(last.token), !run.contains(where: \.isCopied) else { return }
        guard run.reduce(1, { $0 * $1.chance }) >= options.tauClose else { return }
        step.unmasked += run.enumerated().map { offset, draft in
            .init(position: first + offset, token: draft.token, confidence: Float(draft.chance))
        }
        step.committed += run.map(\.token)
        try commit(run.map(\.token))
    }
}
