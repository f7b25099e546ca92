import Common
package import Foundation

/// Writes safetensors files, atomically and as a stream: about a megabyte is held beyond the caller's data.
package enum SafetensorsWriter {
    /// A tensor to be written.
    package struct Item {
        package let name: String
        package let type: DataType
        package let shape: [Int]
        let content: Content

        enum Content {
            case floats((_ append: (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void)
            case bytes(Data)
        }

        /// Numbers to be stored as F32 (exact) or BF16 (rounded to nearest, ties to even).
        package init(_ name: String, shape: [Int], as type: DataType = .f32, _ values: [Float]) {
            self.init(name, shape: shape, as: type) { append in
                try values.withUnsafeBufferPointer { try append($0) }
            }
        }

        /// Numbers handed over in pieces when their turn comes; the pieces together must fill the shape.
        package init(
            _ name: String,
            shape: [Int],
            as type: DataType = .f32,
            pieces: @escaping (_ append: (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void
        ) {
            self.name = name
            self.type = type
            self.shape = shape
            self.content = .floats(pieces)
        }

        /// Bytes that already have the format `type`, little-endian.
        package init(_ name: String, shape: [Int], as type: DataType, bytes: Data) {
            self.name = name
            self.type = type
            self.shape = shape
            self.content = .bytes(bytes)
        }
    }

    /// Vectors that processors load at once begin at multiples of this.
    package static let alignment = 64

    /// Replaces `url` by a file of these tensors, in a stable order: those that fill whole multiples of ``alignment``
    /// first, then those of widest numbers, so that all are aligned, then by name. The same items give the same bytes.
    ///
    /// - Throws: `invalidArgument` for items that make no file, or an error of the system; the old file then stays.
    package static func write(_ items: [Item], metadata: [String: String] = [:], to url: URL) throws {
        let unordered = Array(zip(items, try check(items)))
        let ordered = unordered.sorted { one, other in
            (one.1 % alignment == 0 ? 0 : 1, -one.0.type.width, one.0.name)
                < (other.1 % alignment == 0 ? 0 : 1, -other.0.type.width, other.0.name)
        }
        let (items, sizes) = (ordered.map(\.0), ordered.map(\.1))
        let header = try header(items, sizes: sizes, metadata: metadata)
        try AtomicFile.write(to: url) { sink in
            try withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { try sink.append($0) }
            try sink.append(header)
            for (item, size) in zip(items, sizes) {
                let start = sink.count
                try append(item, to: &sink)
                guard sink.count - start == size else {
                    throw invalid(item, "gave \(sink.count - start) bytes, its shape \(item.shape) needs \(size)")
                }
            }
        }
    }

    private static func check(_ items: [Item]) throws -> [Int] {
        var seen: Set<String> = [HeaderDocument.metadataKey]
        var total = 0
        return try items.map { item in
            guard seen.insert(item.name).inserted else { throw invalid(item, "has a name that is taken") }
            guard let size = SafetensorsHeader.byteCount(item.shape, width: item.type.width) else {
                throw invalid(item, "has the impossible shape \(item.shape)")
            }
            switch item.content {
            case .floats where item.type != .f32 && item.type != .bf16:
                throw invalid(item, "has floats to be stored as \(item.type.rawValue), expected F32 or BF16")
            case .bytes(let data) where data.count != size:
                throw invalid(item, "has \(data.count) bytes, its shape \(item.shape) needs \(size)")
            case .floats, .bytes: break
            }
            let (sum, overflow) = total.addingReportingOverflow(size)
            guard !overflow else { throw invalid(item, "makes the file larger than \(Int.max) bytes") }
            total = sum
            return size
        }
    }

    private static func header(_ items: [Item], sizes: [Int], metadata: [String: String]) throws -> String {
        var fields: [String] = []
        if !metadata.isEmpty {
            let pairs = try metadata.sorted { $0.key < $1.key }.map { "\(try quoted($0.key)):\(try quoted($0.value))" }
            fields.append("\"\(HeaderDocument.metadataKey)\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for (item, size) in zip(items, sizes) {
            let shape = item.shape.map(String.init).joined(separator: ",")
            let place = "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(offset + size)]"
            fields.append("\(try quoted(item.name)):{\"dtype\":\"\(item.type.rawValue)\",\(place)}")
            offset += size
        }
        let text = "{\(fields.joined(separator: ","))}"
        guard text.utf8.count <= SafetensorsHeader.largestHeader - 8 else {
            throw CinnabarError(
                .invalidArgument,
                "the header would have \(text.utf8.count) bytes, at most \(SafetensorsHeader.largestHeader) are allowed"
            )
        }
        // Spaces, so that the data behind the length and this is aligned in the file.
        let end = (8 + text.utf8.count) % alignment
        return text + String(repeating: " ", count: (alignment - end) % alignment)
    }

    private static func quoted(_ text: String) throws -> String {
        String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    }

    private static func append(_ item: Item, to sink: inout FileSink) throws {
        switch item.content {
        case .bytes(let data):
            try sink.append(data)
        case .floats(let produce):
            let encoding: FloatEncoding = item.type == .bf16 ? .bf16 : .f32
            try produce { try encoding.append($0, to: &sink) }
        }
    }

    private static func invalid(_ item: Item, _ what: String) -> CinnabarError {
        CinnabarError(.invalidArgument, "tensor '\(item.name)' \(what)")
    }
}
