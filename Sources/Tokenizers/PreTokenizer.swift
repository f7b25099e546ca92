/// How text is cut into pieces before byte pairs are merged; no token crosses a cut.
///
/// A case is a name for a regular expression of the tokenizer.json format. Each has a hand-written scanner over bytes
/// that cuts valid UTF-8 exactly as the expression does, in linear time, and any other bytes somehow.
package enum PreTokenizer: String, Sendable, Hashable, CaseIterable {
    /// This project's own, made for code; see `codePattern`.
    case code
    /// GPT-2's, which knows the letters and digits of all scripts.
    case gpt2
    /// GPT-2's behind a cut around each digit, as in SmolLM and StarCoder.
    case smollm
    /// Qwen2's and its successors'.
    case qwen2
    /// Llama 3's: Qwen2's with numbers of up to three digits.
    case llama3
    /// LLaDA's and Bailing's: cuts as Qwen2's does, written in another way.
    case llada2

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

    /// The regular expression. Sources: `tokenizer.json` of the models; for `smollm`, the two stages there as one.
    package var pattern: String {
        switch self {
        case .code: Self.codePattern
        case .gpt2: Self.gpt2Pattern
        case .smollm: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+"#
        case .qwen2: Self.foldingPattern(numbers: #"\p{N}"#)
        case .llama3: Self.foldingPattern(numbers: #"\p{N}{1,3}"#)
        case .llada2:
            #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#
        }
    }

    private static func foldingPattern(numbers: String) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\#(numbers)| ?[^\s\p{L}\p{N}]+[\r\n]*"#
            + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    /// What the pattern asks of the scanner of GPT-2's family; nil for the one that is not of it.
    private var rules: UnicodeScanner.Rules? {
        switch self {
        case .code: nil
        case .gpt2: .init()
        case .smollm: .init(longestNumber: 1, numberTakesSpace: false, numberStandsAlone: true)
        case .qwen2, .llada2: Self.foldingRules(longestNumber: 1)
        case .llama3: Self.foldingRules(longestNumber: 3)
        }
    }

    private static func foldingRules(longestNumber: Int) -> UnicodeScanner.Rules {
        .init(
            foldsContractions: true,
            wordTakesAnyCharacter: true,
            longestNumber: longestNumber,
            numberTakesSpace: false,
            newlinesEndPieces: true
        )
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
        if let rules {
            try Self.scan(bytes, UnicodeScanner(rules), body)
        } else {
            try Self.scan(bytes, CodeScanner(), body)
        }
    }

    @inline(__always)
    private static func scan<Scanner: PieceScanner>(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ scanner: Scanner,
        _ body: (Range<Int>) throws -> Void
    ) rethrows {
        var start = 0
        while start < bytes.count {
            let end = scanner.end(of: start, in: bytes)
            try body(start..<end)
            start = end
        }
    }
}

/// A scanner of one pattern.
protocol PieceScanner {
    /// Where the piece that begins at `start` ends: in `start + 1 ... bytes.count`, given `start < bytes.count`.
    func end(of start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int
}
