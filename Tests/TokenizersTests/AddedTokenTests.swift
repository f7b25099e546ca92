import Common
import Foundation
import Testing
import Tokenizers

/// Added tokens by hand; the vectors of the `tokenizers` package (`ReleasedTokenizerTests`) have many more.
@Suite struct AddedTokenTests {
    private func tokenizer(_ added: [Tokenizer.AddedToken], _ normalizer: Normalizer = .none) throws -> Tokenizer {
        try Tokenizer(
            tokens: (0...255).map { [$0] } + added.map { $0.decoded(normalizer) },
            merges: [],
            addedTokens: added.enumerated().map { index, token in
                var token = token
                token.id = TokenID(256 + index)
                return token
            },
            preTokenizer: .qwen2,
            normalizer: normalizer
        )
    }

    /// The text with each added token in brackets.
    private func marked(_ text: String, _ tokenizer: Tokenizer, parsing: Bool = true) -> String {
        let ids = tokenizer.encode(text, parsingSpecialTokens: parsing)
        let parts = ids.map {
            $0 < 256 ? Array(tokenizer.bytes(ofToken: $0)) : [0x5B] + tokenizer.bytes(ofToken: $0) + [0x5D]
        }
        return String(decoding: parts.joined(), as: UTF8.self)
    }

    @Test func blanksAreStripped() throws {
        let added = try tokenizer([
            .init(id: 0, text: "<l>", stripsLeft: true), .init(id: 0, text: "<r>", stripsRight: true),
        ])
        #expect(marked("a \n\u{3000}<l> b", added) == "a[<l>] b")
        #expect(marked("a <r>\u{A0}\t b <r>", added) == "a [<r>]b [<r>]")
        #expect(marked("<r>  <l> ", added) == "[<r>][<l>] ")
    }

    @Test func wordsStandAlone() throws {
        let added = try tokenizer([.init(id: 0, text: "AB", isWord: true), .init(id: 0, text: "B")])
        #expect(marked("AB, AB-AB", added) == "[AB], [AB]-[AB]")
        // What a match covers is not searched again.
        #expect(marked("xAB AB_ éAB AB\u{301} B", added) == "xAB AB_ éAB AB\u{301} [B]")
    }

    @Test func normalizedTokensAreFoundInTheirNormalForm() throws {
        let added = try tokenizer(
            [.init(id: 0, text: "<e\u{301}>", isNormalized: true), .init(id: 0, text: "<o\u{301}>")],
            .nfc
        )
        // As there, what can be spelled in the byte alphabet stands for bytes: é for one that is no UTF-8.
        #expect(added.encode("<\u{E9}><e\u{301}>", parsingSpecialTokens: true) == [256, 256])
        #expect(added.encode("<\u{F3}>", parsingSpecialTokens: true).count == 4)
        #expect(added.encode("<o\u{301}>", parsingSpecialTokens: true) == [257])
    }

    @Test func ordinaryTokensAreFoundInAnyText() throws {
        let added = try tokenizer([
            .init(id: 0, text: "<s>"), .init(id: 0, text: "<o>", isSpecial: false),
            .init(id: 0, text: "s>", isSpecial: false),
        ])
        #expect(marked("<s><o>s>", added) == "[<s>][<o>][s>]")
        #expect(marked("<s><o>s>", added, parsing: false) == "<s>[<o>][s>]")
    }

    @Test func tokensEqualTheDefinition() throws {
        // Texts of three letters, all short strings of two as tokens in turn: leftmost, longest, without overlap.
        for seed in 0..<300 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            func word(_ letters: Int, _ length: Int) -> String {
                String((0..<length).map { _ in "abc"[Int.random(in: 0..<letters, using: &random)] })
            }
            let texts = Set((0..<6).map { _ in word(2, Int.random(in: 2...5, using: &random)) }).sorted()
            let added = try tokenizer(texts.map { .init(id: 0, text: $0) })
            let text = word(3, 60)
            var expected = ""
            var rest = Substring(text)
            while let first = rest.first {
                let found = texts.filter { rest.hasPrefix($0) }.max { $0.count < $1.count }
                expected += found.map { "[\($0)]" } ?? String(first)
                rest = rest.dropFirst(found?.count ?? 1)
            }
            #expect(marked(text, added) == expected, "seed \(seed)")
        }
    }
}

extension String {
    fileprivate subscript(index: Int) -> Character { self[self.index(startIndex, offsetBy: index)] }
}
