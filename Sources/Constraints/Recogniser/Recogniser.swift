import Common

/// The automaton of a grammar over bytes, made as it is walked: its states are expressions, its transitions derivatives.
///
/// Recursive rules make it infinite, which costs nothing as long as only what is met is made. A state from which no text
/// can be completed is never entered; it is replaced by ``dead``.
package struct Recogniser: Sendable {
    package typealias State = Int32

    /// Where no text of the grammar leads.
    package static let dead = State(ExpressionArena.nothing)

    package let start: State
    var arena: ExpressionArena

    /// - Throws: `.unsupported` for left recursion or nesting beyond the limits, `.resource` for a grammar that is too
    ///   large, `.invalidArgument` for a reference to no rule.
    package init(_ grammar: Grammar, limits: RecogniserLimits = RecogniserLimits()) throws {
        arena = try ExpressionArena(limits: limits)
        let root = try arena.load(grammar)
        start = try arena.live(root)
        if start == Self.dead { try checkSearch() }
        refill()
    }

    /// Whether no text belongs to the language.
    package var isEmpty: Bool { start == Self.dead }

    /// Expressions made so far; states are some of them.
    package var expressionCount: Int { arena.nodes.count }

    /// Bytes in use, roughly.
    package var memory: Int { arena.memory }

    /// Allows the limit's work once more: called once for each bounded piece of work.
    package mutating func refill() { arena.work = 0 }

    /// The state behind `byte`; ``dead`` if no text goes on so. Memoised; throws when a limit is reached.
    package mutating func next(_ state: State, _ byte: UInt8) throws -> State {
        let raw = try arena.step(state, byte)
        let known = arena.liveForm[Int(raw)]
        return known >= 0 ? known : try arena.live(raw)
    }

    /// The text up to here belongs to the language.
    package func isAccepting(_ state: State) -> Bool { arena.isNullable[Int(state)] }

    /// Bytes of the shortest text that ends in acceptance; nil for the dead state.
    package mutating func shortestLength(_ state: State) throws -> Int? {
        let length = try arena.exactLength(state)
        return length == Length.none ? nil : Int(length)
    }

    /// The first of the shortest texts that complete `state`, in the order of their bytes; nil for the dead state.
    ///
    /// It is consistent: what completes the state behind its first byte is the rest of it.
    package mutating func completion(_ state: State, longest: Int = 1 << 20) throws -> [UInt8]? {
        guard var left = try shortestLength(state) else { return nil }
        guard left <= longest else {
            throw CinnabarError(
                .resource,
                "the shortest text of the constraint has \(left) bytes, more than \(longest)",
                hint: "lower its minimal lengths or counts"
            )
        }
        var bytes: [UInt8] = []
        var state = state
        while left > 0 {
            let row = try arena.row(state)
            var isFound = false
            for byte in try arena.representatives(row) {
                let next = try next(state, byte)
                guard try arena.exactLength(next) == Int32(left - 1) else { continue }
                (state, left, isFound) = (next, left - 1, true)
                bytes.append(byte)
                break
            }
            guard isFound else {
                throw CinnabarError(.resource, "the constraint's shortest text was lost after \(bytes.count) bytes")
            }
        }
        return bytes
    }

    /// The state behind `bytes`; the limit's work is allowed for each of them, so that a text may have any length.
    package mutating func run(_ bytes: some Sequence<UInt8>, from state: State) throws -> State {
        var state = state
        for byte in bytes where state != Self.dead {
            refill()
            state = try next(state, byte)
        }
        return state
    }

    package mutating func accepts(_ bytes: some Sequence<UInt8>) throws -> Bool {
        let end = try run(bytes, from: start)
        return isAccepting(end)
    }

    /// The state behind a prefix that is given.
    ///
    /// - Throws: `.invalidArgument` if no text begins with it, naming the byte at which it leaves the language.
    package mutating func start(after prefix: [UInt8]) throws -> State {
        var state = start
        for (place, byte) in prefix.enumerated() where state != Self.dead {
            state = try run(CollectionOfOne(byte), from: state)
            guard state == Self.dead else { continue }
            try checkSearch()
            let rest = String(decoding: prefix[place...].prefix(20), as: UTF8.self)
            throw CinnabarError(
                .invalidArgument,
                "no text of the constraint begins with the given prefix, of \(prefix.count) bytes: "
                    + "byte \(place) cannot follow (\"\(rest)\")"
            )
        }
        return state
    }

    /// Throws if what was taken for impossible may be possible.
    func checkSearch() throws {
        guard arena.gaveUp else { return }
        throw CinnabarError(
            .resource,
            "no text of the constraint was found among \(arena.limits.searchedStates) states of an intersection",
            hint: "its parts may contradict each other; simplify allOf, not or pattern"
        )
    }
}
