/// Constructors that keep expressions in a normal form, so that few expressions stand for one language.
extension ExpressionArena {
    /// `a`, then `b`; nested to the right, and a repetition behind a repetition of the same becomes one.
    mutating func sequence(_ a: ID, _ b: ID) throws -> ID {
        if a == Self.nothing || b == Self.nothing { return Self.nothing }
        if a == Self.empty { return b }
        if b == Self.empty { return a }
        var parts: [ID] = []
        var rest = a
        while node(rest).kind == .sequence {
            parts.append(node(rest).a)
            rest = node(rest).b
        }
        try spend(parts.count)
        var result = try pair(rest, b)
        for part in parts.reversed() { result = try pair(part, result) }
        return result
    }

    private mutating func pair(_ a: ID, _ b: ID) throws -> ID {
        let (head, next) = (node(a), node(b))
        if head.kind == .repetition {
            let follower = next.kind == .sequence ? node(next.a) : next
            if follower.kind == .repetition, follower.a == head.a {
                let maximum = head.c < 0 || follower.c < 0 ? -1 : Self.count(Int(head.c) + Int(follower.c))
                let both = try repetition(
                    head.a,
                    Self.count(Int(head.b) + Int(follower.b)),
                    maximum == Length.far ? -1 : maximum
                )
                return next.kind == .sequence ? try sequence(both, next.b) : both
            }
        }
        return try intern(Node(kind: .sequence, a: a, b: b))
    }

    /// A count of a repetition. No text has 2^30 characters, so that larger numbers are as good as this one.
    static func count(_ count: Int) -> Int32 { Int32(min(count, Int(Length.far))) }

    /// - Parameter maximum: below 0 is no limit.
    mutating func repetition(_ operand: ID, _ minimum: Int32, _ maximum: Int32) throws -> ID {
        if maximum >= 0, minimum > maximum { return Self.nothing }
        if maximum == 0 || operand == Self.empty { return Self.empty }
        if operand == Self.nothing { return minimum == 0 ? Self.empty : Self.nothing }
        let inner = node(operand)
        if inner.kind == .repetition, inner.b == 0, inner.c < 0 { return operand }
        // Copies of the empty string make up for missing ones.
        let minimum = isNullable[Int(operand)] ? 0 : minimum
        if maximum == 1 { return minimum == 1 ? operand : try choice([Self.empty, operand]) }
        return try intern(Node(kind: .repetition, a: operand, b: minimum, c: maximum))
    }

    mutating func choice(_ members: some Sequence<ID>) throws -> ID {
        var flat: [ID] = []
        for member in members {
            if node(member).kind == .choice { flat += children(member) } else { flat.append(member) }
        }
        var list: [ID] = []
        var bytes = ByteSet()
        for id in flat {
            switch node(id).kind {
            case .nothing: break
            case .set: bytes = bytes.union(sets[Int(node(id).a)])
            // Without a string, whatever the rest of the text.
            case _ where isSealed && shortest[Int(id)] == Length.none: break
            default: list.append(id)
            }
        }
        if !bytes.isEmpty { list.append(try set(bytes)) }
        try spend(list.count)
        list.sortAndDeduplicate()
        if list.first == Self.empty, list.dropFirst().contains(where: { isNullable[Int($0)] }) { list.removeFirst() }
        if list.contains(Self.all) { return Self.all }
        try removeParts(&list)
        try factor(&list)
        switch list.count {
        case 0: return Self.nothing
        case 1: return list[0]
        default: return try intern(.choice, list)
        }
    }

    /// Drops alternatives that are parts of others, told by their counts: nested counters would square their states.
    private mutating func removeParts(_ list: inout [ID]) throws {
        let counted = list.filter { head($0).kind == .repetition }
        guard counted.count > 1 else { return }
        let groups = Dictionary(grouping: counted) { head($0).a }
        guard groups.count < counted.count else { return }
        var parts: Set<ID> = []
        for group in groups.values where group.count > 1 && group.count <= 128 {
            try spend(group.count * group.count)
            for id in group where group.contains(where: { $0 != id && isPart(id, of: $0) }) { parts.insert(id) }
        }
        if !parts.isEmpty { list.removeAll(where: parts.contains) }
    }

