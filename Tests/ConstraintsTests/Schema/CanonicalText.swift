import Common
import Foundation

/// Canonical JSON of a value, written here a second time and in another way than in the library.
enum CanonicalText {
    static func string(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = [0x22]
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += Array("\\\"".utf8)
            case "\\": bytes += Array("\\\\".utf8)
            case "\n": bytes += Array("\\n".utf8)
            case "\t": bytes += Array("\\t".utf8)
            case "\r": bytes += Array("\\r".utf8)
            case "\u{8}": bytes += Array("\\b".utf8)
            case "\u{c}": bytes += Array("\\f".utf8)
            case ..<" ": bytes += Array(String(format: "\\u%04x", scalar.value).utf8)
            default: bytes += Array(String(scalar).utf8)
            }
        }
        return bytes + [0x22]
    }

    static func number(_ value: Double) -> [UInt8] {
        if value == value.rounded() { return Array(String(format: "%.0f", value).utf8) }
        let text = "\(value)"
        guard text.contains("e") else { return Array(text.utf8) }
        // A small fraction: the digits stand as many places further to the right as the exponent says.
        let parts = text.split(separator: "e")
        let digits = parts[0].filter { $0.isNumber }
        let zeros = String(repeating: "0", count: -(Int(parts[1]) ?? 0) - 1)
        return Array("\(value < 0 ? "-" : "")0.\(zeros)\(digits)".utf8)
    }

    static func compact(_ value: JSONValue) -> [UInt8] {
        switch value {
        case .null: Array("null".utf8)
        case .boolean(let isTrue): Array((isTrue ? "true" : "false").utf8)
        case .integer(let value): Array("\(value)".utf8)
        case .number(let value): number(value)
        // An integer that no value holds, see `SchemaSuite`.
        case .string(let text): text.hasPrefix("\u{1}") ? Array(text.utf8.dropFirst()) : string(text)
        case .array(let elements): [0x5B] + Array(elements.map(compact).joined(separator: [0x2C])) + [0x5D]
        case .object(let members):
            [0x7B] + Array(members.map { string($0.key) + [0x3A] + compact($0.value) }.joined(separator: [0x2C])) + [
                0x7D
            ]
        }
    }
}
