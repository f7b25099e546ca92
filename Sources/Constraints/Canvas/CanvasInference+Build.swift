import Common
import Synchronization

/// Left to right: which states can be reached at which position, and by which tokens.
extension CanvasInference {
    mutating func build(
        _ canvas: [CanvasPosition],
        from start: Recogniser.State,
        left: Int,
        guide: [TokenID]?,
        _ options: Options
    ) throws {
        lattice.reset()
        lattice.layers.append(0)
        guard start != Recogniser.dead else { return }
        var guided: Int? = Int(lattice.reach(start, .text, .one))
        for (position, cell) in canvas.enumerated() {
            let layer = lattice.layer(position)
            lattice.slotLayers.append(lattice.slots.count)
            lattice.layers.append(lattice.nodes.count)
            lattice.index.removeAll()
            let firstEdge = lattice.edges.count
            var expansion = Expansion(
                cell: cell,
                firstBlock: lattice.blocks.count,
                vocabularySize: entryOf.count
            )
            let token = guide.flatMap { position < $0.count ? $0[position] : nil }
            var next: Int?
            for node in layer {
                let here = node == guided ? token : nil
                let target = try expand(node, &expansion, keeping: here, options)
                if let target { next = target }
            }
            guided = prune(position, firstEdge: firstEdge, keeping: next, options)
        }
        // Whatever is behind the canvas must still have room to end.
        for node in lattice.layer(canvas.count) {
            let isAlive: Bool
            switch lattice.nodes[node].mode {
            case .ended: isAlive = true
            case .text, .padded: isAlive = try automaton.isAlive(lattice.nodes[node].state, within: left)
            }
            guard isAlive else { continue }
            (lattice.nodes[node].rest, lattice.nodes[node].best) = (.one, .one)
        }
    }

    /// What is the same for all states of a position.
    struct Expansion {
        let cell: CanvasPosition
        /// Tokens with their probabilities that are asked for by name.
        var named: [(token: TokenID, probability: Double)] = []
        /// Slots of "the text ends" and "nothing stands here", once made.
        var end: Int?
        var empty: Int?
        let firstBlock: Int
        private let uniform: Double
        private let row: TokenRow?
        /// The token that stands here; -1 if there is none.
        let own: TokenID
        /// Share of the row, and of the token of its own.
        private let share: Double
        private let ownShare: Double
        let isPinned: Bool
        let isUnread: Bool

        init(cell: CanvasPosition, firstBlock: Int, vocabularySize: Int) {
            (self.cell, self.firstBlock) = (cell, firstBlock)
            uniform = 1 / Double(max(1, vocabularySize))
            switch cell.emission {
            case .pinned(let token): (row, own, share, ownShare, isPinned, isUnread) = (nil, token, 0, 1, true, false)
            case .masked(let row): (self.row, own, share, ownShare, isPinned, isUnread) = (row, -1, 1, 0, false, false)
            case .decided(let token, let row, let doubt):
                (self.row, own, share, ownShare, isPinned, isUnread) = (row, token, doubt, 1 - doubt, false, false)
            case .unread: (row, own, share, ownShare, isPinned, isUnread) = (nil, -1, 1, 0, false, true)
            }
            if own >= 0 { named.append((own, probability(of: own))) }
            guard let row else { return }
            for (token, probability) in zip(row.tokens, row.probabilities) where token != own {
                named.append((token, max(ScaledProbability.leastWeight, share * probability)))
            }
        }

        /// The most probable of some tokens that are not named, the first of equals.
        func best(of tokens: ArraySlice<TokenID>) -> TokenID { row?.best(of: tokens) ?? tokens[tokens.startIndex] }

        func probability(of token: TokenID) -> Double {
            let base = token == own ? ownShare : 0
            if isPinned { return base }
            return max(ScaledProbability.leastWeight, base + share * (row?.probability(of: token) ?? uniform))
        }
    }

