import Foundation

/// A value of a GGUF file's metadata, with the type that the file gives it.
package enum GGUFValue: Sendable, Hashable {
    case uint8(UInt8)
    case int8(Int8)
    case uint16(UInt16)
    case int16(Int16)
    case uint32(UInt32)
    case int32(Int32)
    case uint64(UInt64)
    case int64(Int64)
    case float32(Float)
    case float64(Double)
    case bool(Bool)
    case string(String)
    case array(GGUFArray)

    /// The types by their number in files.
    ///
    /// Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, `gguf_metadata_value_type`.
    package enum Kind: UInt32, Sendable {
        case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

        /// Bytes of a value; nil where they differ from value to value.
        var width: Int? {
            switch self {
            case .uint8, .int8, .bool: 1
            case .uint16, .int16: 2
            case .uint32, .int32, .float32: 4
            case .uint64, .int64, .float64: 8
            case .string, .array: nil
            }
        }

        /// Bytes of the shortest value.
        var leastWidth: Int {
            switch self {
            case .string: 8
            case .array: 12
            default: width ?? 1
            }
        }
    }

    package var kind: Kind {
        switch self {
        case .uint8: .uint8
        case .int8: .int8
        case .uint16: .uint16
        case .int16: .int16
        case .uint32: .uint32
        case .int32: .int32
        case .uint64: .uint64
        case .int64: .int64
        case .float32: .float32
        case .float64: .float64
        case .bool: .bool
        case .string: .string
        case .array: .array
        }
    }

    /// For messages: `uint32`, `array of string`.
    package var typeName: String {
        if case .array(let array) = self { "array of \(array.element)" } else { "\(kind)" }
    }

    /// The value as files hold it, without its type.
    var encoded: Data {
        switch self {
        case .uint8(let value): Data([value])
        case .int8(let value): Data([UInt8(bitPattern: value)])
        case .uint16(let value): Data(littleEndian: value)
        case .int16(let value): Data(littleEndian: value)
        case .uint32(let value): Data(littleEndian: value)
        case .int32(let value): Data(littleEndian: value)
        case .uint64(let value): Data(littleEndian: value)
        case .int64(let value): Data(littleEndian: value)
        case .float32(let value): Data(littleEndian: value.bitPattern)
        case .float64(let value): Data(littleEndian: value.bitPattern)
        case .bool(let value): Data([value ? 1 : 0])
        case .string(let value): Data(littleEndian: UInt64(value.utf8.count)) + Data(value.utf8)
        case .array(let array):
            Data(littleEndian: array.element.rawValue) + Data(littleEndian: UInt64(array.count)) + array.bytes
        }
    }
}

/// An array of a GGUF file's metadata. It stays in the file's bytes until it is asked for: vocabularies are large.
package struct GGUFArray: Sendable, Hashable {
    package let element: GGUFValue.Kind
    package let count: Int
    /// The encoded elements, one after the other.
    let bytes: Data

    init(element: GGUFValue.Kind, count: Int, bytes: Data) {
        self.element = element
        self.count = count
        self.bytes = bytes
    }

    /// An array of values of one type.
    package init(_ values: [GGUFValue], of element: GGUFValue.Kind) {
        precondition(values.allSatisfy { $0.kind == element }, "values of several types")
        self.init(element: element, count: values.count, bytes: values.reduce(into: Data()) { $0 += $1.encoded })
    }

    /// Decodes the elements in turn.
    ///
    /// - Throws: `malformed` for text that is not UTF-8 and truth values other than 0 and 1.
    package func forEach(_ body: (GGUFValue) throws -> Void) throws {
        var cursor = GGUFCursor(bytes, name: "the array")
        for _ in 0..<count { try body(cursor.value(element, depth: 0)) }
    }
}

extension Data {
    init(littleEndian value: some FixedWidthInteger) {
        self = Swift.withUnsafeBytes(of: value.littleEndian) { Data($0) }
    }
}