    /// Alternatives that begin alike become one, whose rest is a choice: stacks with the same top share what is below, or
    /// ambiguous rules would double their states at every level.
    private mutating func factor(_ list: inout [ID]) throws {
        guard list.count > 1, depth < limits.depth else { return }
        var rests: [ID: [ID]] = [:]
        var isAlike = false
        for id in list where id != Self.empty {
            let node = node(id)
            let (head, rest) = node.kind == .sequence ? (node.a, node.b) : (id, Self.empty)
            rests[head, default: []].append(rest)
            if rests[head, default: []].count > 1 { isAlike = true }
        }
        guard isAlike else { return }
        depth += 1
        defer { depth -= 1 }
        try spend(list.count)
        list = list.first == Self.empty ? [Self.empty] : []
        for (head, tails) in rests.sorted(by: { $0.key < $1.key }) {
            list.append(tails.count == 1 ? try sequence(head, tails[0]) : try sequence(head, union(tails)))
        }
        list.sortAndDeduplicate()
    }

    /// A choice that is remembered: stacks are merged from the top down, and many tops stand on one rest.
    private mutating func union(_ members: [ID]) throws -> ID {
        var list = members
        list.sortAndDeduplicate()
        if list.count == 1 { return list[0] }
        if let known = unions[list] { return known }
        if unions.count > 1 << 16 { unions.removeAll() }
        let result = try choice(list)
        unions[list] = result
        return result
    }

    private func head(_ id: ID) -> Node {
        let node = node(id)
        return node.kind == .sequence ? self.node(node.a) : node
    }

    /// Whether two expressions of the same form differ only in that the first one's counts lie within the second one's.
    private func isPart(_ a: ID, of b: ID) -> Bool {
        var (a, b) = (a, b)
        while a != b {
            let (x, y) = (node(a), node(b))
            guard x.kind == y.kind, x.kind == .sequence || x.kind == .repetition else { return false }
            let (head, other) = x.kind == .sequence ? (node(x.a), node(y.a)) : (x, y)
            if x.kind == .repetition || x.a != y.a {
                guard head.kind == .repetition, other.kind == .repetition, head.a == other.a, head.b >= other.b,
                    other.c < 0 || head.c >= 0 && head.c <= other.c
                else { return false }
            }
            if x.kind == .repetition { return true }
            (a, b) = (x.b, y.b)
        }
        return true
    }

    mutating func intersection(_ members: some Sequence<ID>) throws -> ID {
        var list: [ID] = []
        for member in members {
            if node(member).kind == .intersection { list += children(member) } else { list.append(member) }
        }
        try spend(list.count)
        list.removeAll { $0 == Self.all }
        list.sortAndDeduplicate()
        guard let least = list.first else { return Self.all }
        if list.count == 1 { return least }
        if least == Self.nothing || list.contains(where: { complements($0, list) }) { return Self.nothing }
        // Those that have only strings of one byte, or only the empty one, leave little to intersect.
        let nullable = list.allSatisfy { isNullable[Int($0)] }
        if least == Self.empty { return nullable ? Self.empty : Self.nothing }
        let sets = list.filter { node($0).kind == .set }
        if sets.count > 1 {
            let common = sets.reduce(ByteSet.all) { $0.intersection(self.sets[Int(node($1).a)]) }
            return try intersection(list.filter { node($0).kind != .set } + [set(common)])
        }
        // With rules' first bytes unknown, the shortcut would come too early.
        if isSealed {
            if list.contains(where: { shortest[Int($0)] == Length.none }) { return Self.nothing }
            var common = ByteSet.all
            for id in list { common = try common.intersection(firstSet(id)) }
            if common.isEmpty { return nullable ? Self.empty : Self.nothing }
        }
        return try intern(.intersection, list)
    }

    /// Whether `id` is the complement of a member.
    private func complements(_ id: ID, _ list: [ID]) -> Bool {
        node(id).kind == .complement && list.contains(node(id).a)
    }

    mutating func complement(_ operand: ID) throws -> ID {
        switch node(operand).kind {
        case .complement: node(operand).a
        case .nothing: Self.all
        default: operand == Self.all ? Self.nothing : try intern(Node(kind: .complement, a: operand))
        }
    }
}

extension [Int32] {
    mutating func sortAndDeduplicate() {
        guard count > 1 else { return }
        sort()
        var kept = 1
        for index in 1..<count where self[index] != self[kept - 1] {
            self[kept] = self[index]
            kept += 1
        }
        removeLast(count - kept)
    }
}
