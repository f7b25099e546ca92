import Common
import Foundation
import Testing
import Tokenizers

/// Tokenizers laid out as those of released models, against what the `tokenizers` package makes of texts; see
/// `Fixtures/make_released.py`.
@Suite struct ReleasedTokenizerTests {
    private struct Case: Decodable {
        var text: String
        var ids: [TokenID]
        /// The ids with the post-processor's tokens, and those without special tokens, where they are others.
        var framed: [TokenID]?
        var plain: [TokenID]?
        var decoded: String
        var skipped: String
        /// Any tokens, and what they are decoded to.
        var some: [TokenID]
        var textOfSome: String
    }

    private struct Fixture: Decodable {
        struct Variant: Decodable {
            var name: String
            var cases: [Case]
        }
        var variants: [Variant]
    }

    private static func data() throws -> Data {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/released.json")
        return try Data(contentsOf: file)
    }

    /// The `tokenizer.json` of each variant, by its name: a base with some parts exchanged.
    static func files() throws -> [String: Data] {
        let fixture = try #require(JSONSerialization.jsonObject(with: data()) as? [String: Any])
        let bases = try #require(fixture["bases"] as? [String: String])
        var files: [String: Data] = [:]
        for variant in try #require(fixture["variants"] as? [[String: Any]]) {
            let base = try #require(bases[variant["base"] as? String ?? ""])
            var file = try #require(JSONSerialization.jsonObject(with: Data(base.utf8)) as? [String: Any])
            file.merge(variant["members"] as? [String: Any] ?? [:]) { $1 }
            var model = try #require(file["model"] as? [String: Any])
            model.merge(variant["options"] as? [String: Any] ?? [:]) { $1 }
            let renamed = try #require(variant["renamed"] as? [String: String])
            let vocabulary = try #require(model["vocab"] as? [String: Int])
            let merges = try #require(model["merges"] as? [[String]])
            model["vocab"] = Dictionary(uniqueKeysWithValues: vocabulary.map { (renamed[$0] ?? $0, $1) })
            model["merges"] = merges.filter { merge in !renamed.keys.contains { merge.joined().contains($0) } }
            file["model"] = model
            files[try #require(variant["name"] as? String)] = try JSONSerialization.data(withJSONObject: file)
        }
        return files
    }

    @Test func textsAreEncodedAndDecodedAsByThePackage() throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let fixture = try decoder.decode(Fixture.self, from: Self.data())
        let files = try Self.files()
        #expect(fixture.variants.count == 9 && fixture.variants.allSatisfy { $0.cases.count == 40 })
        for variant in fixture.variants {
            let read = try Tokenizer(json: #require(files[variant.name]))
            // What we write reads the same.
            for tokenizer in [read, try Tokenizer(json: read.jsonData())] {
                for (index, item) in variant.cases.enumerated() {
                    let place = "\(variant.name), text \(index)"
                    let ids = tokenizer.encode(item.text, parsingSpecialTokens: true)
                    let framed = tokenizer.encode(item.text, parsingSpecialTokens: true, addingSpecialTokens: true)
                    let skipped = tokenizer.decode(item.ids, skippingSpecialTokens: true)
                    #expect(ids == item.ids, "\(place)")
                    #expect(framed == item.framed ?? item.ids, "\(place)")
                    #expect(tokenizer.encode(item.text) == item.plain ?? item.ids, "\(place)")
                    #expect(tokenizer.decode(item.ids).utf8.elementsEqual(item.decoded.utf8), "\(place)")
                    #expect(skipped.utf8.elementsEqual(item.skipped.utf8), "\(place)")
                    #expect(tokenizer.decode(item.some).utf8.elementsEqual(item.textOfSome.utf8), "\(place)")
                }
            }
        }
    }

    @Test func mergesAreReadInBothForms() throws {
        let file = try #require(Self.files()["qwen2"])
        var object = try #require(JSONSerialization.jsonObject(with: file) as? [String: Any])
        var model = try #require(object["model"] as? [String: Any])
        model["merges"] = try #require(model["merges"] as? [[String]]).map { $0.joined(separator: " ") }
        object["model"] = model
        let old = try Tokenizer(json: JSONSerialization.data(withJSONObject: object))
        #expect(old.mergePairs.count == 1744)
        #expect(try old.jsonData() == Tokenizer(json: file).jsonData())
    }
}
