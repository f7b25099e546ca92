import Cinnabar
import Common

/// Reads a text with calls of tools while it grows. The constraint has seen to its form, so that positions are found by counting.
package struct ToolCallReader {
    /// A call so far.
    package struct Call: Equatable, Sendable {
        package var name: String
        /// JSON so far.
        package var arguments: String

        package init(name: String, arguments: String) { (self.name, self.arguments) = (name, arguments) }
    }

    /// What stands before the first call, without what may become its marker.
    package private(set) var content = ""
    package private(set) var calls: [Call] = []

    private static let marker = Array(ToolCallText.marker.utf8)
    private static let begin = Array(ToolCallText.begin.utf8)

    /// - Parameters:
    ///   - text: all of it so far.
    ///   - isFinished: nothing comes behind it.
    package init(_ text: String, isFinished: Bool) {
        let bytes = Array(text.utf8)
        let first = Self.find(Self.marker, in: bytes, from: 0)
        let held = first == nil && !isFinished ? Self.begun(atEndOf: bytes) : 0
        var end = first ?? bytes.count - held
        // The line end before a call belongs to neither.
        if first != nil || !isFinished, end > 0, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
        content = String(decoding: bytes[..<end], as: UTF8.self)
        var place = first
        while let begin = place {
            guard let (call, next) = Self.call(bytes, from: begin + Self.begin.count) else { break }
            calls.append(call)
            place = next.flatMap { Self.find(Self.marker, in: bytes, from: $0) }
        }
    }

    /// The call at a place, once its name is known, and the end of its arguments, once they are there.
    private static func call(_ bytes: [UInt8], from start: Int) -> (Call, end: Int?)? {
        let head = Array(#"{"name":"#.utf8)
        guard start < bytes.count, bytes[start...].starts(with: head),
            let nameEnd = valueEnd(bytes, from: start + head.count),
            let name = try? JSONValue(json: String(decoding: bytes[(start + head.count)..<nameEnd], as: UTF8.self)).text
        else { return nil }
        let separator = Array(#","arguments":"#.utf8)
        let arguments = nameEnd + separator.count
        guard arguments < bytes.count, bytes[nameEnd...].starts(with: separator) else {
            return (Call(name: name, arguments: ""), nil)
        }
        let end = valueEnd(bytes, from: arguments)
        return (
            Call(name: name, arguments: String(decoding: bytes[arguments..<(end ?? bytes.count)], as: UTF8.self)), end
        )
    }

    /// The end of a string or an object, nil if it is not there yet.
    private static func valueEnd(_ bytes: [UInt8], from start: Int) -> Int? {
        var (depth, inString, isEscaped) = (0, false, false)
        for index in start..<bytes.count {
            let byte = bytes[index]
            if inString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                inString = true
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                depth += 1
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                depth -= 1
            }
            if !inString, depth == 0 { return index + 1 }
        }
        return nil
    }

    private static func find(_ marker: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= marker.count else { return nil }
        return (start..<max(start, bytes.count - marker.count + 1)).first {
            bytes[$0] == marker[0] && bytes[$0...].starts(with: marker)
        }
    }

    /// How many bytes at the end may be the beginning of a marker.
    private static func begun(atEndOf bytes: [UInt8]) -> Int {
        (1..<marker.count).reversed().first { $0 <= bytes.count && bytes.suffix($0).elementsEqual(marker.prefix($0)) }
            ?? 0
    }
}
