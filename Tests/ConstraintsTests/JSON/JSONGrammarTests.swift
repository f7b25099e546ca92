import Common
import Constraints
import Foundation
import TestSupport
import Testing

@Suite struct JSONGrammarTests {
    @Test func writesWhatReadsBack() throws {
        var compact = try Recogniser(Grammar.json())
        var spaced = try Recogniser(Grammar.json(style: .spaced))
        for text in [
            #"{"a":[1,-2.5e3,"x\n\u00e9\ud83d\ude00"],"b":{}}"#, "[]", "null", #""é""#, "-0", #"{"a":1,"a":2}"#,
        ] {
            #expect(try compact.accepts(text.utf8), "\(text)")
        }
        #expect(try spaced.accepts(#"{"a": [1, 2], "b": true}"#.utf8) && !spaced.accepts(#"{"a":1}"#.utf8))
        for text in [
            "", "01", "1.", "+1", ".5", "tru", "[1,]", #"{"a"}"#, #""\x""#, "\"\n\"", #""\ud83d""#, "[1 ]", "{} ",
        ] {
            #expect(try !compact.accepts(text.utf8), "\(text)")
        }
        #expect(try !compact.accepts([0x22, 0xFF, 0x22]))
    }

    @Test func objectsOnly() throws {
        var recogniser = try Recogniser(Grammar.jsonObject())
        #expect(try recogniser.accepts(#"{"a":[{}]}"#.utf8) && !recogniser.accepts("[]".utf8))
    }

    /// What a strict reader must reject is not generated.
    @Test(.enabled(if: SharedData.folder != nil, "needs the evaluation data: set CINNABAR_SHARED to its folder"))
    func generatesNothingThatReadersReject() throws {
        let file = try SharedData.file("evaldata/jsontestsuite/parsing.jsonl.gz")
        var recogniser = try Recogniser(Grammar.json())
        var counts: [String: Int] = [:]
        for line in try Gzip.decompress(file).split(separator: UInt8(ascii: "\n")) {
            let test = try JSONValue(json: Data(line))
            let bytes = [UInt8](Data(base64Encoded: test["base64"]?.text ?? "") ?? Data())
            // A text of 100,000 brackets may be too much work.
            guard let expect = test["expect"]?.text, (try? recogniser.accepts(bytes)) ?? false else { continue }
            counts[expect, default: 0] += 1
            #expect(expect != "reject", "\(test["name"]?.text ?? "")")
        }
        // The others have white space.
        #expect(counts["accept"] ?? 0 >= 60)
    }

    @Test func choicesAreThese() throws {
        let texts = ["red", "re", "", "green", "grün", "red"]
        var recogniser = try Recogniser(Grammar(choices: texts))
        for text in texts { #expect(try recogniser.accepts(text.utf8)) }
        for text in ["r", "redd", "gr", "greengreen"] { #expect(try !recogniser.accepts(text.utf8)) }
        #expect(throws: CinnabarError.self) { try Grammar(choices: []) }
    }
}