    /// Connects a node to all that may follow.
    ///
    /// - Parameter token: one that is followed whatever the options say.
    /// - Returns: the node behind that token, if it may follow.
    private mutating func expand(
        _ node: Int,
        _ expansion: inout Expansion,
        keeping token: TokenID?,
        _ options: Options
    ) throws -> Int? {
        let (state, mode) = (lattice.nodes[node].state, lattice.nodes[node].mode)
        lattice.nodes[node].firstEdge = Int32(lattice.edges.count)
        defer { lattice.nodes[node].edgeCount = Int32(lattice.edges.count) - lattice.nodes[node].firstEdge }
        var followed: Int?
        let isLast = expansion.cell.endsSpan
        if mode == .ended || mode == .padded || expansion.cell.mayBeEmpty {
            let slot = makeEmptySlot(&expansion)
            let behind: CanvasLattice.Mode = mode == .ended ? .ended : isLast ? .text : .padded
            let before = lattice.edges.count
            lattice.connect(node, to: state, behind, by: slot)
            if lattice.edges.count > before, let token, lattice.contains(token, slot) {
                followed = Int(lattice.edges[before].target)
            }
            if mode != .text { return followed }
        }
        let edges = try edges(state)
        if edges.isAccepting, !options.endTokens.isEmpty {
            let slot = makeEndSlot(&expansion, options)
            let before = lattice.edges.count
            lattice.connect(node, to: state, .ended, by: slot)
            if lattice.edges.count > before, let token, lattice.contains(token, slot) {
                followed = Int(lattice.edges[before].target)
            }
        }
        guard !edges.targets.isEmpty else { return followed }
        let block = block(edges.partition, &expansion, options)
        let firstSlot = Int(lattice.blocks[block].firstSlot)
        if edges.targets.count > options.successors {
            let closing = try closingGroup(edges, state)
            if closing >= 0 { activate(closing, block, expansion) }
            if let token { activate(edges.partition.group(of: token), block, expansion, token) }
        }
        let first = Int(lattice.blocks[block].firstActive)
        let kept = token.map { edges.partition.group(of: $0) } ?? -1
        for entry in first..<first + Int(lattice.blocks[block].activeCount) {
            let group = Int(lattice.active[entry])
            let before = lattice.edges.count
            lattice.connect(node, to: edges.targets[group], .text, by: firstSlot + group)
            if group == kept, lattice.edges.count > before { followed = Int(lattice.edges[before].target) }
        }
        return followed
    }

    private mutating func makeEmptySlot(_ expansion: inout Expansion) -> Int {
        if let known = expansion.empty { return known }
        let slot = lattice.makeSlot()
        expansion.empty = slot
        // One token stands for emptiness, with the probability of all that mean it.
        guard let pad = options.padToken ?? options.endTokens.first else { return slot }
        if expansion.isPinned {
            if nothing.contains(expansion.own) { lattice.add(expansion.own, 1, to: slot) }
        } else {
            let sum = nothing.reduce(0.0) { $0 + expansion.probability(of: $1) }
            lattice.add(pad, min(1, sum), to: slot)
        }
        return slot
    }

    private mutating func makeEndSlot(_ expansion: inout Expansion, _ options: Options) -> Int {
        if let known = expansion.end { return known }
        let slot = lattice.makeSlot()
        expansion.end = slot
        for token in options.endTokens {
            let probability = expansion.probability(of: token)
            if probability > 0 { lattice.add(token, probability, to: slot) }
        }
        return slot
    }

    /// The block of a partition at this position, made if there is none.
    private mutating func block(
        _ partition: TokenPartition,
        _ expansion: inout Expansion,
        _ options: Options
    ) -> Int {
        for known in expansion.firstBlock..<lattice.blocks.count where lattice.blocks[known].partition === partition {
            return known
        }
        let first = lattice.slots.count
        lattice.slots.append(contentsOf: repeatElement(.init(), count: partition.groupCount))
        lattice.blocks.append(
            .init(
                partition: partition,
                firstSlot: Int32(first),
                firstActive: Int32(lattice.active.count),
                activeCount: 0
            )
        )
        let block = lattice.blocks.count - 1
        for (token, probability) in expansion.named {
            let group = partition.group(of: token)
            guard group >= 0, probability > 0 else { continue }
            if lattice.slots[first + group].firstMember < 0 { lattice.active.append(Int32(group)) }
            lattice.add(token, probability, to: first + group)
        }
        if !expansion.isPinned {
            // Groups that the row does not name: by their own tokens, if there are few groups.
            if partition.groupCount <= options.successors {
                for group in 0..<partition.groupCount where lattice.slots[first + group].firstMember < 0 {
                    sample(group, block, expansion)
                    lattice.active.append(Int32(group))
                }
            } else {
                lattice.isTruncated = true
            }
        }
        lattice.blocks[block].activeCount = Int32(lattice.active.count) - lattice.blocks[block].firstActive
        return block
    }

