import Common
import Foundation
import Testing

@Suite struct JSONLimitsTests {
    private func check(_ text: String, _ limits: JSONLimits = JSONLimits(size: 1000, depth: 4)) throws -> [Int] {
        try Data(text.utf8).withUnsafeBytes { try limits.check($0, name: "text") }
    }

    @Test func countsKeysByDepthAndIgnoresStrings() throws {
        #expect(try check(#"{"a:{[":{"b":1,"c\"{":[{"d":2}]},"e":"::\\"}"#) == [2, 2, 0, 1])
    }

    @Test func refusesDepthSizeAndEncoding() throws {
        #expect(try check("[[[[]]]]") == [0, 0, 0, 0])
        #expect(throws: CinnabarError.self) { try check("[[[[[]]]]]") }
        #expect(throws: CinnabarError.self) { try check(String(repeating: " ", count: 1001)) }
        #expect(throws: CinnabarError.self) { try check("{\u{0}}") }
        #expect(throws: CinnabarError.self) {
            try Data([0x22, 0xC3, 0x22]).withUnsafeBytes { try JSONLimits().check($0, name: "text") }
        }
    }

    @Test func errorsNameFileAndKey() throws {
        struct Config: Decodable {
            struct Inner: Decodable { let layers: Int }
            let inner: Inner
        }
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("config.json")
            try Data(#"{"inner":{"layers":"many"}}"#.utf8).write(to: url)
            let error = #expect(throws: CinnabarError.self) { try JSONLimits().decode(Config.self, from: url) }
            #expect(error?.description.contains("config.json: at 'inner.layers'") == true)
            try Data(#"{"inner":{}}"#.utf8).write(to: url)
            let missing = #expect(throws: CinnabarError.self) { try JSONLimits().decode(Config.self, from: url) }
            #expect(missing?.description.contains("at 'inner': no key 'layers'") == true)
        }
    }
}
