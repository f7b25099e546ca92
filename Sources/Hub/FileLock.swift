import Common
package import Foundation

/// A lock that one process at a time holds; the end of the process releases it.
package final class FileLock: Sendable {
    private let url: URL
    private let descriptor: CInt

    /// Takes the lock.
    ///
    /// - Parameter purpose: what the holder does, for the error: `pulling ORG/NAME`.
    /// - Throws: `resource` when another holds it.
    package init(_ url: URL, purpose: String) throws {
        try OutputFolder.make(url.deletingLastPathComponent())
        self.url = url
        descriptor = try Self.take(url.path, purpose)
    }

    deinit {
        unlink(url.path)
        close(descriptor)
    }

    private static func take(_ path: String, _ purpose: String) throws -> CInt {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw CinnabarError.system("cannot open \(path)", path: path, errno) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let failure = errno
                close(descriptor)
                if failure == EINTR { continue }
                guard failure == EWOULDBLOCK else {
                    throw CinnabarError.system("cannot lock \(path)", path: path, failure)
                }
                throw CinnabarError(.resource, "another program is \(purpose)", hint: "wait until it is done")
            }
            // The last holder may have removed the file between our two steps: then we locked a file without a name.
            var held = stat()
            var named = stat()
            if fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino,
                held.st_dev == named.st_dev
            {
                return descriptor
            }
            close(descriptor)
        }
    }
}
