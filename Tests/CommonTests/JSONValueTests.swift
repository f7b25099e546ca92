import Common
import Foundation
import Testing

@Suite struct JSONValueTests {
    @Test func keepsOrderAndKindsOfNumbers() throws {
        let text = #" {"b": 1, "a": [1.0, -0, 1e2, true, null], "é": "\u00e9\ud83d\ude00\n\/", "e\u0301": {}, "b": 2} "#
        #expect(
            try JSONValue(json: text)
                == .object([
                    .init(key: "b", value: .integer(2)),
                    .init(key: "a", value: .array([.number(1), .integer(0), .number(100), .boolean(true), .null])),
                    .init(key: "é", value: .string("é😀\n/")),
                    .init(key: "e\u{301}", value: .object([])),
                ])
        )
    }

    @Test(arguments: [
        "", " ", "[", "]", "[1", "[1,]", "[,1]", "{", "{}}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{1:2}", "01", "-",
        "+1", "1.", ".5",
        "1e", "1e+", "1e400", "nul", "True", "NaN", "'a'", #""a"#, #""\x""#, #""\u12""#, #""\u+123""#, #""\ud800""#,
        #""\udc00""#,
        #""\ud800\u0041""#, "\"\n\"", "1 2", "[1 2]", "\u{FEFF}1",
    ])
    func refusesWhatIsNotJSON(_ text: String) {
        let error = #expect(throws: CinnabarError.self, "\(text)") { try JSONValue(json: text, name: "text") }
        #expect(error?.code == .malformed && error?.message.hasPrefix("text") == true)
    }

    @Test func refusesDeepNestingAndLargeIntegers() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: CinnabarError.self) { try JSONValue(json: deep) }
        #expect(throws: CinnabarError.self) { try JSONValue(json: "18446744073709551616") }
        #expect(throws: Never.self) { try JSONValue(json: "[9223372036854775807, -9223372036854775808]") }
    }

    /// Foundation's reader as the oracle: it accepts the same mutations, order and kinds of numbers aside.
    @Test func mutationsAreJudgedAsFoundationDoes() throws {
        let original = Array(#"{"a": [1, 2.5, -3e2, "x\u00e9\n", true, false, null], "b": {"c": {}}, "d": []}"#.utf8)
        var accepted = 0
        for seed in 0..<4000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var bytes = original
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let sign = original[Int.random(in: 0..<original.count, using: &random)]
                if Bool.random(using: &random) { bytes[place] = sign } else { bytes.remove(at: place) }
            }
            let value = try? JSONValue(json: Data(bytes))
            let isJSON = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
            #expect((value != nil) == isJSON, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
            if value != nil { accepted += 1 }
        }
        #expect(accepted > 0 && accepted < 4000)
    }
}
