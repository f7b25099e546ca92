import Common
import Foundation
import Training

/// A vocabulary of bytes and a few merged tokens, of which the important ones join a newline with the indentation after
/// it, as the real tokenizer does.
enum RowsSample {
    static let merged: [[UInt8]] = ["\n        ", "\n    ", "    ", "return ", "def ", "self", " = "].map {
        Array($0.utf8)
    }
    static let firstSpecial = 256 + merged.count
    static let size = firstSpecial + 8
    static let bos = TokenID(firstSpecial)
    static let eos = bos + 1
    static let eom = bos + 2
    static let pad = bos + 3
    static let mask = bos + 4
    static let fimPrefix = bos + 5
    static let fimSuffix = bos + 6
    static let fimMiddle = bos + 7

    static func bytes(_ token: TokenID) -> ArraySlice<UInt8>? {
        switch Int(token) {
        case 0..<256: [UInt8(token)]
        case 256..<firstSpecial: merged[Int(token) - 256][...]
        default: nil
        }
    }

    /// The longest merged token that fits, else a byte.
    static func encode(_ text: ArraySlice<UInt8>) -> [TokenID] {
        var result: [TokenID] = []
        var at = text.startIndex
        while at < text.endIndex {
            if let index = merged.firstIndex(where: { text[at...].starts(with: $0) }) {
                result.append(TokenID(256 + index))
                at += merged[index].count
            } else {
                result.append(TokenID(text[at]))
                at += 1
            }
        }
        return result
    }

    static func decode(_ tokens: some Sequence<TokenID>) -> [UInt8] {
        tokens.flatMap { bytes($0) ?? [] }
    }

    static func vocabulary(sample: [TokenID] = encode(Array(functions(20, seed: 7).utf8)[...])) -> RowVocabulary {
        RowVocabulary(
            encode: encode,
            size: size,
            bos: bos,
            eos: eos,
            eom: eom,
            pad: pad,
            mask: mask,
            fimPrefix: fimPrefix,
            fimSuffix: fimSuffix,
            fimMiddle: fimMiddle,
            bytes: bytes,
            sample: sample
        )
    }

    static func source(_ documents: [[UInt8]]) -> RowSource {
        RowSource(documents: documents.count, length: { documents[$0].count }, document: { documents[$0] })
    }

    /// Python-like text of `count` functions; every line differs from all others.
    static func functions(_ count: Int, seed: UInt64) -> String {
        var random = SplitMix64(seed: seed)
        var text = "import math\n\n"
        for index in 0..<count {
            let name = "f\(seed)_\(index)"
            text += "\ndef \(name)(x, y):\n    \"\"\"Doc of \(name).\n\n    More é ü.\n    \"\"\"\n"
            for line in 0..<Int.random(in: 1...9, using: &random) {
                if line % 3 == 1 {
                    text += "    if x > \(line):\n        y = x * \(Int.random(in: 0...999, using: &random))\n"
                } else {
                    text += "    v\(line) = \(name[...])_\(line) + \(Int.random(in: 0...999, using: &random))\n"
                }
            }
            text += "    return x + y\n"
        }
        return text
    }

    /// Documents of very different lengths.
    static func documents(seed: UInt64, count: Int = 40) -> [[UInt8]] {
        (0..<count).map { Array(functions(1 + $0 * $0 / 40, seed: seed &* 1000 &+ UInt64($0)).utf8) }
    }

    static func options(fillInTheMiddle: Double, canvases: Bool = true, length: Int = 256) -> RowOptions {
        var options = RowOptions()
        options.length = length
        options.segmentTokens = 96
        options.fillInTheMiddle = fillInTheMiddle
        if canvases {
            options.canvases.lengths = [4: 0.3, 8: 0.4, 16: 0.3]
            options.canvases.share = 0.5
        }
        return options
    }

    /// The tokens of each document of a row.
    static func segments(_ row: TrainingRow) -> [Range<Int>] {
        let starts = row.segmentStart.indices.filter { row.segmentStart[$0] == $0 }
        return zip(starts, starts.dropFirst() + [row.tokens.count]).map { $0..<$1 }
    }
}

/// A fill-in-the-middle segment taken apart.
struct ParsedExample {
    let suffix, prefix, middle: [UInt8]
    /// Index of the end marker in the segment.
    let end: Int

    /// nil if the segment is of another layout.
    init?(_ tokens: ArraySlice<TokenID>) {
        let tokens = Array(tokens)
        guard tokens.first == RowsSample.fimSuffix, tokens.last == RowsSample.eom,
            let prefixAt = tokens.firstIndex(of: RowsSample.fimPrefix),
            let middleAt = tokens.firstIndex(of: RowsSample.fimMiddle), prefixAt < middleAt
        else { return nil }
        end = tokens.count - 1
        suffix = RowsSample.decode(tokens[1..<prefixAt])
        prefix = RowsSample.decode(tokens[prefixAt + 1..<middleAt])
        middle = RowsSample.decode(tokens[middleAt + 1..<end])
    }
}
