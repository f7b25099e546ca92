import Common
import Foundation

/// A failure that may pass: a cut connection, a busy hub.
struct PassingFailure: Error {
    var error: CinnabarError
    /// Seconds that the hub asked to wait.
    var pause: Double?
}

/// Failures in a row and the pauses between them.
struct Attempts {
    let limits: TransferLimits
    private var failures = 0

    init(_ limits: TransferLimits) { self.limits = limits }

    /// Calls `body` until it does not fail, or fails in a way that does not pass, or too often.
    static func run<Result>(_ limits: TransferLimits, _ body: () async throws -> Result) async throws -> Result {
        var attempts = Attempts(limits)
        while true {
            do {
                return try await body()
            } catch let failure as PassingFailure {
                try await attempts.pause(after: failure)
            }
        }
    }

    /// To be called when an attempt brought something: the failures in a row end.
    mutating func succeed() { failures = 0 }

    /// Waits before the next attempt.
    ///
    /// - Throws: the failure itself when there were too many, or when the hub asks to wait too long.
    mutating func pause(after failure: PassingFailure) async throws {
        failures += 1
        if let pause = failure.pause, pause > limits.patience {
            throw failure.error.adding("it asks to wait \(Int(pause)) s")
        }
        guard failures < limits.attempts else {
            throw failures == 1 ? failure.error : failure.error.adding("\(failures) attempts in a row")
        }
        let doubled = min(limits.longestPause, limits.firstPause * pow(2, Double(failures - 1)))
        // Spread, so that parts that failed together do not come back together.
        let pause = max(failure.pause ?? 0, doubled * .random(in: 0.5...1))
        try await Task.sleep(for: .seconds(pause))
    }
}

extension CinnabarError {
    fileprivate func adding(_ remark: String) -> CinnabarError {
        CinnabarError(code, "\(message) (\(remark))", hint: hint, cause: cause)
    }
}
