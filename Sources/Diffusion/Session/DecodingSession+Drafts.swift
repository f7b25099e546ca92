import Common
import Models

/// Guesses at the tokens behind the text, for the next forward of a verified mode to judge.
extension DecodingSession {
    /// At most as many that the bonus token still fits.
    package var drafts: [Draft] {
        guard finish == nil else { return [] }
        let position = prompt.count + text.count
        return book.run(from: position, count: min(options.draftLength, limit - position - 1), options: options)
    }

    /// Guesses behind the new bonus token from the canvases of a forward. The best canvas for a position counts: of those
    /// that saw accepted tokens only the one that saw most; otherwise, at half its chance, one that saw a rejected token.
    mutating func readDrafts(
        _ prediction: inout Prediction,
        firstRow: Int,
        _ plans: [(start: Int, count: Int)],
        bonus: Int
    ) throws {
        var sources: [(start: Int, end: Int, row: Int)] = []
        var row = firstRow
        for plan in plans {
            sources.append((plan.start, plan.start + plan.count, row))
            row += plan.count - 1
        }
        let split = sources.firstIndex { $0.start > bonus } ?? sources.count
        let bestFirst = sources[..<split].reversed() + sources[split...]
        try writeDrafts(from: bonus + 1) { [verifier, seen] position, previous, walk in
            guard let source = bestFirst.first(where: { $0.start < position && position < $0.end }) else { return nil }
            let row = source.row + position - source.start - 1
            var draft = try verifier.draft(
                &prediction,
                row: row,
                position: position,
                after: previous,
                seen: seen,
                walk: walk
            )
            if source.start > bonus { draft.chance /= 2 }
            return draft
        }
    }

    /// Fills the book from a position on with guesses, each in view of the one before it (``TransitionScores``), as long
    /// as all are accepted with a chance of at least the floor. Where a canvas has none, what was drafted before counts
    /// half.
    ///
    /// - Parameter canvas: the guess of a canvas at a position, given the token before it and what the constraint allows there.
    mutating func writeDrafts(
        from first: Int,
        canvas: (_ position: Int, _ previous: TokenID, _ walk: ConstraintWalk?) throws -> Draft?
    ) throws {
        var lookup = options.drafting.usesLookup ? PromptLookup(prompt + text, reference: reference) : nil
        var fresh = DraftBook()
        var (previous, chance) = (text.last ?? prompt[prompt.count - 1], 1.0)
        var walk = walk
        for position in first..<first + options.draftLength {
            guard let draft = try guess(position, previous, lookup?.guess, &walk, canvas) else { break }
            fresh.write(draft, at: position)
            chance *= draft.chance
            if chance < options.draftFloor || options.isEnd(draft.token) { break }
            previous = draft.token
            lookup?.append(previous)
            try walk?.take(previous)
        }
        if fresh[first + options.draftLength - 1] != nil, let guess = lookup?.guess {
            fresh.sequel = chance * guess.chance
        }
        book = fresh
    }

    /// The best guess at a position that the constraint allows.
    private func guess(
        _ position: Int,
        _ previous: TokenID,
        _ copied: Draft?,
        _ walk: inout ConstraintWalk?,
        _ canvas: (_ position: Int, _ previous: TokenID, _ walk: ConstraintWalk?) throws -> Draft?
    ) throws -> Draft? {
        if let token = try walk?.forced() { return Draft(token: token, chance: 1) }
        var older = book[position]
        older?.chance /= 2
        let guesses = (own: try canvas(position, previous, walk) ?? older, copied: copied)
        guard let walk else { return Draft.better(guesses.own, guesses.copied) }
        func allowed(_ draft: Draft?) throws -> Draft? { try draft.flatMap { try walk.allows($0.token) ? $0 : nil } }
        return Draft.better(try allowed(guesses.own), try allowed(guesses.copied))
    }
}
