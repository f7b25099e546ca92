import Common
package import Foundation
import Synchronization

/// A file on its way into the cache. It arrives in parts, each from its beginning, in any order of parts, from several
/// threads; what has arrived survives the end of the program at any moment.
///
/// Layout: the content, then for each part one little-endian 64-bit count of the bytes that stand in it. A count is
/// written behind its bytes. A power cut may leave a count without its bytes, which the hash tells in the end.
package final class PartialFile: Sendable {
    package let url: URL
    /// Bytes of the content.
    package let size: Int
    private let partSize: Int
    private let parts: Int
    private let descriptor: CInt
    /// Bytes at the beginning of each part that stand in the file.
    private let counts: Mutex<[Int]>

    /// Opens what an earlier attempt left, or begins anew where there is nothing or something else.
    package init(_ url: URL, size: Int, partSize: Int) throws {
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw CinnabarError.system("cannot open \(url.path)", path: url.path, errno) }
        self.url = url
        self.size = size
        self.partSize = partSize
        self.descriptor = descriptor
        parts = size / partSize + (size % partSize == 0 ? 0 : 1)
        counts = Mutex(Array(repeating: 0, count: parts))
        var status = stat()
        if fstat(descriptor, &status) == 0, Int(status.st_size) == length, let found = readCounts() {
            counts.withLock { $0 = found }
        } else {
            try reset()
        }
    }

    deinit { close(descriptor) }

    /// Bytes of the file while it is partial.
    private var length: Int { size + parts * MemoryLayout<UInt64>.size }

    /// Bytes of the content that stand in the file.
    package var count: Int { counts.withLock { $0.reduce(0, +) } }

    package var isComplete: Bool { count == size }

    /// The parts that miss something.
    package var openParts: [Int] { counts.withLock { counts in counts.indices.filter { counts[$0] < span($0).count } } }

    /// What a part misses: a range of the content.
    package func missing(_ part: Int) -> Range<Int> {
        counts.withLock { counts in span(part).lowerBound + counts[part]..<span(part).upperBound }
    }

    /// Takes bytes of the content that begin at `offset`. Those that stand already, or that do not join what stands, are
    /// left out.
    ///
    /// - Returns: the number of new bytes.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws -> Int {
        precondition(offset >= 0 && bytes.count <= size - offset, "bytes beyond the end of the content")
        guard !bytes.isEmpty else { return 0 }
        return try counts.withLock { counts in
            var new = 0
            for part in offset / partSize...(offset + bytes.count - 1) / partSize {
                let start = span(part).lowerBound + counts[part]
                let end = min(offset + bytes.count, span(part).upperBound)
                guard offset <= start, start < end else { continue }
                try put(UnsafeRawBufferPointer(rebasing: bytes[start - offset..<end - offset]), at: start)
                counts[part] += end - start
                new += end - start
                try putCount(counts[part], of: part)
            }
            return new
        }
    }

    /// Forgets everything.
    package func reset() throws {
        try counts.withLock { counts in
            for part in counts.indices { counts[part] = 0 }
            guard ftruncate(descriptor, 0) == 0, ftruncate(descriptor, off_t(length)) == 0 else { throw failure() }
        }
    }

    /// Hashes the content.
    package func digits(_ hash: ContentHash) async throws -> String {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        return try await hash.digits(ofSize: size) { take in
            try Task.checkCancellation()
            await Task.yield()
            guard offset < size else { return false }
            let got = pread(descriptor, buffer.baseAddress, min(buffer.count, size - offset), off_t(offset))
            guard got > 0 else { throw failure() }
            take(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            offset += got
            return true
        }
    }

    /// Waits until the bytes are on the disk.
    package func synchronize() throws {
        guard fsync(descriptor) == 0 else { throw failure() }
    }

    /// Takes the counts off and gives the file its name, whole.
    package func publish(to target: URL) throws {
        precondition(isComplete, "only a complete file is published")
        guard ftruncate(descriptor, off_t(size)) == 0, fsync(descriptor) == 0 else { throw failure() }
        guard rename(url.path, target.path) == 0 else {
            throw CinnabarError.system("cannot move \(url.path) to \(target.path)", path: target.path, errno)
        }
    }

    package func remove() { unlink(url.path) }

    private func span(_ part: Int) -> Range<Int> { part * partSize..<min(size, (part + 1) * partSize) }

    private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        var done = 0
        while done < bytes.count {
            let written = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            if written > 0 { done += written } else if written == 0 || errno != EINTR { throw failure() }
        }
    }

    private func putCount(_ count: Int, of part: Int) throws {
        try withUnsafeBytes(of: UInt64(count).littleEndian) { try put($0, at: size + part * $0.count) }
    }

    /// The counts in the file, nil when one is larger than its part.
    private func readCounts() -> [Int]? {
        var found: [Int] = []
        for part in 0..<parts {
            var count: UInt64 = 0
            let width = MemoryLayout<UInt64>.size
            guard pread(descriptor, &count, width, off_t(size + part * width)) == width,
                let value = Int(exactly: UInt64(littleEndian: count)), value <= span(part).count
            else { return nil }
            found.append(value)
        }
        return found
    }

    private func failure() -> CinnabarError { .system("cannot write \(url.path)", path: url.path, errno) }
}
