import Common
import Constraints
import Foundation
import Testing

@Suite struct RegexTests {
    static func accepts(_ pattern: String, _ text: String) throws -> Bool {
        var recogniser = try Recogniser(Grammar(regex: pattern))
        return try recogniser.accepts(text.utf8)
    }

    /// Foundation's engine is the oracle, on whole texts.
    @Test func agreesWithFoundation() throws {
        let patterns = [
            "a*b+c?", "(ab|c)*", "[a-c]{2,3}", "[^a-c]+", "a.c", "(?:a|bc){1,2}d?", "\\d+|\\w", "\\s\\S", "a{0}b",
            "(a*)*",
            "(a|ab)(c|bcd)?", "[\\d-]+", "(?i)aBc", "x*?y+?", "\\x41\\u0042", "[^\\W\\d]+", "a{2,}", "(|a)b", "é+",
            "[α-ω]",
            "(?=ab)a.*", "(?!ab)a.*", "^ab$", "(?<n>a)b", "[\\]a]", "\\p{Lu}\\p{L}*", "\\p{Greek}+", "\\P{L}",
        ]
        let alphabet = Array("aabbccdxyABC01-_ ]éαω\n".unicodeScalars)
        let seed: UInt64 = 11
        var random = SplitMix64(seed: seed)
        for pattern in patterns {
            // Foundation's `\w` has all letters, ECMA-262's those of ASCII.
            let ascii = pattern.replacing("[^\\W\\d]", with: "[A-Za-z_]").replacing("\\w", with: "[A-Za-z0-9_]")
            let oracle = try NSRegularExpression(pattern: "\\A(?:\(ascii))\\z")
            var recogniser = try Recogniser(Grammar(regex: pattern))
            var matches = 0
            for _ in 0..<400 {
                var text = ""
                for _ in 0..<Int.random(in: 0...5, using: &random) {
                    text.unicodeScalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
                }
                let range = NSRange(text.startIndex..., in: text)
                // Foundation's `$` also stands before a last newline, which ECMA-262's does not.
                let expected = oracle.firstMatch(in: text, range: range) != nil
                matches += expected ? 1 : 0
                #expect(try recogniser.accepts(text.utf8) == expected, "'\(pattern)' on '\(text)', seed \(seed)")
            }
            #expect(matches > 0 || ["(?i)aBc", "\\x41\\u0042", "(?<n>a)b", "^ab$"].contains(pattern), "'\(pattern)'")
        }
    }

    @Test func wholeTextsOnly() throws {
        #expect(try Self.accepts("(?i)aBc", "AbC") && Self.accepts("(?i:a)B", "AB") && !Self.accepts("(?i:a)B", "Ab"))
        #expect(try Self.accepts("\\x41\\u0042\\u{1F600}", "AB😀"))
        #expect(try !Self.accepts("a", "ab") && !Self.accepts("a", "ba"))
        #expect(try Self.accepts("a|^b$|c", "b") && !Self.accepts("a$b", "ab"))
        #expect(try Self.accepts("(?!0000)[0-9]{4}", "0001") && !Self.accepts("(?!0000)[0-9]{4}", "0000"))
    }

    /// Every scalar near a border of the encodings, and none that is not in the range.
    @Test func rangesOfScalarsAreTheirEncodings() throws {
        let borders: [UInt32] = [
            0, 0x40, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x40000,
            0x10FFFF,
        ]
        let probes = Set(borders.flatMap { [$0, $0 &+ 1, $0 == 0 ? 0 : $0 - 1, $0 ^ 0x3F] }).compactMap(
            Unicode.Scalar.init
        )
        for (index, low) in borders.enumerated() {
            for high in borders[index...] {
                var recogniser = try Recogniser(Grammar(start: .scalar(ScalarSet([low...high]))))
                for probe in probes {
                    let accepted = try recogniser.accepts(String(probe).utf8)
                    #expect(accepted == (low...high).contains(probe.value), "\(low)...\(high) on \(probe.value)")
                }
                #expect(try !recogniser.accepts([0xED, 0xA0, 0x80]) && !recogniser.accepts([0xC0, 0x80]))
            }
        }
    }

    @Test(arguments: [
        ("(a)\\1", "backreference", 4), ("a\\bc", "word boundary", 2), ("(?<=a)b", "lookbehind", 1),
        ("a(?=b)c", "lookahead", 2), ("a++", "possessive", 3), ("\\p{Klingonish}", "Klingonish", 1),
        ("(?>a)", "atomic", 1), ("(^a|b)*", "anchor", 1), ("(?P=n)", "backreference", 1),
    ])
    func refusesByName(_ pattern: String, _ name: String, _ place: Int) {
        let error = #expect(throws: CinnabarError.self) { try Grammar(regex: pattern) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains(name) == true && error?.message.contains("character \(place):") == true)
    }

    @Test(arguments: [
        "(", ")", "[a", "a{3,2}", "*a", "[z-a]", "\\", "a**", "\\u12", "\\x{110000}", "(?<a", "\\q", "^*",
    ])
    func refusesWhatIsNoExpression(_ pattern: String) {
        let error = #expect(throws: CinnabarError.self) { try Grammar(regex: pattern) }
        #expect(error?.code == .malformed && error?.message.contains("character") == true, "\(pattern)")
    }

    @Test func survivesMutations() throws {
        let seeds = [
            "^(a|b[c-d]{2,3})*\\p{L}+?(?:x|y)$", "(?i)\\d{4}-\\u00e9[^\\s\\]]",
            "(?<year>[0-9]+)(?=a)(?!b)\\x{1F600}|\\cA",
        ]
        let signs = Array("()[]{}*+?|\\^$.-,0129azpLu:<>=!é".unicodeScalars)
        let seed: UInt64 = 5
        var random = SplitMix64(seed: seed)
        var compiled = 0
        for round in 0..<3_000 {
            var scalars = Array(seeds[round % seeds.count].unicodeScalars)
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let place = Int.random(in: 0..<scalars.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: scalars[place] = signs[Int.random(in: 0..<signs.count, using: &random)]
                case 1: scalars.insert(signs[Int.random(in: 0..<signs.count, using: &random)], at: place)
                default: if scalars.count > 1 { scalars.remove(at: place) }
                }
            }
            let pattern = String(String.UnicodeScalarView(scalars))
            do {
                _ = try Grammar(regex: pattern)
                compiled += 1
            } catch let error as CinnabarError {
                #expect(error.code == .malformed || error.code == .unsupported, "\(pattern), seed \(seed): \(error)")
            }
        }
        #expect(compiled > 300)
    }
}
