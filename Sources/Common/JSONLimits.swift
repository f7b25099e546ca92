package import Foundation

/// A look over JSON text before Foundation parses it: bounds what hostile input can cost and finds what the parser
/// hides (a repeated key silently wins or loses there).
package struct JSONLimits: Sendable {
    /// Most bytes.
    package var size: Int
    /// Deepest nesting of objects and arrays.
    package var depth: Int

    package init(size: Int = 64 << 20, depth: Int = 64) {
        self.size = size
        self.depth = depth
    }

    /// The number of `key:` pairs at each nesting depth; index 0 is the outermost object.
    package typealias KeyCounts = [Int]

    /// Checks size, depth and UTF-8 in one pass. It does not check the grammar, which is the parser's work.
    ///
    /// - Parameter name: what the text is, for the error.
    @discardableResult
    package func check(_ text: UnsafeRawBufferPointer, name: String) throws -> KeyCounts {
        guard text.count <= size else {
            throw CinnabarError(.malformed, "\(name) has \(text.count) bytes of JSON, at most \(size) are read")
        }
        // A zero byte makes Foundation guess at UTF-16 or UTF-32.
        guard !text.contains(0), String(validating: text, as: UTF8.self) != nil else {
            throw CinnabarError(.malformed, "\(name) is not UTF-8 text", hint: "the file is damaged or of another kind")
        }
        var counts = KeyCounts(repeating: 0, count: depth)
        var level = 0
        var inString = false
        var escaped = false
        for byte in text {
            if inString {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                level += 1
                guard level <= depth else {
                    throw CinnabarError(.malformed, "\(name) nests JSON deeper than \(depth) levels")
                }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): level = max(0, level - 1)
            case UInt8(ascii: ":"): if level > 0 { counts[level - 1] += 1 }
            default: break
            }
        }
        return counts
    }

    /// Decodes a value from a JSON file, within the limits.
    package func decode<Value: Decodable>(_ type: Value.Type, from url: URL) throws -> Value {
        let file = try MappedFile(url)
        try file.withUnsafeBytes { _ = try check($0, name: url.path) }
        do {
            return try JSONDecoder().decode(type, from: file.data())
        } catch {
            throw CinnabarError(.malformed, "\(url.path): \(Self.explain(error))")
        }
    }

    /// A decoding error in one line: the path of keys and what is wrong there.
    package static func explain(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return place(context.codingPath) + context.debugDescription
        case .keyNotFound(let key, let context):
            return place(context.codingPath) + "no key '\(key.stringValue)'"
        @unknown default:
            return "\(error)"
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "" : "at '" + path.map(\.stringValue).joined(separator: ".") + "': "
    }
}
