import Common
import Constraints

/// Random grammars over the bytes "abc", with all constructors. Rules read a byte before they come to a rule.
struct RandomLanguage {
    var random: SplitMix64
    static let alphabet = Array("abc".utf8)

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func grammar(depth: Int = 3) -> Grammar {
        let count = Int.random(in: 0...2, using: &random)
        let rules = (0..<count).map { index in
            Grammar.Rule(
                name: "rule\(index)",
                language: .choice([
                    .bytes([byte()]),
                    .sequence([.bytes([byte()]), language(depth: depth - 1, rules: count), .bytes([byte()])]),
                ])
            )
        }
        return Grammar(start: language(depth: depth, rules: count), rules: rules)
    }

    /// - Parameter rules: rules that may be referred to.
    mutating func language(depth: Int, rules: Int) -> Language {
        if depth == 0 { return leaf(rules) }
        func part(_ generator: inout RandomLanguage, rules: Int) -> Language {
            generator.language(depth: depth - 1, rules: rules)
        }
        func parts(_ generator: inout RandomLanguage) -> [Language] {
            (0..<Int.random(in: 1...3, using: &generator.random)).map { _ in part(&generator, rules: rules) }
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3: return .sequence(parts(&self))
        case 3..<5: return .choice(parts(&self))
        case 5..<7:
            let minimum = Int.random(in: 0...2, using: &random)
            let maximum = Bool.random(using: &random) ? nil : minimum + Int.random(in: 0...2, using: &random)
            return .repetition(part(&self, rules: rules), minimum: minimum, maximum: maximum)
        case 7: return .intersection(parts(&self))
        case 8: return .complement(part(&self, rules: 0))
        default: return leaf(rules)
        }
    }

    private mutating func leaf(_ rules: Int) -> Language {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return .empty
        case 1: return Int.random(in: 0..<4, using: &random) == 0 ? .nothing : .byte(.all)
        case 2, 3: return .byte(ByteSet([byte(), byte()]))
        case 4 where rules > 0, 5 where rules > 0: return .rule(Int.random(in: 0..<rules, using: &random))
        default: return .bytes((0..<Int.random(in: 1...3, using: &random)).map { _ in byte() })
        }
    }

    mutating func byte() -> UInt8 { Self.alphabet[Int.random(in: 0..<3, using: &random)] }

    /// All strings over the alphabet of at most `length` bytes, shorter ones first.
    static func strings(upTo length: Int) -> [[UInt8]] {
        var (all, last): ([[UInt8]], [[UInt8]]) = ([[]], [[]])
        for _ in 0..<length {
            last = last.flatMap { prefix in alphabet.map { prefix + [$0] } }
            all += last
        }
        return all
    }
}
