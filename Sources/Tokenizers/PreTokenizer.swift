/// How text is cut into pieces before byte pairs are merged; no token crosses a cut.
///
/// A case is a name for a regular expression of the tokenizer.json format. Each has a hand-written scanner over bytes
/// that cuts valid UTF-8 exactly as the expression does, in linear time, and any other bytes somehow.
package enum PreTokenizer: Sendable, Hashable, CaseIterable {
    /// This project's own, made for code; see `codePattern`.
    case code
    /// GPT-2's, which knows the letters and digits of all scripts.
    case gpt2

    /// The alternatives, in order: line ends with the indentation that follows; a word (letters, all beyond ASCII
    /// included) with one space, dot or underscore before it; one or two digits, a run of other signs, each with one
    /// space before it; blanks but for the last space if a piece can take it; blanks.
    ///
    /// On 150 Python files that the vocabulary was not trained on, bytes a token at 4,096 tokens: 3.47 if only space and
    /// underscore join the word, 3.50 with the dot, 3.54 with any sign (which makes many more variants of each word),
    /// 3.46 if identifiers keep their underscores inside.
    package static let codePattern =
        #"[\r\n]+[ \t]*|[ ._]?[A-Za-z\x{80}-\x{10FFFF}]+| ?[0-9]{1,2}"#
        + #"| ?[^A-Za-z0-9 \t\r\n\x{80}-\x{10FFFF}]+|[ \t]+(?= [^ \t\r\n])|[ \t]+"#

    /// Source: GPT-2, `encoder.py`.
    package static let gpt2Pattern =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    /// The regular expression.
    package var pattern: String {
        switch self {
        case .code: Self.codePattern
        case .gpt2: Self.gpt2Pattern
        }
    }

    /// The pieces of the text, in order and without gaps. O(length).
    package func split(_ bytes: [UInt8]) -> [Range<Int>] {
        bytes.withUnsafeBufferPointer { bytes in
            var pieces: [Range<Int>] = []
            forEachPiece(bytes) { pieces.append($0) }
            return pieces
        }
    }

    /// Calls `body` with each piece, in order and without gaps. O(length).
    @inline(__always)
    func forEachPiece(_ bytes: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) throws -> Void) rethrows {
        switch self {
        case .code: try Self.scan(bytes, CodeScanner.self, body)
        case .gpt2: try Self.scan(bytes, GPT2Scanner.self, body)
        }
    }

    @inline(__always)
    private static func scan<Scanner: PieceScanner>(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ scanner: Scanner.Type,
        _ body: (Range<Int>) throws -> Void
    ) rethrows {
        var start = 0
        while start < bytes.count {
            let end = Scanner.end(of: start, in: bytes)
            try body(start..<end)
            start = end
        }
    }
}

/// A scanner of one pattern.
protocol PieceScanner {
    /// Where the piece that begins at `start` ends: in `start + 1 ... bytes.count`, given `start < bytes.count`.
    static func end(of start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int
}
