import Common
import Foundation

/// What stands before the data of a GGUF file: metadata, and where each tensor lies. Parsed from untrusted bytes.
///
/// Layout: magic, version, tensor count, pair count, pairs of key and value, tensors (name, sizes innermost first, format,
/// offset), zeros up to the alignment, data. Everything is little-endian.
///
/// Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
struct GGUFHeader {
    struct Entry {
        let name: String
        let format: TensorFormat
        /// Outermost first, as everywhere here.
        let shape: [Int]
        /// Bytes of the file.
        let range: Range<Int>
    }

    static let alignmentKey = "general.alignment"
    static let longestKey = 65_535
    /// The format says 64; forks of its readers were built with more.
    static let longestName = 255
    static let mostAxes = 4
    static let alignments = 8...1 << 20

    let version: UInt32
    let metadata: GGUFMetadata
    let alignment: Int
    /// In the order of the file.
    let entries: [Entry]

    init(_ data: Data, path: String) throws {
        var cursor = GGUFCursor(data, name: path)
        version = try Self.version(&cursor, path: path)
        // Each takes at least: a length, a type and a byte; a length, the number of sizes, a format and an offset.
        let tensors = try cursor.count(of: "tensors", bytes: 24)
        let pairs = try cursor.count(of: "metadata pairs", bytes: 13)
        metadata = try Self.metadata(&cursor, pairs, path: path)
        alignment = try Self.alignment(metadata, path: path)
        entries = try Self.tensors(&cursor, tensors, alignment: alignment, fileSize: data.count, path: path)
    }

    private static func version(_ cursor: inout GGUFCursor, path: String) throws -> UInt32 {
        guard cursor.rest >= 8, try cursor.integer(UInt32.self) == 0x4655_4747 else {
            throw CinnabarError(.malformed, "\(path) does not begin with 'GGUF'", hint: "it is not a GGUF file")
        }
        let version = try cursor.integer(UInt32.self)
        if 1...255 ~= version.byteSwapped {
            throw CinnabarError(
                .unsupported,
                "\(path) is a big-endian GGUF file (version \(version.byteSwapped)), expected little-endian",
                hint: "convert the model again for a little-endian machine"
            )
        }
        guard 2...3 ~= version else {
            throw CinnabarError(
                .unsupported,
                "\(path) is a GGUF file of version \(version), versions 2 and 3 are read",
                hint: version < 2 ? "convert the model again: version 1 is from 2023" : nil
            )
        }
        return version
    }

    private static func metadata(_ cursor: inout GGUFCursor, _ count: Int, path: String) throws -> GGUFMetadata {
        var metadata = GGUFMetadata(path: path)
        for _ in 0..<count {
            let key = try cursor.string(limit: longestKey, what: "bytes of a metadata key")
            let value = try cursor.value(cursor.kind(), depth: 0)
            guard metadata.insert(value, for: key) else {
                throw CinnabarError(.malformed, "\(path) has the metadata key '\(key)' twice")
            }
        }
        return metadata
    }

    private static func alignment(_ metadata: GGUFMetadata, path: String) throws -> Int {
        let alignment = try metadata.value(alignmentKey, as: Int.self) ?? 32
        guard alignments.contains(alignment), alignment.nonzeroBitCount == 1 else {
            throw CinnabarError(
                .malformed,
                "\(path) has the alignment \(alignment), expected a power of two in \(alignments)"
            )
        }
        return alignment
    }

    private static func tensors(
        _ cursor: inout GGUFCursor,
        _ count: Int,
        alignment: Int,
        fileSize: Int,
        path: String
    ) throws -> [Entry] {
        var seen: Set<String> = []
        var entries: [(name: String, format: TensorFormat, shape: [Int], offset: UInt64)] = []
        for _ in 0..<count {
            let name = try cursor.string(limit: longestName, what: "bytes of a tensor name")
            guard seen.insert(name).inserted else {
                throw CinnabarError(.malformed, "\(path) has the tensor '\(name)' twice")
            }
            let axes = try cursor.integer(UInt32.self)
            guard axes <= mostAxes else {
                throw CinnabarError(
                    .malformed,
                    "tensor '\(name)' in \(path) has \(axes) axes, at most \(mostAxes) are read"
                )
            }
            let sizes = try (0..<axes).map { _ in Int(clamping: try cursor.integer(UInt64.self)) }
            let format = GGUFType.format(try cursor.integer())
            entries.append((name, format, sizes.reversed(), try cursor.integer()))
        }
        let dataStart = min(cursor.offset.roundedUp(to: alignment), fileSize)
        let placed = try entries.map { name, format, shape, offset in
            func bad(_ what: String, hint: String? = nil) -> CinnabarError {
                CinnabarError(.malformed, "tensor '\(name)' in \(path) \(what)", hint: hint)
            }
            guard let size = byteCount(shape, format) else {
                throw bad("has the impossible shape \(shape) for \(format.name)")
            }
            guard offset % UInt64(alignment) == 0 else {
                throw bad("begins at data byte \(offset), expected a multiple of \(alignment)")
            }
            let room = fileSize - dataStart
            guard offset <= UInt64(room), size <= room - Int(offset) else {
                throw bad(
                    "has \(size) bytes from data byte \(offset), but the file has \(room) data bytes",
                    hint: "the download or copy was cut off; repeat it"
                )
            }
            let start = dataStart + Int(offset)
            return Entry(name: name, format: format, shape: shape, range: start..<start + size)
        }
        try checkOverlaps(placed, path: path)
        return placed
    }

    /// Nil when a row is not made of whole blocks or the product does not fit.
    static func byteCount(_ shape: [Int], _ format: TensorFormat) -> Int? {
        guard (shape.last ?? 1) % format.unitCount == 0 else { return nil }
        // Products of some of the sizes must fit too, hence no short cut for zero.
        guard let count = SafetensorsHeader.byteCount(shape.map { $0 == 0 ? 1 : $0 }, width: 1) else { return nil }
        let (size, overflow) = (count / format.unitCount).multipliedReportingOverflow(by: format.unitBytes)
        guard !overflow else { return nil }
        return shape.contains(0) ? 0 : size
    }

    private static func checkOverlaps(_ entries: [Entry], path: String) throws {
        let filled = entries.filter { !$0.range.isEmpty }.sorted { $0.range.lowerBound < $1.range.lowerBound }
        for (one, other) in zip(filled, filled.dropFirst()) where other.range.lowerBound < one.range.upperBound {
            throw CinnabarError(.malformed, "tensor '\(other.name)' in \(path) overlaps '\(one.name)'")
        }
    }
}

extension Int {
    /// The least multiple of a power of two that is not below.
    func roundedUp(to alignment: Int) -> Int { (self + alignment - 1) & ~(alignment - 1) }
}
