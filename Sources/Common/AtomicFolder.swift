package import Foundation

/// Replacing a whole folder so that killing the program at any moment leaves the old folder or the new one, complete.
///
/// The new folder is filled as `NAME.partial`, flushed, and exchanged with `NAME` in one step of the file system.
/// Where that step does not exist, `NAME` is moved to `NAME.previous` first; a kill between the two moves leaves no
/// `NAME`, which `recover` mends. One writer at a time; a reader who wants several files of one state opens them before
/// the next write.
package enum AtomicFolder {
    /// Replaces `url` by a folder that `body` fills; `body` gets the folder to write into.
    ///
    /// - Throws: what `body` throws or an error of the system; the old folder is then still at `url`.
    package static func write(to url: URL, _ body: (URL) throws -> Void) throws {
        try write(to: url, exchanging: true, body)
    }

    /// Finishes what a killed writer left: after this, `url` is the folder of the last or last but one write, if any.
    /// To be called before reading. Cost: one look at the file system.
    package static func recover(_ url: URL) throws {
        let previous = sibling(url, "previous")
        guard !exists(url), exists(previous) else { return }
        guard rename(previous.path, url.path) == 0 else {
            throw CinnabarError.system("cannot restore \(url.path) from \(previous.path)", path: url.path, errno)
        }
        try AtomicFile.synchronizeFolder(url.deletingLastPathComponent().path)
    }

    /// `exchanging: false` takes the way for file systems without an exchange, so that tests can reach it.
    package static func write(to url: URL, exchanging: Bool, _ body: (URL) throws -> Void) throws {
        try recover(url)
        let partial = sibling(url, "partial")
        let previous = sibling(url, "previous")
        try removeIfPresent(partial)
        try removeIfPresent(previous)
        do {
            guard mkdir(partial.path, 0o777) == 0 else {
                throw CinnabarError.system("cannot create the folder \(partial.path)", path: partial.path, errno)
            }
            try body(partial)
            try synchronizeTree(partial)
        } catch {
            try? FileManager.default.removeItem(at: partial)
            throw error
        }
        try swap(partial, url, previous, exchanging: exchanging)
        try AtomicFile.synchronizeFolder(url.deletingLastPathComponent().path)
        // After an exchange the old folder is the partial one; after two moves it is the previous one.
        try removeIfPresent(partial)
        try removeIfPresent(previous)
    }

    private static func swap(_ partial: URL, _ url: URL, _ previous: URL, exchanging: Bool) throws {
        if exists(url) {
            if exchanging, exchange(partial.path, url.path) { return }
            guard rename(url.path, previous.path) == 0 else {
                throw CinnabarError.system("cannot move \(url.path) aside", path: url.path, errno)
            }
        }
        guard rename(partial.path, url.path) == 0 else {
            let failure = errno
            try recover(url)
            throw CinnabarError.system("cannot move \(partial.path) to \(url.path)", path: url.path, failure)
        }
    }

    /// Linux's `renameat2` with `RENAME_EXCHANGE`, which Swift's Glibc module does not show; false where the C library
    /// or the file system lacks it.
    private static func exchange(_ first: String, _ second: String) -> Bool {
        typealias Rename = @convention(c) (CInt, UnsafePointer<CChar>, CInt, UnsafePointer<CChar>, CUnsignedInt) -> CInt
        guard let symbol = dlsym(nil, "renameat2") else { return false }
        return unsafeBitCast(symbol, to: Rename.self)(AT_FDCWD, first, AT_FDCWD, second, 2) == 0
    }

    private static func synchronizeTree(_ folder: URL) throws {
        for entry in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            var status = stat()
            guard lstat(entry.path, &status) == 0 else {
                throw CinnabarError.system("cannot read \(entry.path)", path: entry.path, errno)
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try synchronizeTree(entry)
            case S_IFREG: try FileSink(path: entry.path, creating: false).synchronize()
            default: break
            }
        }
        try AtomicFile.synchronizeFolder(folder.path)
    }

    private static func removeIfPresent(_ url: URL) throws {
        guard exists(url) else { return }
        do {
            try FileManager.default.removeItem(at: url)
        } catch {
            throw CinnabarError(
                .file,
                "cannot remove the leftover folder \(url.path)",
                hint: "check its permissions",
                cause: error
            )
        }
    }

    private static func exists(_ url: URL) -> Bool {
        var status = stat()
        return lstat(url.path, &status) == 0
    }

    private static func sibling(_ url: URL, _ suffix: String) -> URL {
        url.deletingLastPathComponent().appendingPathComponent("\(url.lastPathComponent).\(suffix)")
    }
}
