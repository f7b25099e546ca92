import Common

/// Language expressions, each stored once: equal expressions have equal numbers, so that an expression's number serves as
/// the state of an automaton.
///
/// Source: Brzozowski, "Derivatives of regular expressions", 1964; hash-consing and normal forms as in Owens, Reppy and
/// Turon, "Regular-expression derivatives re-examined", 2009.
struct ExpressionArena: Sendable {
    typealias ID = Int32

    enum Kind: UInt8 {
        case nothing, empty
        /// One byte; `a` indexes `sets`.
        case set
        /// `a`, then `b`. `a` is no sequence.
        case sequence
        /// Any of the `b` expressions at `a` of `pool`, in ascending order.
        case choice
        /// All of the `b` expressions at `a` of `pool`, in ascending order.
        case intersection
        /// Not `a`.
        case complement
        /// At least `b` and at most `c` of `a`; `c` below 0 is no limit.
        case repetition
        /// The rule with index `a`.
        case rule
    }

    struct Node {
        var kind: Kind
        var a: Int32 = 0
        var b: Int32 = 0
        var c: Int32 = 0
    }

    /// The members that every arena has, in this order.
    static let nothing: ID = 0
    static let empty: ID = 1
    static let anyByte: ID = 2
    static let all: ID = 3

    let limits: RecogniserLimits
    var work = 0
    /// Recursion under way.
    var depth = 0

    private(set) var nodes: [Node] = []
    private(set) var pool: [Int32] = []
    private(set) var sets: [ByteSet] = []
    private var setIndex: [ByteSet: Int32] = [:]
    /// Open addressing, -1 for free; at most half full.
    private var table: [ID] = Array(repeating: -1, count: 1024)

    /// By rule: its expression, and whether it holds the empty string.
    var ruleBodies: [ID] = []
    var ruleNullable: [Bool] = []
    /// Whether `shortest` and `hasBoolean` of rules are known, so that they hold for new expressions.
    var isSealed = false

    // What is known of each expression.
    private(set) var isNullable: [Bool] = []
    /// An intersection or complement can be reached: the exact shortest length needs a search.
    var hasBoolean: [Bool] = []
    /// A lower bound of the length of its strings, exact where `hasBoolean` is false; `Length.none` if there is none.
    var shortest: [Int32] = []
    /// The exact shortest length; -1 while unknown.
    var exactShortest: [Int32] = []
    /// Superset of the bytes its strings begin with, as an index into `sets`; -1 while unknown.
    var first: [Int32] = []
    /// Its row of transitions; -1 while there is none.
    var rowOf: [Int32] = []
    /// Itself without alternatives that have no string; -1 while unknown.
    var liveForm: [ID] = []
    /// Marks of traversals.
    var stamps: [Int32] = []
    var lastStamp: Int32 = 0

    var rows: [Row] = []
    var transitions: [ID] = []
    var classMaps: [UInt8] = []
    var classMapIndex: [[UInt8]: Int32] = [:]
    /// Alternatives of derivatives under way, and leaves of class maps under way.
    var items: [ID] = []
    var leaves: [Int32] = []
    /// Choices of rests, by their members.
    var unions: [[ID]: ID] = [:]
    /// An emptiness search gave up, and its expression counts as empty.
    var gaveUp = false

    struct Row {
        /// Index of a map of 256 bytes to classes.
        var map: Int32
        /// Where the transitions begin, one for each class; -1 while unknown.
        var start: Int32
        var classes: Int32
    }

    init(limits: RecogniserLimits) throws {
        self.limits = limits
        _ = try intern(Node(kind: .nothing))
        _ = try intern(Node(kind: .empty))
        _ = try set(.all)
        _ = try intern(Node(kind: .repetition, a: Self.anyByte, b: 0, c: -1))
    }

    /// The children of a choice or an intersection.
    func children(_ id: ID) -> ArraySlice<Int32> {
        let node = nodes[Int(id)]
        return pool[Int(node.a)..<Int(node.a) + Int(node.b)]
    }

    func node(_ id: ID) -> Node { nodes[Int(id)] }

    mutating func set(_ bytes: ByteSet) throws -> ID {
        bytes.isEmpty ? Self.nothing : try intern(Node(kind: .set, a: index(of: bytes)))
    }

    mutating func index(of bytes: ByteSet) -> Int32 {
        if let index = setIndex[bytes] { return index }
        let index = Int32(sets.count)
        sets.append(bytes)
        setIndex[bytes] = index
        return index
    }

