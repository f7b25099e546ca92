import Common
import Foundation

/// Our end of a socket pair to a child process. A socket, because a write to a dead reader of a pipe would raise
/// SIGPIPE in this process.
final class SandboxChannel {
    private let descriptor: CInt
    private var pending = Data()
    private var isOpen = true

    private init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { close() }

    /// Both ends: ours closes when a program is started by this process, theirs is for the child.
    static func pair() throws -> (ours: SandboxChannel, theirs: FileHandle) {
        var ends: [CInt] = [-1, -1]
        #if os(Linux)
            let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw CinnabarError(.resource, "cannot make a socket pair: \(String(cString: strerror(errno)))")
        }
        return (SandboxChannel(descriptor: ends[0]), FileHandle(fileDescriptor: ends[1], closeOnDealloc: true))
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        // Shut down as well, so that the other end notices even while a child of this process holds a copy.
        shutdown(descriptor, CInt(SHUT_RDWR))
        #if canImport(Glibc)
            _ = Glibc.close(descriptor)
        #else
            _ = Foundation.close(descriptor)
        #endif
    }

    /// Writes all bytes; false when the other end is closed.
    func send(_ data: Data) -> Bool {
        #if os(Linux)
            let flags = CInt(MSG_NOSIGNAL)
        #else
            let flags: CInt = 0
        #endif
        return data.withUnsafeBytes { bytes in
            var sent = 0
            // Only an empty buffer has no address, and the loop does not run for it.
            while sent < bytes.count {
                let count = Foundation.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, flags)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    /// The next line without its newline; nil at the end of the stream, after `seconds`, or beyond 256 MiB.
    func receiveLine(seconds: Double) -> Data? {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var searched = 0
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            if let end = pending[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(pending[..<end])
                pending = Data(pending[(end + 1)...])
                return line
            }
            searched = pending.count
            guard pending.count < 256 << 20 else { return nil }
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            guard left > 0 else { return nil }
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&watched, 1, CInt(min(left.rounded(.up), 1000)))
            if ready == 0 || (ready < 0 && errno == EINTR) { continue }
            guard ready > 0 else { return nil }
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            pending.append(contentsOf: chunk[..<count])
        }
    }
}
