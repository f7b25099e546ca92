/// Derivatives: what may follow after a byte. A derivative is a choice of continuations, each a sequence of what is left
/// of the rules under way: the sequence is the parser's stack.
extension ExpressionArena {
    /// The strings that, behind `byte`, make a string of `id`. Memoised by class of bytes.
    mutating func step(_ id: ID, _ byte: UInt8) throws -> ID {
        let row = try row(id)
        let slot = Int(row.start) + Int(classMaps[Int(row.map) << 8 | Int(byte)])
        if transitions[slot] >= 0 { return transitions[slot] }
        let base = items.count
        defer { items.removeLast(items.count - base) }
        var seen: Set<Int64> = []
        try derive(id, byte, then: Self.empty, &seen)
        let result = try choice(Array(items[base...]))
        transitions[slot] = result
        return result
    }

    /// Appends to `items` all ways to go on with `id`, then `rest`, after `byte`.
    ///
    /// - Parameter seen: pairs of `id` and `rest` that are done: stacks share what is below their tops, and many ways lead
    ///   there.
    private mutating func derive(_ id: ID, _ byte: UInt8, then rest: ID, _ seen: inout Set<Int64>) throws {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else { throw tooDeep() }
        var id = id
        while node(id).kind == .sequence {
            try spend()
            let pair = node(id)
            if try begins(pair.a, byte) { try derive(pair.a, byte, then: sequence(pair.b, rest), &seen) }
            guard isNullable[Int(pair.a)] else { return }
            id = pair.b
            guard seen.insert(Int64(id) << 32 | Int64(rest)).inserted else { return }
        }
        try spend()
        guard try begins(id, byte) else { return }
        let node = node(id)
        if node.kind == .choice || node.kind == .rule {
            // Negative: not the mark of the loop above.
            guard seen.insert(-(Int64(id) << 32 | Int64(rest))).inserted else { return }
        }
        switch node.kind {
        case .nothing, .empty, .sequence: break
        case .set: items.append(rest)
        case .choice:
            for position in Int(node.a)..<Int(node.a + node.b) { try derive(pool[position], byte, then: rest, &seen) }
        case .repetition:
            let others = try repetition(node.a, max(0, node.b - 1), node.c < 0 ? -1 : node.c - 1)
            try derive(node.a, byte, then: sequence(others, rest), &seen)
        case .rule: try derive(ruleBodies[Int(node.a)], byte, then: rest, &seen)
        case .intersection:
            var parts: [ID] = []
            for position in Int(node.a)..<Int(node.a + node.b) { parts.append(try step(pool[position], byte)) }
            items.append(try sequence(intersection(parts), rest))
        case .complement:
            items.append(try sequence(complement(step(node.a, byte)), rest))
        }
    }

    private mutating func begins(_ id: ID, _ byte: UInt8) throws -> Bool {
        try firstSet(id).contains(byte)
    }

    /// The row of transitions of `id`, made if there is none.
    mutating func row(_ id: ID) throws -> Row {
        if rowOf[Int(id)] >= 0 { return rows[Int(rowOf[Int(id)])] }
        let base = leaves.count
        lastStamp += 1
        try gather(id, stamp: lastStamp)
        let (map, classes) = try classMap(leaves[base...])
        leaves.removeLast(leaves.count - base)
        let row = Row(map: map, start: Int32(transitions.count), classes: Int32(classes))
        transitions.append(contentsOf: repeatElement(-1, count: classes))
        rowOf[Int(id)] = Int32(rows.count)
        rows.append(row)
        return row
    }

    /// Appends to `leaves` all that tells bytes apart at the beginning of `id`: sets, and class maps of intersections'
    /// parts (as -1 - index).
    private mutating func gather(_ id: ID, stamp: Int32) throws {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else { throw tooDeep() }
        var id = id
        while true {
            guard stamps[Int(id)] != stamp else { return }
            stamps[Int(id)] = stamp
            try spend()
            let node = node(id)
            switch node.kind {
            case .nothing, .empty: return
            case .set: return leaves.append(node.a)
            case .choice:
                for position in Int(node.a)..<Int(node.a + node.b) { try gather(pool[position], stamp: stamp) }
                return
            case .repetition: id = node.a
            case .rule: id = ruleBodies[Int(node.a)]
            case .intersection:
                for position in Int(node.a)..<Int(node.a + node.b) {
                    let map = try row(pool[position]).map
                    leaves.append(-1 - map)
                }
                return
            case .complement:
                let map = try row(node.a).map
                return leaves.append(-1 - map)
            case .sequence:
                try gather(node.a, stamp: stamp)
                guard isNullable[Int(node.a)] else { return }
                id = node.b
            }
        }
    }

    /// The coarsest division of the bytes that no leaf can tell more finely; classes are numbered as they appear.
    private mutating func classMap(_ leaves: ArraySlice<Int32>) throws -> (index: Int32, classes: Int) {
        var map = [UInt8](repeating: 0, count: 256)
        var classes = 1
        for leaf in Set(leaves) {
            guard classes < 256 else { break }
            try spend(64)
            // Class before and mark of the leaf, together, tell the classes behind it.
            var renamed = [Int16](repeating: -1, count: classes << 8)
            classes = 0
            for byte in 0..<256 {
                let mark =
                    leaf >= 0
                    ? (sets[Int(leaf)].contains(UInt8(byte)) ? 1 : 0) : Int(classMaps[Int(-1 - leaf) << 8 | byte])
                let key = Int(map[byte]) << 8 | mark
                if renamed[key] < 0 {
                    renamed[key] = Int16(classes)
                    classes += 1
                }
                map[byte] = UInt8(renamed[key])
            }
        }
        if let known = classMapIndex[map] { return (known, classes) }
        let index = Int32(classMaps.count >> 8)
        classMaps += map
        classMapIndex[map] = index
        return (index, classes)
    }
}
