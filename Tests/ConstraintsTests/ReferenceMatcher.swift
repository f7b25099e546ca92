import Constraints

/// Membership straight from the definition of ``Language``: the places where a string of a language that begins at a place
/// may end. No automaton, no memory; for short texts.
struct ReferenceMatcher {
    let grammar: Grammar
    let text: [UInt8]

    static func accepts(_ grammar: Grammar, _ text: [UInt8]) -> Bool {
        ReferenceMatcher(grammar: grammar, text: text).ends(grammar.start, from: 0).contains(text.count)
    }

    func ends(_ language: Language, from start: Int) -> Set<Int> {
        switch language {
        case .nothing: return []
        case .bytes(let bytes): return text[start...].starts(with: bytes) ? [start + bytes.count] : []
        case .byte(let set): return start < text.count && set.contains(text[start]) ? [start + 1] : []
        case .sequence(let parts):
            return parts.reduce([start]) { places, part in
                Set(places.flatMap { ends(part, from: $0) })
            }
        case .choice(let members): return Set(members.flatMap { ends($0, from: start) })
        case .intersection(let members):
            return members.reduce(Set(start...text.count)) { $0.intersection(ends($1, from: start)) }
        case .complement(let operand): return Set(start...text.count).subtracting(ends(operand, from: start))
        case .repetition(let operand, let minimum, let maximum):
            var (places, result): (Set<Int>, Set<Int>) = ([start], [])
            // More copies than bytes are left add nothing but empty ones.
            for count in 0...min(maximum ?? .max, minimum + text.count + 1) {
                if count >= minimum { result.formUnion(places) }
                places = Set(places.flatMap { ends(operand, from: $0) })
            }
            return result
        case .rule(let index): return ends(grammar.rules[index].language, from: start)
        }
    }
}
