import Common

/// Random input that hits the cuts of the patterns: blanks, signs, digits, words, scripts, parts of UTF-8 sequences.
enum RandomText {
    private static let parts =
        " |  |\t|\n|\r|\n    |.|_|'|'s|'ll|9|12|a|Z|word|#|()|<|é|日本|²|٣|\u{A0}|\u{3000}|🙂".split(separator: "|").map(
            String.init
        )
    private static let broken: [UInt8] = [0xFF, 0xC3, 0xE0, 0xF4, 0x80, 0x00, 0x7F, 0x20, 0x0A, 0x61]

    static func text(_ random: inout SplitMix64, parts count: Int) -> String {
        (0..<count).map { _ in parts[Int.random(in: 0..<parts.count, using: &random)] }.joined()
    }

    /// Not UTF-8 as a rule.
    static func bytes(_ random: inout SplitMix64, parts count: Int) -> [UInt8] {
        (0..<count).flatMap { _ -> [UInt8] in
            switch Int.random(in: 0..<3, using: &random) {
            case 0: Array(parts[Int.random(in: 0..<parts.count, using: &random)].utf8)
            case 1: [broken[Int.random(in: 0..<broken.count, using: &random)]]
            default: [UInt8.random(in: 0...255, using: &random)]
            }
        }
    }
}
