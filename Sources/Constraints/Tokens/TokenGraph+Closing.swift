import Common

/// How many tokens it takes to end the text.
///
/// A closing that is recorded is a promise: its token leads to a state whose recorded closing is shorter by one or more.
/// Records only ever shrink, so that whoever follows the tokens ends the text within the count.
extension TokenGraph {
    /// A way to end the text from `state`; nil if no tokens can. The shortest text in bytes, in the fewest tokens that spell
    /// it, unless a search has found a better one.
    mutating func closing(_ state: State) throws -> Closing? {
        if let known = try spelled(state) { return known }
        // Single bytes are missing: other texts may be possible.
        guard !vocabulary.spellsAllText, atLeast[state] != Length.none else { return nil }
        let found = try search(state, within: Length.far).closing
        if found == nil { atLeast[state] = Length.none }
        return found
    }

    /// The same without a search.
    private mutating func spelled(_ state: State) throws -> Closing? {
        if recogniser.isAccepting(state) { return Closing(count: 0, token: -1, isShortest: true) }
        if let known = closings[state] { return known }
        guard !unspellable.contains(state) else { return nil }
        recogniser.refill()
        guard let text = try recogniser.completion(state), let spelling = vocabulary.spell(text[...]) else {
            unspellable.insert(state)
            return nil
        }
        var (here, position) = (state, 0)
        while position < text.count {
            let token = spelling.tokens[position]
            offer(Closing(count: spelling.counts[position], token: token, isShortest: false), at: here)
            let end = position + vocabulary.bytes(of: token).count
            here = try recogniser.run(text[position..<end], from: here)
            position = end
            if recogniser.isAccepting(here) { break }
        }
        return closings[state]
    }

    /// Whether the text can be ended within `count` tokens. A search that gave up counts as no.
    mutating func isAlive(_ state: State, within count: Int) throws -> Bool {
        guard count >= 0, state != Recogniser.dead else { return false }
        let limit = Int32(clamping: min(count, Int(Length.far)))
        // What is recorded is a promise, also to a state at which a search of its own once gave up.
        if let closing = try spelled(state) {
            if closing.count <= limit { return true }
            if closing.isShortest { return false }
        } else if vocabulary.spellsAllText {
            return false
        }
        if atLeast[state] ?? 0 > limit { return false }
        guard try estimate(state) <= limit else { return false }
        if try search(state, within: limit).closing != nil { return true }
        atLeast[state] = limit + 1
        return false
    }

    /// The fewest tokens that end the text; nil if none do. `isExact` is false if the search for a shorter one gave up.
    mutating func distance(_ state: State) throws -> (count: Int, isExact: Bool)? {
        guard let bound = try closing(state) else { return nil }
        if bound.isShortest { return (Int(bound.count), true) }
        let search = try search(state, within: bound.count - 1)
        if let found = search.closing { return (Int(found.count), found.isShortest) }
        if search.isExhaustive { closings[state]?.isShortest = true }
        return (Int(bound.count), search.isExhaustive)
    }

    private mutating func offer(_ closing: Closing, at state: State) {
        if let known = closings[state], known.count <= closing.count {
            if known.count == closing.count, closing.isShortest { closings[state]?.isShortest = true }
            return
        }
        closings[state] = closing
    }

    /// A lower bound: the bytes that are missing, in tokens of the greatest length.
    private mutating func estimate(_ state: State) throws -> Int32 {
        if let known = closings[state], known.isShortest { return known.count }
        if recogniser.isAccepting(state) { return 0 }
        guard let bytes = try recogniser.shortestLength(state), vocabulary.longest > 0 else { return Length.none }
        return max(1, atLeast[state] ?? 0, Int32((bytes + vocabulary.longest - 1) / vocabulary.longest))
    }

    /// A* over token edges for a closing of at most `limit` tokens.
    private mutating func search(
        _ root: State,
        within limit: Int32
    ) throws -> (closing: Closing?, isExhaustive: Bool) {
        guard try estimate(root) <= limit else { return (nil, true) }
        var queue = BucketQueue()
        var found: [State: (count: Int32, before: State, token: TokenID)] = [root: (0, -1, -1)]
        var closed: Set<State> = []
        var isExhaustive = queue.push(root, priority: try estimate(root))
        while let state = queue.pop() {
            guard let here = found[state], closed.insert(state).inserted else { continue }
            let known = closings[state].flatMap { $0.isShortest ? $0.count : nil }
            if let rest = recogniser.isAccepting(state) ? 0 : known {
                var (place, count) = (here, rest)
                while let before = found[place.before] {
                    count += 1
                    // Shortest if nothing was left out on the way here.
                    offer(Closing(count: count, token: place.token, isShortest: isExhaustive), at: place.before)
                    place = before
                }
                return (try spelled(root), isExhaustive)
            }
            guard closed.count <= limits.searchedStates else { return (nil, false) }
            let edges = try edges(state)
            for (group, next) in edges.targets.enumerated() {
                let count = here.count + 1
                let estimate = try estimate(next)
                guard estimate <= limit - count, found[next].map({ $0.count > count }) ?? true else { continue }
                let token = edges.partition.samples[Int(edges.partition.sampleStarts[group])]
                found[next] = (count, state, token)
                // Recorded bounds may fall by more than one an edge: a closed state may be met again on a shorter way.
                closed.remove(next)
                if !queue.push(next, priority: count + estimate) { isExhaustive = false }
            }
        }
        return (nil, isExhaustive)
    }
}
