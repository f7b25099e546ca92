package import Common

/// A guess that a verifier will judge.
package struct Draft: Sendable, Hashable {
    package var token: TokenID
    /// Estimated probability that the verifier agrees, given that it agreed with the drafts before.
    package var chance: Double
    /// From a repetition in the text: it says what stood elsewhere, not what the network thinks of this place, so that
    /// nothing speaks for it but the verifier's own choice.
    package var isCopied: Bool

    package init(token: TokenID, chance: Double, isCopied: Bool = false) {
        self.token = token
        self.chance = chance
        self.isCopied = isCopied
    }
}

extension Draft {
    /// The more probable of two guesses at one token; of equal tokens the network's own, at the higher chance.
    static func better(_ own: Draft?, _ copied: Draft?) -> Draft? {
        guard var own, let copied else { return own ?? copied }
        if own.token == copied.token {
            own.chance = max(own.chance, copied.chance)
            return own
        }
        return own.chance >= copied.chance ? own : copied
    }
}

/// Guesses by absolute position, from all sources that a forward offered.
struct DraftBook {
    private var drafts: [Int: Draft] = [:]
    /// Probability that all drafts are accepted and a repetition, known by now, goes on behind them.
    var sequel = 0.0

    subscript(position: Int) -> Draft? { drafts[position] }

    mutating func write(_ draft: Draft, at position: Int) { drafts[position] = draft }

    /// Drafts from `position` on: without a gap, at most `count`, none behind an end marker, and as long as all are
    /// accepted with a chance of at least the floor.
    func run(from position: Int, count: Int, options: DecodingOptions) -> [Draft] {
        var run: [Draft] = []
        var chance = 1.0
        while run.count < count, let draft = drafts[position + run.count] {
            chance *= draft.chance
            guard chance >= options.draftFloor else { break }
            run.append(draft)
            if options.isEnd(draft.token) { break }
        }
        return run
    }
}

/// Where to start the canvases of a verifying forward.
package enum DraftPlan {
    /// The numbers of accepted drafts that are worth a canvas, ascending: at most `canvases` of the most probable ones,
    /// and of those only the first unless they are as probable as `floor`. A canvas for a number that does not come
    /// true is of little use.
    ///
    /// Acceptance stops after j drafts with probability c1 ... cj (1 - c(j+1)); ties go to the smaller j.
    package static func outcomes(_ drafts: [Draft], canvases: Int, floor: Double) -> [Int] {
        var reached = 1.0
        var outcomes: [(count: Int, probability: Double)] = []
        for (count, draft) in drafts.enumerated() {
            outcomes.append((count, reached * (1 - draft.chance)))
            reached *= draft.chance
        }
        outcomes.append((drafts.count, reached))
        outcomes.sort { ($1.probability, $0.count) < ($0.probability, $1.count) }
        return outcomes.prefix(canvases).enumerated()
            .filter { rank, outcome in rank == 0 || outcome.probability >= floor }
            .map(\.element.count).sorted()
    }
}
