import Common
package import Foundation

/// A prepared corpus on disk, read without copying.
package struct Corpus: Sendable {
    /// One part of the corpus: at least one document, none empty.
    package struct Split: Sendable {
        private let file: MappedFile
        private let offsets: [Int]

        package var count: Int { offsets.count - 1 }
        package var byteCount: Int { offsets[offsets.count - 1] }

        /// The UTF-8 bytes of a document in `0..<count`.
        package func document(_ index: Int) -> [UInt8] {
            file.withUnsafeBytes { Array($0[offsets[index]..<offsets[index + 1]]) }
        }

        package func length(_ index: Int) -> Int { offsets[index + 1] - offsets[index] }

        init(folder: URL, name: String) throws {
            file = try MappedFile(folder.appendingPathComponent("\(name).bin"))
            let index = try MappedFile(folder.appendingPathComponent("\(name).index"))
            let count = index.count / 8
            let raw: [UInt64] = index.withUnsafeBytes { bytes in
                (0..<count).map { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
            }
            let length = UInt64(file.count)
            guard index.count % 8 == 0, count >= 2, raw[0] == 0, raw[count - 1] == length,
                zip(raw, raw.dropFirst()).allSatisfy({ $0 < $1 })
            else {
                throw CinnabarError(
                    .malformed,
                    "\(name).index in \(folder.path) does not fit \(name).bin (\(length) bytes)",
                    hint: "prepare the corpus again"
                )
            }
            offsets = raw.map(Int.init)
        }
    }

    package let train: Split
    package let heldOut: Split

    /// - Throws: `file` when a part is missing, `malformed` when it is empty or its index does not fit it.
    package init(_ folder: URL) throws {
        try AtomicFolder.recover(folder)
        train = try Split(folder: folder, name: "train")
        heldOut = try Split(folder: folder, name: "heldout")
    }
}
