import Common
import Serving
import Testing

@Suite struct JSONWriterTests {
    /// What is written reads as itself.
    @Test func roundTrips() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SplitMix64(seed: seed)
        func value(_ depth: Int) -> JSONValue {
            switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
            case 0: return .null
            case 1: return .boolean(Bool.random(using: &random))
            case 2: return .integer(Int.random(in: Int.min...Int.max, using: &random))
            case 3: return .number(Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &random)).finite)
            case 4: return .string(text())
            case 5: return .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in value(depth - 1) })
            default:
                return .object(
                    (0..<Int.random(in: 0..<4, using: &random)).map {
                        .init(key: "\($0)\(text())", value: value(depth - 1))
                    }
                )
            }
        }
        func text() -> String {
            String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0..<8, using: &random)).compactMap { _ in
                        Unicode.Scalar(
                            UInt32.random(in: 0..<(Bool.random(using: &random) ? 0x80 : 0x11_0000), using: &random)
                        )
                    }
                )
            )
        }
        for _ in 0..<2000 {
            let value = value(4)
            // A zero character is refused as a byte, but may come as an escape.
            #expect(try JSONValue(json: value.json) == value)
        }
        #expect(JSONValue.number(.nan).json == "null" && JSONValue.number(-.infinity).json == "null")
    }
}

extension Double {
    fileprivate var finite: Double { isFinite ? self : 0.5 }
}