    /// Gives a group without named tokens one that stands for it.
    private mutating func sample(_ group: Int, _ block: Int, _ expansion: Expansion) {
        let partition = lattice.blocks[block].partition
        let token = expansion.best(of: partition.samples(group))
        var probability = expansion.probability(of: token)
        if expansion.isUnread { probability *= Double(partition.counts[group]) }
        lattice.add(token, probability, to: Int(lattice.blocks[block].firstSlot) + group)
    }

    private func closingGroup(_ edges: TokenEdges, _ state: Recogniser.State) throws -> Int {
        let known = edges.closingGroup.load(ordering: .relaxed)
        if known != -2 { return known }
        let group = try automaton.closer(state).map { edges.partition.group(of: $0) } ?? -1
        edges.closingGroup.store(group, ordering: .relaxed)
        return group
    }

    /// Makes sure that a group is followed, by `token` if it is given.
    private mutating func activate(_ group: Int, _ block: Int, _ expansion: Expansion, _ token: TokenID? = nil) {
        guard group >= 0, !expansion.isPinned else { return }
        let slot = Int(lattice.blocks[block].firstSlot) + group
        guard lattice.slots[slot].firstMember < 0 else { return }
        if let token {
            lattice.add(token, expansion.probability(of: token), to: slot)
        } else {
            sample(group, block, expansion)
        }
        // The block's list must stay in one piece.
        let first = Int(lattice.blocks[block].firstActive)
        let count = Int(lattice.blocks[block].activeCount)
        if first + count != lattice.active.count {
            lattice.blocks[block].firstActive = Int32(lattice.active.count)
            for entry in first..<first + count { lattice.active.append(lattice.active[entry]) }
        }
        lattice.active.append(Int32(group))
        lattice.blocks[block].activeCount += 1
    }

    /// Keeps the most probable nodes of the layer behind `position`.
    ///
    /// - Returns: the new number of the node that is kept whatever its probability.
    private mutating func prune(_ position: Int, firstEdge: Int, keeping kept: Int?, _ options: Options) -> Int? {
        let layer = lattice.layer(position + 1)
        guard let most = layer.map({ lattice.nodes[$0].reach }).max() else { return nil }
        let least = options.leastReach > 0 ? most * options.leastReach : .zero
        var chosen = layer.filter { $0 == kept || lattice.nodes[$0].reach >= least }
        if chosen.count > options.states {
            chosen.sort { a, b in
                let (reachA, reachB) = (lattice.nodes[a].reach, lattice.nodes[b].reach)
                return a == kept || b == kept ? a == kept : reachA == reachB ? a < b : reachA > reachB
            }
            chosen = chosen.prefix(options.states).sorted()
        }
        guard chosen.count < layer.count else { return kept }
        lattice.isTruncated = true
        var renamed = [Int32](repeating: -1, count: layer.count)
        for (order, node) in chosen.enumerated() {
            renamed[node - layer.lowerBound] = Int32(layer.lowerBound + order)
            lattice.nodes[layer.lowerBound + order] = lattice.nodes[node]
        }
        lattice.nodes.removeLast(layer.count - chosen.count)
        for edge in firstEdge..<lattice.edges.count {
            lattice.edges[edge].target = renamed[Int(lattice.edges[edge].target) - layer.lowerBound]
        }
        return kept.map { Int(renamed[$0 - layer.lowerBound]) }
    }
}
