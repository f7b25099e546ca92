import Common
import Constraints

/// Whether a grammar accepts a value in canonical JSON with the keys of its objects in some order.
///
/// Tries first the keys behind which all others that could stand in their place still can, and takes the first order that
/// leads on.
struct AnyOrderMatcher {
    private var recogniser: Recogniser
    /// Steps for a value; what is not found within them counts as not accepted.
    private let limit: Int
    private var budget = 0

    typealias State = Recogniser.State

    init(_ grammar: Grammar, limit: Int = 400_000) throws {
        recogniser = try Recogniser(grammar)
        self.limit = limit
    }

    mutating func accepts(_ value: JSONValue) throws -> Bool {
        budget = limit
        return try write(value, [recogniser.start]).contains { recogniser.isAccepting($0) }
    }

    private mutating func run(_ state: State, _ bytes: [UInt8]) throws -> State? {
        var state = state
        recogniser.refill()
        for byte in bytes {
            budget -= 1
            guard budget > 0 else { return nil }
            state = try recogniser.next(state, byte)
            if state == Recogniser.dead { return nil }
        }
        return state
    }

    private mutating func run(_ states: Set<State>, _ bytes: [UInt8]) throws -> Set<State> {
        var found: Set<State> = []
        for state in states { if let next = try run(state, bytes) { found.insert(next) } }
        return found
    }

    private mutating func write(_ value: JSONValue, _ states: Set<State>) throws -> Set<State> {
        switch value {
        case .array(let elements):
            var states = try run(states, [0x5B])
            for (index, element) in elements.enumerated() {
                if index > 0 { states = try run(states, [0x2C]) }
                states = try write(element, states)
            }
            return try run(states, [0x5D])
        case .object(let members):
            return try run(writeMembers(members, run(states, [0x7B]), isFirst: true), [0x7D])
        default: return try run(states, CanonicalText.compact(value))
        }
    }

    private mutating func writeMembers(
        _ members: [JSONValue.Member],
        _ states: Set<State>,
        isFirst: Bool
    ) throws -> Set<State> {
        guard !members.isEmpty, !states.isEmpty else { return states }
        let keys = members.map { CanonicalText.string($0.key) + [0x3A] }
        let comma: [UInt8] = isFirst ? [] : [0x2C]
        let possible = try keys.indices.filter { try !run(states, comma + keys[$0]).isEmpty }
        var later: [(index: Int, behind: Set<State>)] = []
        for isLast in [false, true] {
            for (index, known) in isLast ? later.map({ ($0.index, Optional($0.behind)) }) : possible.map({ ($0, nil) })
            {
                let behind = try known ?? write(members[index].value, run(states, comma + keys[index]))
                guard !behind.isEmpty else { continue }
                let keepsAll = try possible.allSatisfy { try $0 == index || !run(behind, [0x2C] + keys[$0]).isEmpty }
                if !isLast, !keepsAll {
                    later.append((index, behind))
                    continue
                }
                var rest = members
                rest.remove(at: index)
                let found = try writeMembers(rest, behind, isFirst: false)
                if !found.isEmpty { return found }
            }
        }
        return []
    }
}
