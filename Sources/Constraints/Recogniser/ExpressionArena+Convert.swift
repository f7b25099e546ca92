import Common

/// From a grammar to expressions.
extension ExpressionArena {
    /// - Returns: the expression of the start.
    mutating func load(_ grammar: Grammar) throws -> ID {
        ruleNullable = try LeftCorners.nullability(grammar, maximumDepth: limits.depth)
        for rule in grammar.rules { ruleBodies.append(try convert(rule.language)) }
        let start = try convert(grammar.start)
        try seal()
        return start
    }

    private mutating func convert(_ language: Language) throws -> ID {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else { throw tooDeep() }
        switch language {
        case .nothing: return Self.nothing
        case .bytes(let bytes): return try literal(bytes[...], then: Self.empty)
        case .byte(let bytes): return try set(bytes)
        case .sequence(let parts):
            var result = Self.empty
            for part in parts.reversed() { result = try sequence(convert(part), result) }
            return result
        case .choice(let members): return try choice(converting: members)
        case .repetition(let operand, let minimum, let maximum):
            guard minimum >= 0, maximum ?? 0 >= 0 else {
                throw CinnabarError(.invalidArgument, "a repetition of the constraint has a negative count")
            }
            return try repetition(
                convert(operand),
                Self.count(minimum),
                maximum.map { $0 >= Int(Length.far) ? -1 : Int32($0) } ?? -1
            )
        case .intersection(let members): return try intersection(members.map { try convert($0) })
        case .complement(let operand): return try complement(convert(operand))
        case .rule(let index):
            guard ruleNullable.indices.contains(index) else {
                throw CinnabarError(
                    .invalidArgument,
                    "the constraint refers to rule \(index) of \(ruleNullable.count)"
                )
            }
            return try intern(Node(kind: .rule, a: Int32(index)))
        }
    }

    mutating func literal(_ bytes: ArraySlice<UInt8>, then rest: ID) throws -> ID {
        var result = rest
        for byte in bytes.reversed() { result = try sequence(set(ByteSet(CollectionOfOne(byte))), result) }
        return result
    }

    /// Literals share their beginnings, so that a step into a long list of them does not visit them all.
    private mutating func choice(converting members: [Language]) throws -> ID {
        var literals: [[UInt8]] = []
        var others: [ID] = []
        for member in members {
            if case .bytes(let bytes) = member { literals.append(bytes) } else { others.append(try convert(member)) }
        }
        literals.sort { $0.lexicographicallyPrecedes($1) }
        others.append(try trie(literals[...], from: 0, level: 0))
        return try choice(others)
    }

    /// - Parameter literals: sorted, equal up to `offset`.
    private mutating func trie(_ literals: ArraySlice<[UInt8]>, from offset: Int, level: Int) throws -> ID {
        guard level < 200 else { return try choice(literals.map { try literal($0[offset...], then: Self.empty) }) }
        var branches: [ID] = []
        var rest = literals
        while let head = rest.first {
            guard head.count > offset else {
                branches.append(Self.empty)
                rest.removeFirst()
                continue
            }
            let end = rest.firstIndex { $0[offset] != head[offset] } ?? rest.endIndex
            let group = rest[..<end]
            rest = rest[end...]
            // Sorted: what the first and the last have in common, all have.
            let last = group[group.endIndex - 1]
            var common = offset
            while common < head.count, common < last.count, head[common] == last[common] { common += 1 }
            let tail = try trie(group, from: common, level: level + 1)
            branches.append(try literal(head[offset..<common], then: tail))
        }
        return try choice(branches)
    }
}
