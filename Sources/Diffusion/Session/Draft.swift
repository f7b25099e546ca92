package import Common

/// A guess that a verifier will judge.
package struct Draft: Sendable, Hashable {
    package var token: TokenID
    /// Estimated probability that the verifier agrees, given that it agreed with the drafts before.
    package var chance: Double
}

/// Guesses by absolute position, from all sources that a forward offered.
struct DraftBook {
    private var drafts: [Int: Draft] = [:]

    subscript(position: Int) -> Draft? { drafts[position] }

    /// A later source overrides an earlier one.
    mutating func write(_ draft: Draft, at position: Int) { drafts[position] = draft }

    /// Forgets what is known by now, and trusts half of the rest: it was drafted in view of other tokens.
    mutating func discount(upTo known: Int) {
        drafts = drafts.filter { $0.key > known }.mapValues { Draft(token: $0.token, chance: $0.chance / 2) }
    }

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
enum DraftPlan {
    /// The numbers of accepted drafts that are worth a canvas: the `canvases` most probable ones, ascending.
    ///
    /// Acceptance stops after j drafts with probability c1 ... cj (1 - c(j+1)); ties go to the smaller j.
    static func outcomes(_ drafts: [Draft], canvases: Int) -> [Int] {
        var reached = 1.0
        var outcomes: [(count: Int, probability: Double)] = []
        for (count, draft) in drafts.enumerated() {
            outcomes.append((count, reached * (1 - draft.chance)))
            reached *= draft.chance
        }
        outcomes.append((drafts.count, reached))
        return outcomes.sorted { ($1.probability, $0.count) < ($0.probability, $1.count) }
            .prefix(canvases).map(\.count).sorted()
    }
}
