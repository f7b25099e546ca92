package import Foundation

/// Writing a file so that a reader, a crash or a full disk meets either the old content or the new one, whole.
///
/// The bytes go to a temporary file in the same folder, which is flushed and renamed over the target; then the folder
/// is flushed, so that the rename survives a power cut. A symbolic link at the target is replaced, not followed.
package enum AtomicFile {
    /// Replaces the content of `url` by what `body` appends.
    ///
    /// - Throws: what `body` throws or an error of the system; the old file is then untouched.
    package static func write(to url: URL, _ body: (inout FileSink) throws -> Void) throws {
        let folder = url.deletingLastPathComponent()
        let random = String(UInt64.random(in: 0 ... .max), radix: 36)
        let temporary = folder.appendingPathComponent(".\(getpid())-\(random).partial")
        var old = stat()
        let oldMode: mode_t? = stat(url.path, &old) == 0 ? old.st_mode & 0o777 : nil
        if oldMode != nil, old.st_mode & S_IFMT == S_IFDIR {
            throw CinnabarError(.file, "cannot write \(url.path): it is a folder", hint: "choose the name of a file")
        }
        do {
            try fill(temporary.path, mode: oldMode, body)
            guard rename(temporary.path, url.path) == 0 else {
                throw CinnabarError.system("cannot replace \(url.path)", path: url.path, errno)
            }
        } catch {
            unlink(temporary.path)
            throw error
        }
        try synchronizeFolder(folder.path)
    }

    /// Replaces the content of `url` by `data`.
    package static func write(_ data: Data, to url: URL) throws {
        try write(to: url) { try $0.append(data) }
    }

    /// Replaces the content of `url` by the pieces, one after the other.
    package static func write(_ pieces: some Sequence<Data>, to url: URL) throws {
        try write(to: url) { sink in
            for piece in pieces { try sink.append(piece) }
        }
    }

    /// Replaces the content of `url` by `text` in UTF-8.
    package static func write(_ text: String, to url: URL) throws {
        try write(to: url) { try $0.append(text) }
    }

    /// Removes the temporary files that killed writers left in a folder. To be called by its only writer.
    package static func removeLeftovers(in folder: URL) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where name.hasPrefix(".") && name.hasSuffix(".partial") {
            guard let writer = name.dropFirst().split(separator: "-").first.flatMap({ pid_t($0) }) else { continue }
            // A writer that lives may be another thread or program at work.
            if kill(writer, 0) != 0, errno == ESRCH { unlink(folder.appendingPathComponent(name).path) }
        }
    }

    private static func fill(_ path: String, mode: mode_t?, _ body: (inout FileSink) throws -> Void) throws {
        var sink = try FileSink(path: path)
        if let mode { sink.setMode(mode) }
        try body(&sink)
        try sink.synchronize()
    }

    /// Flushes the entries (names) of a folder to the disk.
    static func synchronizeFolder(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CinnabarError.system("cannot open the folder \(path)", path: path, errno) }
        defer { close(descriptor) }
        // EINVAL: the file system has no notion of flushing a folder.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw CinnabarError.system("cannot write the folder \(path) to the disk", path: path, errno)
        }
    }
}
