package import Common
import Models

/// Writes, edits, inserts and deletes in one block (LLaDA2.2's joint threshold with insertions and deletions, as sglang
/// 0.5.23 runs it): what is remembered from forward to forward, and the decision of each.
///
/// Tokens are those of the block behind the prompt's part, which never moves. There are at most `blockLength + maxEditSteps + 1`
/// forwards: the last one writes neither mask nor length token.
package struct BlockRewriting: Sendable {
    package struct Choice: Sendable {
        package var token: TokenID
        package var probability: Double

        package init(token: TokenID, probability: Double) { (self.token, self.probability) = (token, probability) }
    }

    private let mask: TokenID
    private let special: LengthTokens
    /// Masks that are surer than this are written, tokens replaced by surer ones than that.
    private let threshold, editThreshold: Double
    private let maxEditSteps: Int
    private let blockLength: Int
    /// Masks that were there when the block began, not put in by an edit: all of them must be written.
    private var isOriginal: [Bool]
    private var steps = 0
    /// Forwards without such masks, in all: one that comes back does not reset them.
    private var editSteps = 0
    private var seen: Set<[TokenID]> = []
    /// By place, all that was ever written there.
    private var tried: [Int: Set<TokenID>] = [:]

    /// - Parameter count: open tokens, all masks.
    package init(
        count: Int,
        blockLength: Int,
        mask: TokenID,
        special: LengthTokens,
        threshold: Double,
        editThreshold: Double,
        maxEditSteps: Int
    ) {
        isOriginal = Array(repeating: true, count: count)
        (self.mask, self.special, self.blockLength) = (mask, special, blockLength)
        (self.threshold, self.editThreshold, self.maxEditSteps) = (threshold, editThreshold, maxEditSteps)
    }

    /// What a forward writes, by place, and whether it is the block's last.
    ///
    /// - Parameter best: the best token of a place but for some; nil if there is none.
    package mutating func choices(
        _ tokens: [TokenID],
        best: (_ place: Int, _ excluded: Set<TokenID>) throws -> Choice?
    ) throws -> (writes: [(place: Int, choice: Choice)], isLast: Bool) {
        let masks = tokens.indices.filter { tokens[$0] == mask }
        let originals = masks.filter { isOriginal[$0] }
        steps += 1
        if originals.isEmpty { editSteps += 1 }
        let isOver = maxEditSteps > 0 ? editSteps >= maxEditSteps : originals.isEmpty
        var isLast = isOver || steps > blockLength + maxEditSteps

        var chosen: [Choice] = []
        for place in tokens.indices {
            guard let choice = try best(place, []) else { throw Self.nothing(place) }
            chosen.append(choice)
        }
        /// Another token, where there is one.
        func replace(_ place: Int, excluding excluded: Set<TokenID>) throws {
            if let other = try best(place, excluded) { chosen[place] = other }
        }
        if !isLast {
            for place in originals where chosen[place].token == mask { try replace(place, excluding: [mask]) }
        }

        var unmasked = masks
        if !isLast, !originals.isEmpty {
            // One more than edits have put in: so one original mask at least goes.
            let needed = masks.count - originals.count + 1
            let order = masks.sorted { (chosen[$1].probability, $0) < (chosen[$0].probability, $1) }
            unmasked = Array(order.prefix(max(needed, order.count { chosen[$0].probability > threshold })))
            if maxEditSteps == 0, Set(originals).isSubset(of: unmasked) { (isLast, unmasked) = (true, masks) }
        }
        let edited = tokens.indices.filter {
            tokens[$0] != mask && chosen[$0].token != tokens[$0] && chosen[$0].probability > editThreshold
        }
        let places = (unmasked + edited).sorted()
        guard !places.isEmpty else { return ([], true) }

        if isLast {
            let unfit: Set = [mask, special.delete, special.insert]
            for place in places where unfit.contains(chosen[place].token) { try replace(place, excluding: unfit) }
        } else if seen.contains(tokens) {
            // The same block would become the same again: the least sure change takes a token not yet tried there.
            let changing = places.filter { chosen[$0].token != tokens[$0] }
            if let place = changing.min(by: { chosen[$0].probability < chosen[$1].probability }) {
                let own: Set = isOriginal[place] && tokens[place] == mask ? [mask] : []
                try replace(place, excluding: own.union(tried[place] ?? []))
            }
        }
        seen.insert(tokens)
        for place in places { tried[place, default: []].insert(chosen[place].token) }
        return (places.map { ($0, chosen[$0]) }, isLast)
    }

    /// Follows the tokens to their new places.
    mutating func move(deleted: [Int], inserted: [Int]) {
        isOriginal = isOriginal.spliced(deleted: deleted, inserted: inserted, filler: false)
            .fitted(to: isOriginal.count, filler: false)
    }

    private static func nothing(_ place: Int) -> CinnabarError {
        CinnabarError(.malformed, "the network allows no token at place \(place) of a block")
    }
}

extension BlockSession {
    /// One forward over the block, all of whose written tokens may change.
    mutating func rewrite() throws -> (DenoisingRule.Writes, isDone: Bool) {
        let open = openBlock
        guard var rewriting, let special = options.lengthTokens else { return (.init(), true) }
        let prediction = try predict(Array(open))
        let current = Array(tokens[open])
        let (choices, isLast) = try rewriting.choices(current) { place, excluded in
            try best(in: prediction, row: place, position: open.lowerBound + place, excluding: excluded)
        }
        var writes = DenoisingRule.Writes()
        for (place, choice) in choices {
            let position = open.lowerBound + place
            let write = DecodingStep.Write(
                position: position,
                token: choice.token,
                confidence: Float(min(1, choice.probability))
            )
            switch choice.token {
            case special.delete: writes.deleted.append(position)
            case special.insert: writes.inserted.append(position)
            case current[place]: break
            case options.maskToken: writes.remasked.append(position)
            default:
                let wasMasked = current[place] == options.maskToken
                if wasMasked { writes.unmasked.append(write) } else { writes.edited.append(write) }
            }
        }
        rewriting.move(
            deleted: writes.deleted.map { $0 - open.lowerBound },
            inserted: writes.inserted.map { $0 - open.lowerBound }
        )
        self.rewriting = rewriting
        apply(writes)
        return (writes, isLast)
    }
}
