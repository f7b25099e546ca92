package import Common

/// What rows need of a tokenizer, and the statistics that believable wrong tokens are drawn from.
package struct RowVocabulary: Sendable {
    package let encode: @Sendable (ArraySlice<UInt8>) -> [TokenID]
    package let size: Int
    package let bos, eos, eom, pad, mask, fimPrefix, fimSuffix, fimMiddle: TokenID
    /// Class of each token; -1 for special tokens, which are never drawn.
    private let classOf: [Int]
    /// The ordinary tokens of each class.
    private let members: [[TokenID]]
    /// For each class the tokens of a sample of text: drawing one is drawing by frequency.
    private let samples: [[TokenID]]
    /// Mean bytes of an ordinary token of the sample.
    package let bytesPerToken: Double

    /// - Parameters:
    ///   - bytes: the bytes of a token, nil for a special token.
    ///   - sample: ids of some typical text, from which frequencies are taken.
    package init(
        encode: @escaping @Sendable (ArraySlice<UInt8>) -> [TokenID],
        size: Int,
        bos: TokenID,
        eos: TokenID,
        eom: TokenID,
        pad: TokenID,
        mask: TokenID,
        fimPrefix: TokenID,
        fimSuffix: TokenID,
        fimMiddle: TokenID,
        bytes: (TokenID) -> ArraySlice<UInt8>?,
        sample: [TokenID]
    ) {
        self.encode = encode
        self.size = size
        (self.bos, self.eos, self.eom, self.pad, self.mask) = (bos, eos, eom, pad, mask)
        (self.fimPrefix, self.fimSuffix, self.fimMiddle) = (fimPrefix, fimSuffix, fimMiddle)
        let classOf = (0..<size).map { bytes(TokenID($0)).map(RowVocabulary.kind) ?? -1 }
        self.classOf = classOf
        var members = [[TokenID]](repeating: [], count: RowVocabulary.kinds)
        for id in 0..<size where classOf[id] >= 0 { members[classOf[id]].append(TokenID(id)) }
        self.members = members
        var samples = [[TokenID]](repeating: [], count: RowVocabulary.kinds)
        var length = 0
        for id in sample where id >= 0 && Int(id) < size && classOf[Int(id)] >= 0 {
            samples[classOf[Int(id)]].append(id)
            length += bytes(id)?.count ?? 0
        }
        self.samples = samples
        let count = samples.reduce(0) { $0 + $1.count }
        bytesPerToken = count == 0 ? 3 : min(16, max(1, Double(length) / Double(count)))
    }

    /// Tokens that are no text.
    package var specialTokens: [TokenID] { classOf.indices.filter { classOf[$0] < 0 }.map { TokenID($0) } }

    private static let kinds = 5

    /// Newlines and blanks, words, digits, brackets and quotes, other marks.
    private static func kind(_ bytes: ArraySlice<UInt8>) -> Int {
        let first = bytes.first { $0 != 32 } ?? 32
        return switch first {
        case 9, 10, 13, 32: 0
        case 48...57: 2
        case 65...90, 95, 97...122, 128...255: 1
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
            UInt8(ascii: "}"), UInt8(ascii: "\""), UInt8(ascii: "'"):
            3
        default: 4
        }
    }

    /// A token other than `token`: any one (40%), any of the same class (30%), or one of the same class by frequency (30%)
    /// (algorithms.md G2; random tokens alone are too easy to spot).
    package func replacement(for token: TokenID, using random: inout SplitMix64) -> TokenID {
        let kind = classOf[Int(token)]
        for _ in 0..<16 {
            let pick = random.uniform()
            let pool = kind < 0 || pick < 0.4 ? nil : pick < 0.7 ? members[kind] : samples[kind]
            let other = pool?.randomElement(using: &random) ?? TokenID.random(in: 0..<TokenID(size), using: &random)
            if other != token, classOf[Int(other)] >= 0 { return other }
        }
        // A vocabulary of hardly any ordinary tokens.
        return token == eos ? eom : eos
    }
}
