import Common
import Foundation
import Testing
import Tokenizers

/// Writing, reading and refusing `tokenizer.json`.
@Suite struct TokenizerFileTests {
    private static func text(_ preTokenizer: PreTokenizer = .code) throws -> String {
        String(decoding: try TokenizerTests.trained(preTokenizer).jsonData(), as: UTF8.self)
    }

    @Test(arguments: PreTokenizer.allCases)
    func fileComesBackEqual(_ preTokenizer: PreTokenizer) throws {
        let tokenizer = try TokenizerTests.trained(preTokenizer)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cinnabar-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try tokenizer.write(to: folder)
        let read = try Tokenizer(folder: folder)
        #expect(try read.jsonData() == tokenizer.jsonData())
        #expect(read.preTokenizer == preTokenizer && read.addedTokens == tokenizer.addedTokens)
        #expect(read.encode(TokenizerTests.sample) == tokenizer.encode(TokenizerTests.sample))
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: CinnabarError.self) { try Tokenizer(folder: URL(fileURLWithPath: "/nowhere")) }
        #expect(error?.code == .file && error?.message.contains("/nowhere/tokenizer.json") == true)
    }

    /// (what to replace, by what, kind of error, a part of its message)
    private static let damages: [(String, String, CinnabarError.Code, String)] = [
        (#""vocab": {"#, #""vocab": [], "other": {"#, .malformed, "vocab"),
        (#""!": 72"#, #""!": 73"#, .malformed, "id 73"),
        (#""!": 72"#, #""!": 4194304"#, .malformed, "4194304"),
        (#""!": 72"#, #""!": 99999999999999999999"#, .malformed, "'!': expected a whole number"),
        (#""!": 72"#, #""!": -1"#, .malformed, "-1"),
        (#""!": 72"#, #""!": "72""#, .malformed, "!"),
        (#""!": 72"#, #""!": 7.5"#, .malformed, "'!': expected a whole number"),
        (#""!": 72"#, #""!!": 72"#, .malformed, "byte 33"),
        (#""!": 72"#, #""\#u{20AC}": 72"#, .malformed, "alphabet"),
        (#""!": 72"#, #""": 72"#, .malformed, "72"),
        (#"["r", "e"]"#, #"["r", "nothing"]"#, .malformed, "nothing"),
        (#"["r", "e"]"#, #"["e", "!"]"#, .malformed, "e!"),
        (#"["r", "e"]"#, #"["r", "e"], ["r", "e"]"#, .malformed, "twice"),
        (#"["r", "e"]"#, #"["r", "e", "e"]"#, .malformed, "halves"),
        (#"["r", "e"]"#, #"17"#, .malformed, "merges"),
        (#"{"id": 0, "content": "<|bos|>""#, #"{"id": 0, "content": "<|eos|>""#, .malformed, "<|eos|>"),
        (#"{"id": 0, "content": "<|bos|>""#, #"{"id": 1, "content": "<|bos|>""#, .malformed, "<|bos|>"),
        (#"{"id": 0, "content": "<|bos|>""#, #"{"id": 0, "content": """#, .malformed, "0"),
        (
            #""content": "<|bos|>", "single_word": false"#, #""content": "<|bos|>", "single_word": 1"#, .malformed,
            "single_word"
        ),
        (#""type": "BPE""#, #""type": "Unigram""#, .unsupported, "Unigram"),
        (#""normalizer": null"#, #""normalizer": {"type": "NFKC"}"#, .unsupported, "NFKC"),
        (#""normalizer": null"#, #""normalizer": {"type": "Sequence"}"#, .malformed, "normalizers"),
        (#""post_processor": null"#, #""post_processor": {"type": "BertProcessing"}"#, .unsupported, "BertProcessing"),
        (#""post_processor": null"#, #""post_processor": {"type": "TemplateProcessing"}"#, .unsupported, "0 times"),
        (#""post_processor": null"#, frame(#""id": "x""#), .malformed, "'x' has no ids"),
        (#""post_processor": null"#, frame(#""id": "huge""#), .malformed, "'huge' has no ids"),
        (#""post_processor": null"#, frame(#""id": "none""#), .malformed, "id 4000"),
        (#""unk_token": null"#, #""unk_token": "nothing""#, .malformed, "nothing"),
        (#""!": 72"#, #""!": 72, "!": 73"#, .malformed, "twice"),
        (#""!": 72"#, #""\ud800": 72"#, .malformed, "surrogate"),
        (#""version": "1.0""#, #""version": "1.0" 1"#, .malformed, "','"),
        (#""type": "Split""#, #""type": "Whitespace""#, .unsupported, "Whitespace"),
        (#"{"Regex": "["#, #"{"Regex": "x["#, .unsupported, "x["),
        (#""behavior": "Isolated""#, #""behavior": "Removed""#, .unsupported, "Split"),
        (#""type": "Sequence""#, #""type": "Metaspace""#, .unsupported, "Metaspace"),
        (#""decoder": {"type": "ByteLevel""#, #""decoder": {"type": "WordPiece""#, .unsupported, "WordPiece"),
        (#""dropout": null"#, #""dropout": 0.1"#, .unsupported, "dropout"),
        (#""end_of_word_suffix": null"#, #""end_of_word_suffix": "</w>""#, .unsupported, "suffixes"),
    ]

    private static func frame(_ token: String) -> String {
        #""post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {\#(token)}}, {"Sequence": "#
            + #"{"id": "A"}}], "special_tokens": {"huge": {"ids": [99999999999]}, "none": {"ids": [4000]}}}"#
    }

    @Test(arguments: damages.indices)
    func damageIsNamed(_ index: Int) throws {
        let (old, new, code, part) = Self.damages[index]
        let text = try Self.text()
        let damaged = try #require(text.range(of: old).map { text.replacingCharacters(in: $0, with: new) }, "\(old)")
        let error = #expect(throws: CinnabarError.self) { try Tokenizer(json: Data(damaged.utf8)) }
        #expect(error?.code == code && error?.message.contains(part) == true, "\(error?.message ?? "")")
        #expect(error?.message.hasPrefix("tokenizer.json: ") == true)
    }

    @Test func everyTruncationIsRefused() throws {
        let data = Data(try Self.text().utf8)
        for length in stride(from: 0, to: data.count - 2, by: 37) {
            let error = #expect(throws: CinnabarError.self) { try Tokenizer(json: data.prefix(length)) }
            #expect(error?.code == .malformed)
        }
    }

    @Test func anUnknownPatternIsQuotedBesideTheKnownOnes() throws {
        let text = try Self.text().replacingOccurrences(of: #"{"Regex": "["#, with: #"{"Regex": "\\p{Han}["#)
        let error = #expect(throws: CinnabarError.self) { try Tokenizer(json: Data(text.utf8)) }
        #expect(error?.code == .unsupported && error?.message.contains(#"not built in: \p{Han}["#) == true)
        for known in PreTokenizer.allCases { #expect(error?.hint?.contains(known.rawValue) == true) }
    }

    /// Mutations of files with all stages are refused with an error of ours, or give a tokenizer that does not trap.
    @Test(arguments: ["llada2", "odd", "fallback"])
    func mutationsOfReleasedFilesNeverTrap(_ name: String) throws {
        let file = try #require(ReleasedTokenizerTests.files()[name])
        // Written anew, the stages are within the first bytes.
        let original = Array(try Tokenizer(json: file).jsonData())
        var accepted = 0
        for seed in 0..<300 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&bytes, &random, head: 4000) }
            let sample = RandomText.bytes(&random, parts: 60) + "<pad> WORD <rs>\n<L>e\u{301}".utf8
            do {
                let tokenizer = try Tokenizer(json: Data(bytes))
                accepted += 1
                for parsing in [false, true] {
                    let ids = tokenizer.encode(bytes: sample, parsingSpecialTokens: parsing)
                    #expect(ids.allSatisfy { !tokenizer.bytes(ofToken: $0).isEmpty }, "seed \(seed)")
                }
                _ = try Tokenizer(json: tokenizer.jsonData())
            } catch {
                #expect(error is CinnabarError, "seed \(seed): \(error)")
            }
        }
        #expect(accepted > 0 && accepted < 300)
    }

    /// A mutation is refused with an error of ours, or gives a tokenizer that still brings all bytes back.
    @Test func mutationsNeverTrap() throws {
        let original = Array(try Self.text().utf8)
        let sample = Array(TokenizerTests.sample.utf8) + (0...255)
        var accepted = 0
        for seed in 0..<4000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&bytes, &random) }
            do {
                let tokenizer = try Tokenizer(json: Data(bytes))
                accepted += 1
                // A flag that strips or a text in the byte alphabet's letters changes what an added token stands for, and
                // bytes that are in no text may have no token.
                let isPlain =
                    tokenizer.addedTokens.allSatisfy { token in
                        !token.stripsLeft && !token.stripsRight
                            && tokenizer.bytes(ofToken: token.id).elementsEqual(token.text.utf8)
                    } && (0...255).allSatisfy { tokenizer.encode(bytes: [$0]).count == 1 }
                for parsing in [false, true] {
                    let ids = tokenizer.encode(bytes: sample, parsingSpecialTokens: parsing)
                    #expect(!isPlain || tokenizer.bytes(of: ids) == sample, "seed \(seed)")
                }
            } catch {
                #expect(error is CinnabarError, "seed \(seed): \(error)")
            }
        }
        #expect(accepted > 0 && accepted < 4000)
    }

    private static let splices = [
        "", "\"", "{", "}", "[", "]", ",", ":", "null", "true", "-1", "1e99", "4194303", "2147483648", "\"\"",
        "\\u0000", "\\ud800",
        "Ġ", "a b", "\u{0}", "[[[[[[[[", "{\"type\":\"ByteLevel\"}", "\"added_tokens\": 3,", "\"a\": 40,",
    ]

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix64, head: Int = 400) {
        guard !bytes.isEmpty else { return }
        // Half of them near the ends, where the structure is; the middle is a long list of tokens.
        let place =
            Bool.random(using: &random)
            ? Int.random(in: 0..<bytes.count, using: &random)
            : Int.random(in: 0..<min(head, bytes.count), using: &random)
        let end = min(bytes.count, place + Int.random(in: 0...6, using: &random))
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
        default:
            bytes.replaceSubrange(place..<end, with: splices[Int.random(in: 0..<splices.count, using: &random)].utf8)
        }
    }
}
