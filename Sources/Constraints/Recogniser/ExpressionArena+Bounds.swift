/// What is known of an expression from its parts: bounds of lengths, and first bytes.
extension ExpressionArena {
    func shortestBound(of node: Node) -> Int32 {
        func of(_ id: Int32) -> Int32 { shortest[Int(id)] }
        let list = node.kind == .choice || node.kind == .intersection ? pool[Int(node.a)..<Int(node.a + node.b)] : []
        return switch node.kind {
        case .nothing: Length.none
        case .empty: 0
        case .set: 1
        case .sequence: Length.sum(of(node.a), of(node.b))
        case .choice: list.reduce(Length.none) { min($0, of($1)) }
        case .intersection: list.reduce(0) { max($0, of($1)) }
        case .complement: isNullable[Int(node.a)] ? 1 : 0
        case .repetition: Length.product(of(node.a), node.b)
        case .rule: isSealed ? of(ruleBodies[Int(node.a)]) : Length.none
        }
    }

    func booleanness(of node: Node) -> Bool {
        switch node.kind {
        case .nothing, .empty, .set: false
        case .sequence: hasBoolean[Int(node.a)] || hasBoolean[Int(node.b)]
        case .choice: pool[Int(node.a)..<Int(node.a + node.b)].contains { hasBoolean[Int($0)] }
        case .intersection, .complement: true
        case .repetition: hasBoolean[Int(node.a)]
        case .rule: isSealed && hasBoolean[Int(ruleBodies[Int(node.a)])]
        }
    }

    /// The least fixed point over the rules: lengths fall from "none", and `hasBoolean` rises from false.
    mutating func seal() throws {
        isSealed = true
        var changed = true
        while changed {
            changed = false
            try spend(nodes.count)
            for id in nodes.indices {
                let (length, boolean) = (shortestBound(of: nodes[id]), booleanness(of: nodes[id]))
                guard length != shortest[id] || boolean != hasBoolean[id] else { continue }
                (shortest[id], hasBoolean[id]) = (length, boolean)
                changed = true
            }
        }
    }

    /// Superset of the bytes that strings of `id` begin with.
    mutating func firstSet(_ id: ID) throws -> ByteSet {
        // The index first: finding it may add sets.
        let index = try firstBytes(id)
        return sets[Int(index)]
    }

    /// The same, as an index into `sets`.
    mutating func firstBytes(_ id: ID) throws -> Int32 {
        if first[Int(id)] >= 0 { return first[Int(id)] }
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else { throw tooDeep() }
        let node = node(id)
        var result: Int32
        switch node.kind {
        case .nothing, .empty: result = index(of: ByteSet())
        case .set: result = node.a
        case .complement: result = index(of: .all)
        case .repetition: result = try firstBytes(node.a)
        case .rule: result = try firstBytes(ruleBodies[Int(node.a)])
        case .choice, .intersection:
            let joins = node.kind == .choice
            var bytes = joins ? ByteSet() : ByteSet.all
            for position in Int(node.a)..<Int(node.a + node.b) {
                let part = try firstSet(pool[position])
                bytes = joins ? bytes.union(part) : bytes.intersection(part)
            }
            result = index(of: bytes)
        case .sequence:
            // Down the parts that may be empty, then back: a long text of options costs no stack.
            var spine = [id]
            while let last = spine.last, self.node(last).kind == .sequence, isNullable[Int(self.node(last).a)],
                first[Int(self.node(last).b)] < 0
            {
                spine.append(self.node(last).b)
            }
            result = -1
            for part in spine.reversed() {
                let here = self.node(part)
                if here.kind == .sequence {
                    var bytes = try firstSet(here.a)
                    if isNullable[Int(here.a)] { bytes = bytes.union(sets[Int(first[Int(here.b)])]) }
                    result = index(of: bytes)
                } else {
                    result = try firstBytes(part)
                }
                first[Int(part)] = result
            }
        }
        first[Int(id)] = result
        return result
    }
}
