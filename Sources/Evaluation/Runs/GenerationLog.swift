import Common
import Foundation

/// Generated texts on disk, a JSON line each, so that a stopped run goes on where it was.
///
/// The first line says what the run is. A line cut off by a crash is dropped at the next start.
final class GenerationLog {
    /// What must be equal for a run to be continued.
    struct Header: Codable, Equatable {
        var suite: String
        var tasks: Int
        var model: String
        var seed: UInt64
        /// Settings by mode.
        var modes: [String: [String: String]]
    }

    struct Key: Hashable, Codable {
        var mode: String
        var task: String
    }

    private struct Entry: Codable {
        var mode: String
        var task: String
        var generated: GeneratedText
    }

    /// What was found at the start.
    let found: [Key: GeneratedText]
    private let file: FileHandle
    private let url: URL

    /// Opens or makes the log, alone: two runs cannot write to one log.
    ///
    /// - Throws: `file` when it cannot be written, `invalidArgument` when another run uses it or it is of another run,
    ///   `malformed` when a whole line is damaged.
    init(url: URL, header: Header) throws {
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw CinnabarError.system("cannot open \(url.path)", path: url.path, errno) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw CinnabarError(.invalidArgument, "\(url.path) is in use by another run", hint: "name another log")
        }
        let data = try file.readToEnd() ?? Data()
        let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { data[...$0] } ?? Data()
        let lines = whole.split(separator: UInt8(ascii: "\n"))
        let limits = JSONLimits(size: 64 << 20)
        func decode<Value: Decodable>(_ type: Value.Type, _ line: Data, _ number: Int) throws -> Value {
            let name = "line \(number) of \(url.path)"
            try line.withUnsafeBytes { _ = try limits.check($0, name: name) }
            do {
                return try JSONDecoder().decode(type, from: line)
            } catch {
                throw CinnabarError(
                    .malformed,
                    "\(name): \(JSONLimits.explain(error))",
                    hint: "delete it to start anew"
                )
            }
        }
        var found: [Key: GeneratedText] = [:]
        if let first = lines.first {
            guard try decode(Header.self, first, 1) == header else {
                throw CinnabarError(
                    .invalidArgument,
                    "\(url.path) belongs to a run with another suite, model, seed or modes",
                    hint: "name another log, or delete it to start anew"
                )
            }
        }
        for (number, line) in lines.enumerated().dropFirst() {
            let entry = try decode(Entry.self, line, number + 1)
            found[Key(mode: entry.mode, task: entry.task)] = entry.generated
        }
        try file.truncate(atOffset: UInt64(whole.count))
        if lines.isEmpty { try file.write(contentsOf: Self.encoder.encode(header) + Data("\n".utf8)) }
        self.found = found
        self.file = file
        self.url = url
    }

    /// Appends a text; it is with the system when this returns.
    func append(mode: String, task: String, _ generated: GeneratedText) throws {
        let line: Data
        do {
            line = try Self.encoder.encode(Entry(mode: mode, task: task, generated: generated))
        } catch {
            throw CinnabarError(
                .invalidArgument,
                "'\(mode)' measured a time for '\(task)' that is not a number",
                cause: error
            )
        }
        do {
            try file.write(contentsOf: line + Data("\n".utf8))
        } catch {
            throw CinnabarError(.file, "cannot write \(url.path)", hint: "is the disk full?", cause: error)
        }
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
