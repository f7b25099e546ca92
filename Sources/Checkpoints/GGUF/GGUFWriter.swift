import Common
package import Foundation

/// Writes GGUF files of version 3, atomically and as a stream.
package enum GGUFWriter {
    /// A tensor to be written.
    package struct Item {
        package let name: String
        /// Outermost first, as everywhere here.
        package let shape: [Int]
        let type: UInt32
        let content: Content

        enum Content {
            case floats(FloatEncoding, (_ append: (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void)
            case bytes(Data)
        }

        package init(_ name: String, shape: [Int], as encoding: FloatEncoding = .f32, _ values: [Float]) {
            self.init(name, shape: shape, as: encoding) { append in
                try values.withUnsafeBufferPointer { try append($0) }
            }
        }

        /// Numbers handed over in pieces when their turn comes; the pieces together must fill the shape, and each must be
        /// made of whole blocks.
        package init(
            _ name: String,
            shape: [Int],
            as encoding: FloatEncoding = .f32,
            pieces: @escaping (_ append: (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void
        ) {
            self.name = name
            self.shape = shape
            self.type =
                switch encoding {
                case .f32: 0
                case .f16: 1
                case .q80: 8
                case .bf16: 30
                }
            self.content = .floats(encoding, pieces)
        }

        /// Bytes that already have a format, which is given by ggml's number for it.
        package init(_ name: String, shape: [Int], type: UInt32, bytes: Data) {
            self.name = name
            self.shape = shape
            self.type = type
            self.content = .bytes(bytes)
        }
    }

    /// Replaces `url` by a file of these tensors and pairs, in the given order. The same arguments give the same bytes.
    ///
    /// - Parameter alignment: of each tensor, in bytes: a power of two from 8.
    /// - Throws: `invalidArgument` for what makes no file, or an error of the system; the old file then stays.
    package static func write(
        _ items: [Item],
        metadata: KeyValuePairs<String, GGUFValue>,
        alignment: Int = 32,
        to url: URL
    ) throws {
        try write(items, metadata: metadata.map { ($0.key, $0.value) }, alignment: alignment, to: url)
    }

    /// As above.
    package static func write(
        _ items: [Item],
        metadata: [(key: String, value: GGUFValue)],
        alignment: Int = 32,
        to url: URL
    ) throws {
        guard GGUFHeader.alignments.contains(alignment), alignment.nonzeroBitCount == 1 else {
            throw CinnabarError(
                .invalidArgument,
                "the alignment is \(alignment), expected a power of two in \(GGUFHeader.alignments)"
            )
        }
        let sizes = try items.map(size)
        var header = try head(metadata, tensors: items.count, alignment: alignment)
        try append(items, sizes: sizes, alignment: alignment, to: &header)
        try AtomicFile.write(to: url) { sink in
            try sink.append(header)
            for (item, size) in zip(items, sizes) {
                try sink.append(Data(count: sink.count.roundedUp(to: alignment) - sink.count))
                let start = sink.count
                try append(item, to: &sink)
                guard sink.count - start == size else {
                    throw invalid(item, "gave \(sink.count - start) bytes, its shape \(item.shape) needs \(size)")
                }
            }
            try sink.append(Data(count: sink.count.roundedUp(to: alignment) - sink.count))
        }
    }

    private static func head(
        _ metadata: [(key: String, value: GGUFValue)],
        tensors: Int,
        alignment: Int
    ) throws -> Data {
        var pairs = metadata
        if alignment != 32 { pairs.append((GGUFHeader.alignmentKey, .uint32(UInt32(alignment)))) }
        var header = Data("GGUF".utf8) + Data(littleEndian: UInt32(3))
        header += Data(littleEndian: UInt64(tensors)) + Data(littleEndian: UInt64(pairs.count))
        var seen: Set<String> = []
        for (key, value) in pairs {
            guard key.utf8.count <= GGUFHeader.longestKey, seen.insert(key).inserted else {
                throw CinnabarError(.invalidArgument, "the metadata key '\(key)' is taken or too long")
            }
            header += GGUFValue.string(key).encoded + Data(littleEndian: value.kind.rawValue) + value.encoded
        }
        return header
    }

    private static func append(_ items: [Item], sizes: [Int], alignment: Int, to header: inout Data) throws {
        var seen: Set<String> = []
        var offset = 0
        for (item, size) in zip(items, sizes) {
            guard item.name.utf8.count <= GGUFHeader.longestName, seen.insert(item.name).inserted else {
                throw invalid(item, "has a name that is taken or too long")
            }
            header += GGUFValue.string(item.name).encoded + Data(littleEndian: UInt32(item.shape.count))
            for size in item.shape.reversed() { header += Data(littleEndian: UInt64(size)) }
            header += Data(littleEndian: item.type) + Data(littleEndian: UInt64(offset))
            let (end, overflow) = offset.addingReportingOverflow(size)
            guard !overflow, end <= Int.max - alignment else {
                throw invalid(item, "makes the file larger than \(Int.max) bytes")
            }
            offset = end.roundedUp(to: alignment)
        }
    }

    private static func size(_ item: Item) throws -> Int {
        guard item.shape.count <= GGUFHeader.mostAxes,
            let size = GGUFHeader.byteCount(item.shape, GGUFType.format(item.type))
        else { throw invalid(item, "has the impossible shape \(item.shape)") }
        if case .bytes(let data) = item.content {
            guard data.count == size || GGUFType.formats[item.type] == nil else {
                throw invalid(item, "has \(data.count) bytes, its shape \(item.shape) needs \(size)")
            }
            return data.count
        }
        return size
    }

    private static func append(_ item: Item, to sink: inout FileSink) throws {
        switch item.content {
        case .bytes(let data):
            try sink.append(data)
        case .floats(let encoding, let produce):
            try produce { values in
                guard values.count % encoding.format.unitCount == 0 else {
                    throw invalid(item, "came in a piece of \(values.count) numbers, expected whole blocks")
                }
                try encoding.append(values, to: &sink)
            }
        }
    }

    private static func invalid(_ item: Item, _ what: String) -> CinnabarError {
        CinnabarError(.invalidArgument, "tensor '\(item.name)' \(what)")
    }
}
