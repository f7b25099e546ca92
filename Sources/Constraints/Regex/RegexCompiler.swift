import Common

/// A regular expression as a language.
///
/// Anchors become requirements on what surrounds a match: a node is a list of ways to match it, each of which may demand
/// that nothing stands before it or behind it. In the end what is not demanded away may be anything.
struct RegexCompiler {
    /// How one scalar of a set is spelled in the text: UTF-8 as it is, or as inside of a JSON string.
    var spelling: (ScalarSet) -> Language
    /// Whether a match is the whole text.
    private let isWhole: Bool

    private init(isWhole: Bool, spelling: @escaping (ScalarSet) -> Language) {
        (self.isWhole, self.spelling) = (isWhole, spelling)
    }

    /// One way to match.
    private struct Match {
        var text: Language
        var demandsStart = false
        var demandsEnd = false
    }

    /// All texts that match as a whole.
    static func whole(_ pattern: String, spelling: @escaping (ScalarSet) -> Language) throws -> Language {
        let node = RegexNode.sequence([.start, try RegexParser.parse(pattern)])
        return .either(try RegexCompiler(isWhole: true, spelling: spelling).matches(node, pattern).map(\.text))
    }

    /// All texts with a match somewhere in them.
    ///
    /// - Parameter isLenient: takes `.` and `$` as widely as any dialect does (`$` also before a last line feed), so that
    ///   what is not in the language matches in none of them.
    static func search(
        _ pattern: String,
        isLenient: Bool = false,
        spelling: @escaping (ScalarSet) -> Language
    ) throws -> Language {
        let compiler = RegexCompiler(isWhole: false, spelling: spelling)
        let anything = Language.star(spelling(.all))
        let end = isLenient ? Language.optional(spelling(ScalarSet("\n"))) : .empty
        return .either(
            try compiler.matches(try RegexParser.parse(pattern, isLenient: isLenient), pattern).map { match in
                .joined([match.demandsStart ? .empty : anything, match.text, match.demandsEnd ? end : anything])
            }
        )
    }

    private func matches(_ node: RegexNode, _ pattern: String) throws -> [Match] {
        do {
            return try matches(node, atStart: false, isTail: true)
        } catch let refusal as Refusal {
            throw RegexParser(pattern).unsupported(refusal.what, at: refusal.position)
        }
    }

    private struct Refusal: Error {
        var what: String
        var position: Int
    }

    /// - Parameters:
    ///   - atStart: whether nothing can stand before it.
    ///   - isTail: whether nothing of the expression stands behind it.
    private func matches(_ node: RegexNode, atStart: Bool, isTail: Bool) throws -> [Match] {
        switch node {
        case .scalars(let set): return set.isEmpty ? [] : [Match(text: spelling(set))]
        case .start: return [Match(text: .empty, demandsStart: true)]
        case .end: return [Match(text: .empty, demandsEnd: true)]
        case .choice(let parts):
            return Self.grouped(try parts.flatMap { try matches($0, atStart: atStart, isTail: isTail) })
        case .sequence(let parts): return try sequence(parts, atStart, isTail)
        case .repetition(let part, let minimum, let maximum):
            guard part.hasAssertions else {
                let text = Language.either(try matches(part, atStart: false, isTail: false).map(\.text))
                return [Match(text: .repeated(text, minimum, maximum))]
            }
            guard maximum == 1 || maximum == 0 else {
                throw Refusal(what: "an anchor or a lookahead inside of a repetition", position: 0)
            }
            let once = maximum == 0 ? [] : try matches(part, atStart: atStart, isTail: isTail)
            return minimum == 0 ? once + [Match(text: .empty)] : once
        case .lookahead(_, _, let position):
            throw Refusal(what: "a lookahead that is not at the start of an anchored alternative", position: position)
        }
    }

    private func sequence(_ parts: [RegexNode], _ atStart: Bool, _ isTail: Bool) throws -> [Match] {
        var found = [Match(text: .empty)]
        var isAtStart = atStart
        for (index, part) in parts.enumerated() {
            if case .lookahead(let condition, let isNegative, let position) = part {
                guard isAtStart, isTail else {
                    throw Refusal(
                        what: "a lookahead that is not at the start of an anchored alternative",
                        position: position
                    )
                }
                return try looking(condition, isNegative, Array(parts[(index + 1)...]))
            }
            let next = try matches(part, atStart: isAtStart, isTail: isTail && index == parts.count - 1)
            isAtStart = part == .start || (isAtStart && next.allSatisfy { $0.text == .empty })
            found = Self.grouped(found.flatMap { left in next.compactMap { behind(left, $0) } })
            guard found.count <= 64 else { throw Refusal(what: "so many anchored alternatives", position: 0) }
        }
        return found
    }

    /// Left, then right; nil where one demands what the other forbids.
    private func behind(_ left: Match, _ right: Match) -> Match? {
        var (left, right) = (left, right)
        if right.demandsStart {
            guard left.text.isNullable else { return nil }
            left.text = .empty
        }
        if left.demandsEnd {
            guard right.text.isNullable else { return nil }
            right.text = .empty
        }
        return Match(
            text: .joined([left.text, right.text]),
            demandsStart: left.demandsStart || right.demandsStart,
            demandsEnd: left.demandsEnd || right.demandsEnd
        )
    }

    /// A lookahead at the start of the text: the whole text must (not) begin with the condition and be as the rest says.
    private func looking(_ condition: RegexNode, _ isNegative: Bool, _ rest: [RegexNode]) throws -> [Match] {
        let anything = Language.star(spelling(.all))
        func open(_ matches: [Match], _ isClosed: Bool) -> Language {
            .either(matches.map { .joined([$0.text, isClosed || $0.demandsEnd ? .empty : anything]) })
        }
        let seen = open(try matches(condition, atStart: true, isTail: true), false)
        let text = open(try sequence(rest, true, true), isWhole)
        return [Match(text: .both([text, isNegative ? .except(seen) : seen]), demandsStart: true, demandsEnd: true)]
    }

    /// Matches with the same demands as one.
    private static func grouped(_ matches: [Match]) -> [Match] {
        var groups: [Match] = []
        for match in matches {
            if let place = groups.firstIndex(where: {
                $0.demandsStart == match.demandsStart && $0.demandsEnd == match.demandsEnd
            }) {
                groups[place].text = .either([groups[place].text, match.text])
            } else {
                groups.append(match)
            }
        }
        return groups
    }
}

extension Grammar {
    /// The texts that match a regular expression as a whole.
    package init(regex pattern: String) throws {
        self.init(start: try RegexCompiler.whole(pattern, spelling: Language.scalar))
    }
}
