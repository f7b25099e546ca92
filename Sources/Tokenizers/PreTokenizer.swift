/// How text is cut into pieces before merging; no token crosses a cut.
///
/// Each pattern exists twice: as the regular expression that `tokenizer.json` carries and as a byte scanner that gives
/// the same pieces without decoding UTF-8, so that any bytes can be encoded.
package enum PreTokenizer: String, Sendable, CaseIterable {
    /// The pattern of the native vocabulary: newlines with the indentation behind them, words and punctuation with the
    /// space before them, digits in groups of at most two.
    case code
    /// GPT-2's pattern, restricted to bytes: every non-ASCII byte counts as a letter.
    case gpt2

    package var pattern: String {
        switch self {
        case .code:
            #"[\r\n]+[ \t]*| ?[A-Za-z_]+| ?[0-9]{1,2}| ?[^\x00-\x7F]+| ?[\x00-\x08\x0B\x0C\x0E-\x1F!-/:-@\[-\^`{-\x7F]+|[ \t]+"#
        case .gpt2:
            #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
        }
    }

    /// The end of the piece that starts at `start`; always beyond it.
    @inline(__always)
    func end(of bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        switch self {
        case .code: PreTokenizer.codeEnd(bytes, start)
        case .gpt2: PreTokenizer.gpt2End(bytes, start)
        }
    }

    /// Classes of bytes that the patterns tell apart.
    private enum Class: UInt8 {
        case newline, blank, letter, digit, high, mark
    }

    private static let classes: [Class] = (0...255).map { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"): .newline
        case UInt8(ascii: " "), UInt8(ascii: "\t"): .blank
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"): .letter
        case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
        case 0x80...0xFF: .high
        default: .mark
        }
    }

    private static func codeEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        let count = bytes.count
        return classes.withUnsafeBufferPointer { classes in
            func run(_ from: Int, _ kind: Class, limit: Int = .max) -> Int {
                var at = from
                while at < count, at - from < limit, classes[Int(bytes[at])] == kind { at += 1 }
                return at
            }
            var first = start
            if bytes[start] == UInt8(ascii: " "), start + 1 < count {
                let next = classes[Int(bytes[start + 1])]
                if next != .blank && next != .newline { first = start + 1 }
            }
            let kind = classes[Int(bytes[first])]
            return switch kind {
            case .newline: run(run(first, .newline), .blank)
            case .digit: run(first, .digit, limit: 2)
            case .blank, .letter, .high, .mark: run(first, kind)
            }
        }
    }

    private static func gpt2End(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        let count = bytes.count
        func isSpace(_ b: UInt8) -> Bool { b == 32 || (9...13).contains(b) }
        func isDigit(_ b: UInt8) -> Bool { (48...57).contains(b) }
        func isLetter(_ b: UInt8) -> Bool { (65...90).contains(b) || (97...122).contains(b) || b >= 0x80 }
        if bytes[start] == UInt8(ascii: "'"), start + 1 < count {
            let a = bytes[start + 1]
            if "sdmt".utf8.contains(a) { return start + 2 }
            if start + 2 < count {
                let b = bytes[start + 2]
                if (a == UInt8(ascii: "l") && b == UInt8(ascii: "l")) || (a == UInt8(ascii: "v") && b == UInt8(ascii: "e"))
                    || (a == UInt8(ascii: "r") && b == UInt8(ascii: "e"))
                {
                    return start + 3
                }
            }
        }
        var first = start
        if bytes[start] == 32, start + 1 < count, !isSpace(bytes[start + 1]) { first += 1 }
        var at = first
        if isSpace(bytes[first]) {
            while at < count, isSpace(bytes[at]) { at += 1 }
            // A run of white space before a word leaves its last character to the word.
            return at < count && at - first > 1 ? at - 1 : at
        }
        let same: (UInt8) -> Bool =
            isLetter(bytes[first])
            ? isLetter
            : isDigit(bytes[first]) ? isDigit : { !isSpace($0) && !isLetter($0) && !isDigit($0) }
        while at < count, same(bytes[at]) { at += 1 }
        return at
    }
}
