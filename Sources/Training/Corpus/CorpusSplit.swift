import Foundation

/// Documents one after the other, and where each begins.
struct CorpusSplit {
    private(set) var bytes: [UInt8] = []
    private(set) var offsets: [UInt64] = [0]

    var count: Int { offsets.count - 1 }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ document: [UInt8]) {
        bytes += document
        offsets.append(UInt64(bytes.count))
    }

    /// Little-endian offsets, `count + 1` of them.
    var indexData: Data {
        offsets.reduce(into: Data(capacity: offsets.count * 8)) { data, offset in
            withUnsafeBytes(of: offset.littleEndian) { data.append(contentsOf: $0) }
        }
    }
}
