import Foundation

/// What is done to text, outside of added tokens, before it is cut into pieces.
package enum Normalizer: Sendable, Hashable {
    case none
    /// Unicode's normalization form C.
    case nfc

    /// The normal form of a text; nil if that is the text itself. What is not UTF-8 stays as it is. O(length).
    ///
    /// As the `tokenizers` package (0.23) does it, of Unicode 9: later characters neither compose nor change places. One
    /// thing is different: there a letter beyond U+FFFF composes as the one with the same lower 16 bits does.
    func normalize(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard self == .nfc else { return nil }
        var result: [UInt8]?
        var copied = 0
        var place = 0
        // Characters below U+0300, the bytes CC 80, begin anew; the last one before others may compose with them.
        while let high = bytes[place...].firstIndex(where: { $0 >= 0xCC }) {
            var start = high
            while start > place {
                start -= 1
                if bytes[start] & 0xC0 != 0x80 { break }
            }
            var end = high
            while end < bytes.count, bytes[end] >= 0xCC || (end > high && bytes[end] & 0xC0 == 0x80) { end += 1 }
            place = end
            let run = UnsafeBufferPointer(rebasing: bytes[start..<end])
            guard let normal = String(validating: run, as: UTF8.self).map(Self.composed), !normal.elementsEqual(run)
            else {
                continue
            }
            var changed = result.take() ?? []
            changed.append(contentsOf: bytes[copied..<start])
            changed.append(contentsOf: normal)
            result = changed
            copied = end
        }
        return result.map { $0 + bytes[copied...] }
    }

    private static func composed(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        var run = String.UnicodeScalarView()
        func endRun() {
            result.append(contentsOf: String(run).precomposedStringWithCanonicalMapping.utf8)
            run.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            if let parts = decompositions[scalar] {
                run.append(contentsOf: parts)
            } else if scalar.value < 0x300 || scalar.isKnown(to: .normalization) {
                run.append(scalar)
            } else {
                endRun()
                result.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
            }
        }
        endRun()
        return result
    }

    /// Tibetan vowels that are always taken apart, into marks that change places; Foundation does not move those.
    private static let decompositions: [Unicode.Scalar: [Unicode.Scalar]] = [
        "\u{0F73}": ["\u{0F71}", "\u{0F72}"], "\u{0F75}": ["\u{0F71}", "\u{0F74}"],
        "\u{0F81}": ["\u{0F71}", "\u{0F80}"],
    ]
}
