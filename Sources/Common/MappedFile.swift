package import Foundation

/// The bytes of a file, mapped into memory for reading: opening is instant and the pages are shared between processes.
///
/// The mapping is private and keeps the file's old content alive when another file is renamed over it, which is how
/// everything here writes (`AtomicFile`). Only a program that *shortens this very file in place* takes pages away: a
/// later read of them ends the process (SIGBUS), as with any mapped file. Files of strangers can be copied beforehand.
package final class MappedFile: Sendable {
    package let url: URL
    /// Length in bytes, above 0.
    package let count: Int
    /// Never written after `init` and valid until `deinit`, so that sharing it between threads is safe.
    private nonisolated(unsafe) let base: UnsafeRawPointer

    /// Maps a regular file.
    ///
    /// - Throws: `file` when it is missing, unreadable or a folder; `malformed` when it is empty.
    package init(_ url: URL) throws {
        let path = url.path
        // Not blocking: opening a pipe must not wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw CinnabarError.system("cannot open \(path)", path: path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw CinnabarError.system("cannot read \(path)", path: path, errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a device or pipe"
            throw CinnabarError(.file, "\(path) is \(kind), not a file", hint: "name a file inside it")
        }
        guard status.st_size > 0 else {
            throw CinnabarError(.malformed, "\(path) is empty", hint: "the download or copy was cut off; repeat it")
        }
        let size = Int(status.st_size)
        guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw CinnabarError.system("cannot map \(size) bytes of \(path)", path: path, errno)
        }
        self.url = url
        self.count = size
        self.base = UnsafeRawPointer(base)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: base), count) }

    /// All bytes of the file; the buffer must not leave `body`.
    package func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let result = try body(UnsafeRawBufferPointer(start: base, count: count))
        // The mapping must outlive the use of its address.
        withExtendedLifetime(self) {}
        return result
    }

    /// All bytes of the file, bounds-checked.
    package func withSpan<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBytes { (bytes) throws(Failure) in try body(bytes.bytes) }
    }

    /// The bytes as `Data` without a copy; the data keeps the mapping alive.
    package func data() -> Data { data(0..<count) }

    /// A part of the bytes as `Data` without a copy; the data keeps the mapping alive. The range must lie in the file.
    package func data(_ range: Range<Int>) -> Data {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the file")
        guard !range.isEmpty else { return Data() }
        let start = UnsafeMutableRawPointer(mutating: base + range.lowerBound)
        let keeper = Unmanaged.passRetained(self)
        return Data(bytesNoCopy: start, count: range.count, deallocator: .custom { _, _ in keeper.release() })
    }

    /// A part of the file that keeps the mapping alive. The range must lie in the file.
    package func slice(_ range: Range<Int>) -> MappedBytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the file")
        return MappedBytes(file: self, range: range)
    }
}

/// A part of a mapped file: a value that can be stored and passed between threads, and that keeps the file mapped.
package struct MappedBytes: Sendable {
    package let file: MappedFile
    /// The place in the file, in bytes. Nothing is promised about alignment.
    package let range: Range<Int>

    package var count: Int { range.count }

    /// The bytes; the buffer must not leave `body`, but is valid as long as `self` or `file` is held.
    package func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try file.withUnsafeBytes { (bytes) throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
    }

    /// The bytes as `Data` without a copy.
    package var data: Data { file.data(range) }
}
