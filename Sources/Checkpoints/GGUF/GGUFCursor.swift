import Common
import Foundation

/// Reads the parts of a GGUF file one after the other from untrusted bytes: no count is believed that the rest of the
/// file cannot hold.
struct GGUFCursor {
    /// What is read, for messages: a path.
    let name: String
    private let data: Data
    /// Bytes read so far.
    private(set) var offset = 0

    /// Arrays in arrays in arrays.
    static let deepestArray = 8

    init(_ data: Data, name: String) {
        self.data = data
        self.name = name
    }

    var rest: Int { data.count - offset }

    mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws -> Value {
        let start = try skip(MemoryLayout<Value>.size)
        return Value(littleEndian: data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: Value.self) })
    }

    /// A count of things of which each takes at least `bytes`.
    mutating func count(of things: String, bytes: Int) throws -> Int {
        let count = try integer(UInt64.self)
        guard count <= UInt64(rest / bytes) else {
            throw CinnabarError(
                .malformed,
                "\(name) claims \(count) \(things) at byte \(offset), but only \(rest) bytes follow",
                hint: "the file is damaged or the download was cut off"
            )
        }
        return Int(count)
    }

    /// - Parameter limit: most bytes.
    mutating func string(limit: Int = .max, what: String = "bytes of text") throws -> String {
        let length = try count(of: what, bytes: 1)
        guard length <= limit else {
            throw CinnabarError(
                .malformed,
                "\(name) has \(length) \(what) at byte \(offset), at most \(limit) are read"
            )
        }
        let start = try skip(length)
        let text = data.withUnsafeBytes { String(validating: $0[start..<start + length], as: UTF8.self) }
        guard let text else {
            throw CinnabarError(.malformed, "\(name) has \(length) \(what) at byte \(start) that are not UTF-8 text")
        }
        return text
    }

    mutating func kind() throws -> GGUFValue.Kind {
        let number = try integer(UInt32.self)
        guard let kind = GGUFValue.Kind(rawValue: number) else {
            throw CinnabarError(.malformed, "\(name) has the value type \(number) at byte \(offset), known are 0 to 12")
        }
        return kind
    }

    /// - Parameter depth: arrays around this value.
    mutating func value(_ kind: GGUFValue.Kind, depth: Int) throws -> GGUFValue {
        switch kind {
        case .uint8: return .uint8(try integer())
        case .int8: return .int8(try integer())
        case .uint16: return .uint16(try integer())
        case .int16: return .int16(try integer())
        case .uint32: return .uint32(try integer())
        case .int32: return .int32(try integer())
        case .uint64: return .uint64(try integer())
        case .int64: return .int64(try integer())
        case .float32: return .float32(Float(bitPattern: try integer()))
        case .float64: return .float64(Double(bitPattern: try integer()))
        case .string: return .string(try string())
        case .bool:
            let byte = try integer(UInt8.self)
            guard byte <= 1 else {
                throw CinnabarError(
                    .malformed,
                    "\(name) has the truth value \(byte) at byte \(offset), expected 0 or 1"
                )
            }
            return .bool(byte == 1)
        case .array:
            let (element, count) = try arrayHead(depth: depth)
            let start = offset
            try skipElements(element, count, depth: depth)
            let bytes = data[data.startIndex + start..<data.startIndex + offset]
            return .array(GGUFArray(element: element, count: count, bytes: bytes))
        }
    }

    private mutating func arrayHead(depth: Int) throws -> (GGUFValue.Kind, Int) {
        guard depth < Self.deepestArray else {
            throw CinnabarError(.malformed, "\(name) nests arrays deeper than \(Self.deepestArray) at byte \(offset)")
        }
        let element = try kind()
        return (element, try count(of: "array elements", bytes: element.leastWidth))
    }

    private mutating func skipElements(_ element: GGUFValue.Kind, _ count: Int, depth: Int) throws {
        if let width = element.width {
            try skip(count * width)
            return
        }
        for _ in 0..<count {
            if element == .string {
                try skip(self.count(of: "bytes of text", bytes: 1))
            } else {
                let (inner, innerCount) = try arrayHead(depth: depth + 1)
                try skipElements(inner, innerCount, depth: depth + 1)
            }
        }
    }

    /// Returns where the skipped bytes begin.
    @discardableResult
    private mutating func skip(_ bytes: Int) throws -> Int {
        guard bytes <= rest else {
            throw CinnabarError(
                .malformed,
                "\(name) ends at byte \(data.count), expected \(bytes - rest) more",
                hint: "the download or copy was cut off; repeat it"
            )
        }
        defer { offset += bytes }
        return offset
    }
}
