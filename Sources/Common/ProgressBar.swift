import Foundation
import Synchronization

/// Progress of a long job on standard error: a bar that redraws itself on a terminal, otherwise a plain line now and
/// then, so that a log file stays readable. May be called from any thread.
package final class ProgressBar: Sendable {
    /// What the line shows.
    package struct State: Sendable {
        package var label: String
        /// What is counted, in the plural: `tokens`, `steps`.
        package var unit: String
        /// Nil when the end is not known: then there is neither bar nor time left.
        package var total: Int?
        package var done: Int
        /// Where a resumed job started; only work beyond it counts for the rate.
        package var start: Int
        /// Seconds since the bar was made.
        package var elapsed: Double
        /// Free text at the end, such as `loss 2.31`.
        package var suffix: String

        package init(
            label: String,
            unit: String,
            total: Int?,
            done: Int,
            start: Int = 0,
            elapsed: Double,
            suffix: String = ""
        ) {
            self.label = label
            self.unit = unit
            self.total = total
            self.done = done
            self.start = start
            self.elapsed = elapsed
            self.suffix = suffix
        }
    }

    private struct Guarded {
        var state: State
        var lastDrawn: ContinuousClock.Instant?
        var finished = false
    }

    private let guarded: Mutex<Guarded>
    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private let onTerminal: Bool
    private let pause: Duration
    private let output: @Sendable (String) -> Void

    /// - Parameters:
    ///   - total: the count at the end, nil when unknown.
    ///   - start: the count at the beginning, for a resumed job.
    ///   - interval: seconds between plain lines when standard error is not a terminal.
    ///   - onTerminal: nil asks the system.
    ///   - output: nil writes to standard error.
    package init(
        _ label: String,
        total: Int?,
        unit: String = "steps",
        start: Int = 0,
        interval: Double = 30,
        onTerminal: Bool? = nil,
        output: (@Sendable (String) -> Void)? = nil
    ) {
        let state = State(label: label, unit: unit, total: total, done: start, start: start, elapsed: 0)
        self.guarded = Mutex(Guarded(state: state))
        self.begin = clock.now
        self.onTerminal = onTerminal ?? (isatty(STDERR_FILENO) == 1)
        self.pause = self.onTerminal ? .milliseconds(100) : .seconds(interval)
        // A closed standard error is no reason to stop the job, hence the ignored error.
        self.output = output ?? { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) }
    }

    /// Says how far the job is; draws only if enough time has passed.
    package func update(_ done: Int, suffix: String? = nil) {
        step(suffix: suffix, force: false) { $0 = done }
    }

    /// Adds to the count.
    package func advance(by count: Int = 1, suffix: String? = nil) {
        step(suffix: suffix, force: false) { $0 += count }
    }

    /// Draws the last state and ends the line. Later calls do nothing.
    package func finish(suffix: String? = nil) {
        step(suffix: suffix, force: true) { _ in }
    }

    private func step(suffix: String?, force: Bool, _ change: (inout Int) -> Void) {
        let now = clock.now
        guarded.withLock { guarded in
            guard !guarded.finished else { return }
            change(&guarded.state.done)
            if let suffix { guarded.state.suffix = suffix }
            guarded.finished = force
            // The first plain line waits for its interval, the first bar does not.
            if guarded.lastDrawn == nil, !onTerminal { guarded.lastDrawn = begin }
            if !force, let last = guarded.lastDrawn, now - last < pause { return }
            guarded.lastDrawn = now
            guarded.state.elapsed = (now - begin) / .seconds(1)
            // Drawn under the lock, so that lines never mix.
            let width = onTerminal ? Self.terminalWidth() : nil
            let line = Self.line(guarded.state, width: width)
            output(onTerminal ? "\r\u{1B}[K" + line + (force ? "\n" : "") : line + "\n")
        }
    }

    private static func terminalWidth() -> Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
