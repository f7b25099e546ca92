/// Exact lengths of shortest strings. Expressions without intersections and complements have theirs from their parts; for
/// the others a member must be found, or it must be shown that there is none.
extension ExpressionArena {
    /// `Length.none` if there is no string, or if the search for one was given up (then `gaveUp` is set): a state that
    /// may be dead is never entered.
    mutating func exactLength(_ id: ID) throws -> Int32 {
        guard hasBoolean[Int(id)] else { return shortest[Int(id)] }
        if exactShortest[Int(id)] >= 0 { return exactShortest[Int(id)] }
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else { throw tooDeep() }
        try spend()
        let node = node(id)
        var result: Int32
        switch node.kind {
        case .nothing, .empty, .set: result = shortest[Int(id)]
        case .intersection, .complement: result = try search(id)
        case .choice:
            result = Length.none
            for position in Int(node.a)..<Int(node.a + node.b) { result = min(result, try exactLength(pool[position])) }
        case .repetition: result = node.b == 0 ? 0 : Length.product(try exactLength(node.a), node.b)
        case .rule:
            try solveRules()
            result = exactShortest[Int(id)]
        case .sequence:
            var spine = [id]
            while let last = spine.last, self.node(last).kind == .sequence, exactShortest[Int(self.node(last).b)] < 0 {
                spine.append(self.node(last).b)
            }
            result = -1
            for part in spine.reversed() {
                let here = self.node(part)
                if here.kind == .sequence {
                    result = Length.sum(try exactLength(here.a), try exactLength(here.b))
                } else {
                    result = try exactLength(part)
                }
                exactShortest[Int(part)] = result
            }
        }
        exactShortest[Int(id)] = result
        return result
    }

    /// `id` without alternatives that have no string.
    mutating func live(_ id: ID) throws -> ID {
        if liveForm[Int(id)] >= 0 { return liveForm[Int(id)] }
        var result = id
        if try exactLength(id) == Length.none {
            result = Self.nothing
        } else if hasBoolean[Int(id)], node(id).kind == .choice {
            let node = node(id)
            var kept: [ID] = []
            for position in Int(node.a)..<Int(node.a + node.b) where try exactLength(pool[position]) != Length.none {
                kept.append(pool[position])
            }
            result = try choice(kept)
            liveForm[Int(result)] = result
        }
        liveForm[Int(id)] = result
        return result
    }

    /// Lengths of all rules that need a search: the least fixed point, with the intersections' lengths given.
    private mutating func solveRules() throws {
        // Expressions that rules can be made of: those reached from the rules' bodies.
        lastStamp += 1
        var reached: [ID] = []
        var open = ruleBodies
        while let id = open.popLast() {
            guard hasBoolean[Int(id)], exactShortest[Int(id)] < 0, stamps[Int(id)] != lastStamp else { continue }
            stamps[Int(id)] = lastStamp
            reached.append(id)
            let node = node(id)
            switch node.kind {
            case .sequence: open += [node.a, node.b]
            case .choice: open += children(id)
            case .repetition: open.append(node.a)
            case .rule: open.append(ruleBodies[Int(node.a)])
            default: break
            }
        }
        var lengths: [ID: Int32] = [:]
        for id in reached {
            let isLeaf = node(id).kind == .intersection || node(id).kind == .complement
            lengths[id] = isLeaf ? try search(id) : Length.none
        }
        reached.sort()
        func known(_ id: ID) -> Int32 {
            lengths[id] ?? (hasBoolean[Int(id)] ? exactShortest[Int(id)] : shortest[Int(id)])
        }
        var changed = true
        while changed {
            changed = false
            try spend(reached.count)
            for id in reached {
                let node = node(id)
                let length: Int32 =
                    switch node.kind {
                    case .sequence: Length.sum(known(node.a), known(node.b))
                    case .choice: children(id).reduce(Length.none) { min($0, known($1)) }
                    case .repetition: Length.product(known(node.a), node.b)
                    case .rule: known(ruleBodies[Int(node.a)])
                    default: known(id)
                    }
                guard length != lengths[id] else { continue }
                lengths[id] = length
                changed = true
            }
        }
        for (id, length) in lengths { exactShortest[Int(id)] = length }
        for rule in ruleBodies.indices {
            let id = try intern(Node(kind: .rule, a: Int32(rule)))
            if hasBoolean[Int(id)] { exactShortest[Int(id)] = exactShortest[Int(ruleBodies[rule])] }
        }
    }

    /// A* over derivatives, with the bound from the parts as the estimate, which never falls by more than one a byte.
    private mutating func search(_ root: ID) throws -> Int32 {
        if exactShortest[Int(root)] >= 0 { return exactShortest[Int(root)] }
        var queue = BucketQueue()
        var found: [ID: (length: Int32, before: ID)] = [root: (0, -1)]
        var closed: Set<ID> = []
        var isExhaustive = queue.push(root, priority: estimate(root))
        while let id = queue.pop() {
            guard closed.insert(id).inserted, let here = found[id] else { continue }
            if isNullable[Int(id)] || exactShortest[Int(id)] >= 0 || !hasBoolean[Int(id)] {
                // The first whose whole length is known ends a shortest path; states without a string are not queued.
                let total = Length.sum(here.length, isNullable[Int(id)] ? 0 : estimate(id))
                var (state, place) = (id, here)
                while true {
                    if hasBoolean[Int(state)] { exactShortest[Int(state)] = total - place.length }
                    guard let before = found[place.before] else { break }
                    (state, place) = (place.before, before)
                }
                return total
            }
            guard closed.count <= limits.searchedStates else {
                isExhaustive = false
                break
            }
            try spend()
            let row = try row(id)
            for byte in try representatives(row) {
                let next = try step(id, byte)
                let estimate = estimate(next)
                guard estimate < Length.far, !closed.contains(next) else {
                    if estimate == Length.far { isExhaustive = false }
                    continue
                }
                let length = here.length + 1
                if let known = found[next], known.length <= length { continue }
                found[next] = (length, id)
                if !queue.push(next, priority: length + estimate) { isExhaustive = false }
            }
        }
        if isExhaustive {
            for id in closed { exactShortest[Int(id)] = Length.none }
        } else {
            gaveUp = true
        }
        exactShortest[Int(root)] = Length.none
        return Length.none
    }

    private func estimate(_ id: ID) -> Int32 {
        hasBoolean[Int(id)] && exactShortest[Int(id)] >= 0 ? exactShortest[Int(id)] : shortest[Int(id)]
    }

    /// The smallest byte of each class of a row.
    func representatives(_ row: Row) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in 0..<256 where Int(classMaps[Int(row.map) << 8 | byte]) == bytes.count { bytes.append(UInt8(byte)) }
        return bytes
    }
}
