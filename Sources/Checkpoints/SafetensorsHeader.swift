import Common
import Foundation

/// The header of a safetensors file: where each tensor lies. Parsed from untrusted bytes.
///
/// Layout: 8 bytes little-endian header length, the header in JSON, then the data with neither hole nor overlap.
struct SafetensorsHeader {
    struct Entry {
        let name: String
        let type: DataType
        let shape: [Int]
        /// Bytes of the file, not of the data part.
        let range: Range<Int>
    }

    /// The reference implementation's limit too.
    static let largestHeader = 100_000_000

    let entries: [Entry]
    let metadata: [String: String]

    init(_ file: UnsafeRawBufferPointer, path: String) throws {
        guard file.count >= 8 else {
            throw CinnabarError(.malformed, "\(path) has \(file.count) bytes, a safetensors file has at least 10")
        }
        let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(Self.largestHeader) else {
            throw CinnabarError(
                .malformed,
                "\(path) claims a header of \(length) bytes, at most \(Self.largestHeader) are allowed",
                hint: "it is not a safetensors file"
            )
        }
        guard Int(length) <= file.count - 8 else {
            throw CinnabarError(
                .malformed,
                "\(path) claims a header of \(length) bytes, but has only \(file.count - 8) after the length",
                hint: "the download or copy was cut off; repeat it"
            )
        }
        let text = UnsafeRawBufferPointer(rebasing: file[8..<(8 + Int(length))])
        guard text.first == UInt8(ascii: "{") else {
            throw CinnabarError(
                .malformed,
                "the header of \(path) is not a JSON object",
                hint: "it is not a safetensors file"
            )
        }
        let parsed = try Self.parse(text, path: path)
        metadata = parsed.metadata
        entries = try Self.place(parsed.tensors, dataStart: 8 + Int(length), fileSize: file.count, path: path)
    }

    private static func parse(_ text: UnsafeRawBufferPointer, path: String) throws -> HeaderDocument {
        let limits = JSONLimits(size: largestHeader, depth: 8)
        let keyCounts = try limits.check(text, name: "the header of \(path)")
        let document: HeaderDocument
        do {
            document = try JSONDecoder().decode(HeaderDocument.self, from: Data(text))
        } catch {
            throw CinnabarError(.malformed, "the header of \(path) is damaged: \(JSONLimits.explain(error))")
        }
        // The parser keeps one of several equal keys; the text has them all.
        guard keyCounts[0] == document.outerKeys, keyCounts[1] == document.innerKeys else {
            throw CinnabarError(.malformed, "the header of \(path) names a tensor or a field twice")
        }
        return document
    }

    private static func place(
        _ tensors: [(name: String, body: HeaderDocument.TensorBody)],
        dataStart: Int,
        fileSize: Int,
        path: String
    ) throws -> [Entry] {
        let dataSize = fileSize - dataStart
        var entries: [Entry] = []
        entries.reserveCapacity(tensors.count)
        for (name, body) in tensors {
            func bad(_ what: String, hint: String? = nil) -> CinnabarError {
                CinnabarError(.malformed, "tensor '\(name)' in \(path) \(what)", hint: hint)
            }
            guard let type = DataType(rawValue: body.dtype) else {
                throw CinnabarError(
                    .unsupported,
                    "tensor '\(name)' in \(path) has the number format '\(body.dtype)'",
                    hint: "known are \(DataType.allCases.map(\.rawValue).joined(separator: " "))"
                )
            }
            guard body.dataOffsets.count == 2 else {
                throw bad("has \(body.dataOffsets.count) data offsets, expected 2")
            }
            let (begin, end) = (body.dataOffsets[0], body.dataOffsets[1])
            guard 0 <= begin, begin <= end, end <= dataSize else {
                throw bad(
                    "lies at bytes \(begin)..<\(end), but the file has data bytes 0..<\(dataSize)",
                    hint: "the download or copy was cut off; repeat it"
                )
            }
            guard let size = byteCount(body.shape, width: type.width), size == end - begin else {
                throw bad("has \(end - begin) bytes, which does not match \(type.rawValue) of shape \(body.shape)")
            }
            entries.append(Entry(name: name, type: type, shape: body.shape, range: dataStart + begin..<dataStart + end))
        }
        entries.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
        }
        var next = dataStart
        for entry in entries {
            guard entry.range.lowerBound == next else {
                let what = entry.range.lowerBound < next ? "overlaps the tensor before it" : "leaves a hole before it"
                throw CinnabarError(.malformed, "tensor '\(entry.name)' in \(path) \(what)")
            }
            next = entry.range.upperBound
        }
        guard next == fileSize else {
            throw CinnabarError(.malformed, "\(path) has \(fileSize - next) bytes after its last tensor, expected 0")
        }
        return entries
    }

    /// Nil when a size is negative or the product does not fit.
    static func byteCount(_ shape: [Int], width: Int) -> Int? {
        var product = width
        for size in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow else { return nil }
            product = next
        }
        return product
    }
}

/// The JSON of a header: `{"__metadata__": {text: text}, name: {"dtype", "shape", "data_offsets"}, …}`.
struct HeaderDocument: Decodable {
    struct TensorBody: Decodable {
        let dtype: String
        let shape: [Int]
        let dataOffsets: [Int]
        let keys: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: AnyKey.self)
            dtype = try container.decode(String.self, forKey: AnyKey("dtype"))
            shape = try container.decode([Int].self, forKey: AnyKey("shape"))
            dataOffsets = try container.decode([Int].self, forKey: AnyKey("data_offsets"))
            keys = container.allKeys.count
        }
    }

    struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ stringValue: String) { self.stringValue = stringValue }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    static let metadataKey = "__metadata__"

    var metadata: [String: String] = [:]
    var tensors: [(name: String, body: TensorBody)] = []
    /// How many different keys the outer object and the objects inside it have.
    let outerKeys: Int
    let innerKeys: Int

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        let keys = container.allKeys
        var innerKeys = 0
        for key in keys {
            if key.stringValue == Self.metadataKey {
                metadata = try container.decode([String: String].self, forKey: key)
                innerKeys += metadata.count
            } else {
                let body = try container.decode(TensorBody.self, forKey: key)
                innerKeys += body.keys
                tensors.append((key.stringValue, body))
            }
        }
        self.outerKeys = keys.count
        self.innerKeys = innerKeys
    }
}