    /// The number of a node without a list.
    mutating func intern(_ node: Node) throws -> ID {
        let slot = slot(Self.hash(node)) { other in
            let other = nodes[Int(other)]
            return (other.kind, other.a, other.b, other.c) == (node.kind, node.a, node.b, node.c)
        }
        return table[slot] >= 0 ? table[slot] : try append(node, at: slot)
    }

    /// The number of a choice or an intersection of at least two children, which are ascending.
    mutating func intern(_ kind: Kind, _ list: [Int32]) throws -> ID {
        let slot = slot(Self.hash(kind, list[...])) { other in
            nodes[Int(other)].kind == kind && children(other) == list[...]
        }
        if table[slot] >= 0 { return table[slot] }
        let node = Node(kind: kind, a: Int32(pool.count), b: Int32(list.count))
        pool.append(contentsOf: list)
        return try append(node, at: slot)
    }

    /// Accounts for work; throws when there was too much of it.
    mutating func spend(_ amount: Int = 1) throws {
        work += amount
        guard work <= limits.work else {
            throw CinnabarError(
                .resource,
                "the constraint needs more than \(limits.work) steps for one part of the text",
                hint: "simplify nested or ambiguous repetitions, or bound them"
            )
        }
    }

    func tooDeep() -> CinnabarError {
        CinnabarError(
            .unsupported,
            "the constraint nests deeper than \(limits.depth) levels",
            hint: "flatten its groups or rules"
        )
    }

    /// Bytes in use, roughly.
    var memory: Int { nodes.count * 56 + (pool.count + transitions.count) * 4 + rows.count * 12 + classMaps.count }

    private mutating func append(_ node: Node, at slot: Int) throws -> ID {
        try spend()
        guard memory < limits.memory, nodes.count < Int(Int32.max) / 2 else {
            throw CinnabarError(
                .resource,
                "the constraint's automaton grew beyond \(limits.memory >> 20) MiB (\(nodes.count) expressions)",
                hint: "bound its repetitions, or split it"
            )
        }
        let id = ID(nodes.count)
        nodes.append(node)
        table[slot] = id
        isNullable.append(nullability(of: node))
        shortest.append(shortestBound(of: node))
        hasBoolean.append(booleanness(of: node))
        exactShortest.append(-1)
        first.append(-1)
        rowOf.append(-1)
        liveForm.append(-1)
        stamps.append(0)
        if nodes.count * 2 > table.count { grow() }
        return id
    }

    private func nullability(of node: Node) -> Bool {
        switch node.kind {
        case .nothing, .set: false
        case .empty: true
        case .sequence: isNullable[Int(node.a)] && isNullable[Int(node.b)]
        case .choice: pool[Int(node.a)..<Int(node.a + node.b)].contains { isNullable[Int($0)] }
        case .intersection: pool[Int(node.a)..<Int(node.a + node.b)].allSatisfy { isNullable[Int($0)] }
        case .complement: !isNullable[Int(node.a)]
        case .repetition: node.b == 0 || isNullable[Int(node.a)]
        case .rule: ruleNullable[Int(node.a)]
        }
    }

    private func slot(_ hash: UInt64, matches: (ID) -> Bool) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & (table.count - 1)
        while table[slot] >= 0, !matches(table[slot]) { slot = (slot + 1) & (table.count - 1) }
        return slot
    }

    private mutating func grow() {
        table = Array(repeating: -1, count: table.count * 2)
        for id in nodes.indices {
            let node = nodes[id]
            let isList = node.kind == .choice || node.kind == .intersection
            table[slot(isList ? Self.hash(node.kind, children(ID(id))) : Self.hash(node)) { _ in false }] = ID(id)
        }
    }

    private static func hash(_ node: Node) -> UInt64 {
        let low = UInt64(UInt32(bitPattern: node.a)) << 32 | UInt64(UInt32(bitPattern: node.b))
        return SplitMix64.mix(
            SplitMix64.mix(low) &+ UInt64(UInt32(bitPattern: node.c)) << 8 &+ UInt64(node.kind.rawValue)
        )
    }

    private static func hash(_ kind: Kind, _ list: ArraySlice<Int32>) -> UInt64 {
        list.reduce(SplitMix64.mix(UInt64(kind.rawValue) &+ 0x9E37_79B9_7F4A_7C15)) {
            SplitMix64.mix($0 ^ UInt64(UInt32(bitPattern: $1)))
        }
    }
}
