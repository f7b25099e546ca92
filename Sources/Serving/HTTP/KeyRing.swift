import Common
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The keys that are in force: SIGHUP reads their file again, so that keys come and go while the server runs.
final class KeyRing: Service, Sendable {
    private let keys: Mutex<APIKeys>
    private let read: @Sendable () throws -> APIKeys
    private let logger: Logger

    /// - Parameter read: gives the keys, also later.
    /// - Throws: what `read` throws.
    init(logger: Logger, _ read: @Sendable @escaping () throws -> APIKeys) throws {
        keys = Mutex(try read())
        (self.read, self.logger) = (read, logger)
    }

    var current: APIKeys { keys.withLock { $0 } }

    /// Requests from now on meet the keys as they stand in the file; those that are let in already are answered. A file that
    /// cannot be read, or has no key, changes nothing: a mistake neither opens the server nor shuts everyone out.
    func reload() {
        do {
            let read = try read()
            keys.withLock { $0 = read }
            logger.notice("keys read again", metadata: ["keys": "\(read.count)"])
        } catch {
            logger.error("keys stay as they were", metadata: ["error": "\(error)"])
        }
    }

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() { reload() }
    }
}
