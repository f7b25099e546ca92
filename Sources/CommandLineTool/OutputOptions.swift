import ArgumentParser
import Cinnabar
import Common
import Foundation

/// How a written text is shown.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Show the canvas resolve (on a terminal; plain output when piped).")
    var watch = false

    @Option(help: "Write the steps as JSON lines, enough to replay the text without the network.")
    var trace: String?

    @Flag(help: "Print one JSON object instead of the text.")
    var json = false

    /// Runs a session and prints its text on standard output, everything else on standard error.
    ///
    /// - Parameters:
    ///   - before: text shown in front of the written text while watching.
    ///   - behind: text shown behind it.
    func show(_ session: Session, before: String = "", behind: String = "") async throws {
        let task = Task { () -> GenerationResult in
            if watch, isatty(STDERR_FILENO) == 1 {
                var screen = CanvasScreen(before: before, behind: behind)
                defer { screen.clear() }
                do {
                    for try await state in session { screen.draw(state) }
                } catch is CancellationError {
                    // What stands so far is the result.
                }
            }
            return try await session.result()
        }
        let interrupt = Interrupt { task.cancel() }
        defer { interrupt.stop() }
        let result: GenerationResult
        do {
            result = try await task.value
        } catch is CancellationError {
            throw ExitCode(130)
        }
        if let trace {
            try AtomicFile.write(Data(try await session.trace().utf8), to: URL(fileURLWithPath: trace))
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            print(String(decoding: try encoder.encode(Report(result)), as: UTF8.self))
        } else {
            print(result.text, terminator: result.text.hasSuffix("\n") ? "" : "\n")
            note(
                String(
                    format: "%d tokens in %d forwards (%.2f a forward), %.0f tokens/s, %@%@",
                    result.tokens,
                    result.forwards,
                    result.tokensPerForward,
                    result.tokensPerSecond,
                    result.finishReason.rawValue,
                    result.trimmed ? ", context trimmed to \(result.contextTokens) tokens" : ""
                )
            )
        }
        if result.finishReason == .cancelled { throw ExitCode(130) }
    }

    private func note(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }

    /// The JSON object of `--json`.
    private struct Report: Encodable {
        let text: String
        let tokens, forwards: Int
        let tokensPerForward, prefillSeconds, decodeSeconds, tokensPerSecond: Double
        let finishReason: String
        let contextTokens, canvasLength: Int
        let trimmed: Bool

        init(_ r: GenerationResult) {
            text = r.text
            tokens = r.tokens
            forwards = r.forwards
            tokensPerForward = r.tokensPerForward
            prefillSeconds = r.prefillSeconds
            decodeSeconds = r.decodeSeconds
            tokensPerSecond = r.tokensPerSecond
            finishReason = r.finishReason.rawValue
            contextTokens = r.contextTokens
            canvasLength = r.canvasLength
            trimmed = r.trimmed
        }
    }
}
