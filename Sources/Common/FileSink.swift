package import Foundation

/// An open file that is written from front to back. Every error of the system is checked: a short write is continued,
/// an interrupted one repeated, and a full disk becomes an error that names the file and the space left.
package struct FileSink: ~Copyable {
    package let path: String
    /// Bytes written so far.
    package private(set) var count = 0
    private let descriptor: CInt

    /// Creates a file that must not exist yet, or opens an existing one (a device, say) when `creating` is false.
    package init(path: String, creating: Bool = true, mode: mode_t = 0o666) throws {
        let flags = O_WRONLY | O_CLOEXEC | (creating ? O_CREAT | O_EXCL : 0)
        let descriptor = open(path, flags, mode)
        guard descriptor >= 0 else { throw CinnabarError.system("cannot create \(path)", path: path, errno) }
        self.path = path
        self.descriptor = descriptor
    }

    /// Opens a file to write behind what it has, or creates it.
    package init(appendingTo path: String, mode: mode_t) throws {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_CREAT | O_APPEND, mode)
        guard descriptor >= 0 else { throw CinnabarError.system("cannot write \(path)", path: path, errno) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Appends bytes.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while let base = rest.baseAddress, rest.count > 0 {
            let written = write(descriptor, base, min(rest.count, 1 << 30))
            if written > 0 {
                count += written
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            } else if written == 0 || errno != EINTR {
                // No progress without an error would repeat for ever: it is treated as a full disk.
                let failure = written == 0 ? ENOSPC : errno
                throw CinnabarError.system("cannot write \(path) after \(count) bytes", path: path, failure)
            }
        }
    }

    package mutating func append(_ data: Data) throws {
        try data.withUnsafeBytes { try append($0) }
    }

    package mutating func append(_ text: String) throws {
        var text = text
        try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
    }

    /// Waits until the bytes are on the disk: only this reports errors that the system delayed.
    package borrowing func synchronize() throws {
        guard fsync(descriptor) == 0 else {
            throw CinnabarError.system("cannot write \(path) to the disk", path: path, errno)
        }
    }

    /// Gives the file the permissions of another.
    package borrowing func setMode(_ mode: mode_t) {
        // Permissions are a courtesy: where the file system has none, the file is still good.
        _ = fchmod(descriptor, mode)
    }
}

extension CinnabarError {
    /// An error of the operating system about a path, with what to do about it.
    package static func system(_ what: String, path: String, _ number: CInt) -> CinnabarError {
        let reason = String(cString: strerror(number))
        switch number {
        case ENOSPC, EDQUOT, EFBIG:
            return CinnabarError(.resource, "\(what): \(reason)", hint: freeSpaceHint(path: path))
        case ENOENT, ENOTDIR:
            return CinnabarError(.file, "\(what): \(reason)", hint: "check the spelling of the path")
        case EACCES, EPERM, EROFS:
            return CinnabarError(.file, "\(what): \(reason)", hint: "check the permissions or choose another folder")
        case EMFILE, ENFILE, ENOMEM:
            return CinnabarError(.resource, "\(what): \(reason)", hint: "close other programs or raise the limit")
        default:
            return CinnabarError(.file, "\(what): \(reason)")
        }
    }

    private static func freeSpaceHint(path: String) -> String {
        var status = statvfs()
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard statvfs(folder, &status) == 0 else { return "free some space or choose another folder" }
        let free = Double(status.f_bavail) * Double(status.f_frsize) / 1e6
        return "\(String(format: "%.1f", free)) MB are free in \(folder); free some space or choose another folder"
    }
}
