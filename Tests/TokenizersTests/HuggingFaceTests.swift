import Common
import Foundation
import Testing
import Tokenizers

/// Vocabularies trained by the `tokenizers` package and the ids that it gives to texts; see `Fixtures/make.py`.
@Suite struct HuggingFaceTests {
    private struct Fixture: Decodable {
        var tokenizer: String
        var texts: [String]
        var ids: [[TokenID]]
        var parsed: [[TokenID]]

        init(_ name: String) throws {
            let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Fixtures/\(name).json")
            self = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
        }
    }

    @Test(arguments: [("code", PreTokenizer.code), ("gpt2", .gpt2)])
    func idsEqualThoseOfThePackage(_ name: String, _ preTokenizer: PreTokenizer) throws {
        let fixture = try Fixture(name)
        #expect(fixture.texts.count == 210 && fixture.ids.count == 210 && fixture.parsed != fixture.ids)
        let read = try Tokenizer(json: Data(fixture.tokenizer.utf8))
        #expect(read.preTokenizer == preTokenizer && read.vocabularySize == 600)
        // What we write reads the same.
        for tokenizer in [read, try Tokenizer(json: read.jsonData())] {
            for (index, text) in fixture.texts.enumerated() {
                #expect(tokenizer.encode(text) == fixture.ids[index], "text \(index)")
                #expect(tokenizer.encode(text, parsingSpecialTokens: true) == fixture.parsed[index], "text \(index)")
                #expect(Array(tokenizer.decode(fixture.parsed[index]).utf8) == Array(text.utf8), "text \(index)")
            }
        }
    }
}
