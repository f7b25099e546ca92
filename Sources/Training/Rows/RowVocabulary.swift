package import Common

/// What rows need of a tokenizer, and the statistics that believable wrong tokens are drawn from.
package struct RowVocabulary: Sendable {
    package let encode: @Sendable (ArraySlice<UInt8>) -> [TokenID]
    package let size: Int
    package let bos, eos, eom, pad, mask, fimPrefix, fimSuffix, fimMiddle: TokenID
    /// Class of each token; -1 for special tokens, which are never drawn.
    private let classOf: [Int]
    /// For each class tokens drawn in proportion to their frequency.
    private let samples: [[TokenID]]

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
        // Every ordinary token once, so that no class is empty, then the sample itself.
        var samples = [[TokenID]](repeating: [], count: RowVocabulary.kinds)
        for id in 0..<size where classOf[id] >= 0 { samples[classOf[id]].append(TokenID(id)) }
        for id in sample where id >= 0 && Int(id) < size && classOf[Int(id)] >= 0 {
            samples[classOf[Int(id)]].append(id)
        }
        self.samples = samples
    }

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

    /// A token other than `token`: any one with probability 0.35, else one of the same class by frequency
    /// (algorithms.md G2; random tokens alone are too easy to spot).
    package func replacement(for token: TokenID, using random: inout SplitMix64) -> TokenID {
        let kind = classOf[Int(token)]
        for _ in 0..<8 {
            let other: TokenID
            if kind < 0 || random.uniform() < 0.35 {
                other = TokenID.random(in: 0..<TokenID(size), using: &random)
            } else {
                other = samples[kind][Int.random(in: 0..<samples[kind].count, using: &random)]
            }
            if other != token, classOf[Int(other)] >= 0 { return other }
        }
        return token == eos ? eom : eos
    }
}
