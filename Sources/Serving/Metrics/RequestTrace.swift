import Cinnabar
import Common
import Foundation
import Hummingbird
import Logging
import Synchronization

/// What became of a request for texts, and when: a line of the file of traces. Prompts and texts are not in it.
final class RequestTrace: Sendable {
    private struct Times {
        var start: Duration?
        var text: Duration?
    }

    private let request: TextRequest
    private let context: ServerContext
    private let arrival = Date()
    private let times = Mutex(Times())

    private let mode: Mode

    init(_ request: TextRequest, _ context: ServerContext, defaultMode: Mode) {
        (self.request, self.context, mode) = (request, context, request.mode ?? defaultMode)
    }

    private var age: Duration { ContinuousClock.now - context.begin }

    /// Its texts are begun.
    func noteStart() { times.withLock { $0.start = age } }

    /// Something of its texts is told. Returns the time that it took the first time.
    func noteText() -> Duration? {
        times.withLock { times in
            guard times.text == nil else { return nil }
            times.text = age
            return times.text
        }
    }

    /// - Parameter failure: `CancellationError` where the client has gone.
    func line(_ completions: [Completion], failure: (any Error)? = nil) -> JSONValue {
        let times = times.withLock { $0 }
        let usage = TokenUsage(completions, choicesPerPrompt: request.count)
        func milliseconds(_ time: Duration?) -> JSONValue? {
            time.map { .number(($0 / .microseconds(1)).rounded() / 1000) }
        }
        let outcome = failure.map { $0 is CancellationError ? "disconnected" : "failed" } ?? "answered"
        return .members([
            "time": .number((arrival.timeIntervalSince1970 * 1000).rounded() / 1000), "id": .string(context.requestID),
            "route": .string(context.endpointPath ?? ""), "client": .string(context.clientName),
            "mode": .string(mode.rawValue), "stream": .boolean(request.stream.isOn),
            "choices": .integer(request.choiceCount), "outcome": .string(outcome),
            "error": outcome == "failed"
                ? failure.map { .string(($0 as? CinnabarError)?.code.description ?? "internal") } : nil,
            "start_ms": milliseconds(times.start), "first_text_ms": milliseconds(times.text),
            "end_ms": milliseconds(age),
            "prompt_tokens": .integer(usage.prompt), "cached_tokens": .integer(usage.cached),
            "output_tokens": .integer(usage.output), "forwards": .integer(usage.forwards),
            "finish": .array(completions.map { .string($0.finish.rawValue) }),
        ])
    }
}

/// A file of JSON lines that is only ever appended to.
final class TraceFile: Sendable {
    private struct State: ~Copyable {
        var sink: FileSink
        var hasFailed = false
    }

    private let state: Mutex<State>
    private let logger: Logger

    init(path: String, logger: Logger) throws {
        state = Mutex(State(sink: try FileSink(appendingTo: path, mode: 0o600)))
        self.logger = logger
    }

    /// A full disk is said once, and is no reason to fail a request.
    func write(_ line: JSONValue) {
        state.withLock { state in
            do {
                try state.sink.append("\(line.json)\n")
                state.hasFailed = false
            } catch {
                if !state.hasFailed { logger.error("no traces are written", metadata: ["error": "\(error)"]) }
                state.hasFailed = true
            }
        }
    }
}
