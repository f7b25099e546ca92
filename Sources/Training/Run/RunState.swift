import Common
package import Foundation
import Kernels

/// Where a run stands, besides its parameters.
package struct RunState: Codable, Sendable {
    package var options: TrainingOptions
    package var plan: TrainingPlan
    /// Steps done.
    package var step = 0
    /// Clean tokens trained on.
    package var tokens = 0
    /// Wall seconds of training so far, over all starts.
    package var seconds = 0.0
    /// Processor seconds of the trainer so far, over all starts and threads.
    package var processorSeconds = 0.0
    /// Where the run's first parameters came from; nil for random ones.
    package var initialModel: String?
}

/// The files of a run folder: `state/` (replaced as a whole at each checkpoint), `metrics.jsonl`, `curves.svg`, `model/`.
package struct RunFolder: Sendable {
    package let url: URL

    package init(_ url: URL) { self.url = url }

    var state: URL { url.appendingPathComponent("state") }
    package var model: URL { url.appendingPathComponent("model") }
    package var metrics: URL { url.appendingPathComponent("metrics.jsonl") }
    package var curves: URL { url.appendingPathComponent("curves.svg") }

    package var hasState: Bool {
        try? AtomicFolder.recover(state)
        return FileManager.default.fileExists(atPath: state.appendingPathComponent("state.json").path)
    }

    /// Writes a checkpoint, all or nothing: the state as JSON and the flat arrays as raw little-endian floats.
    func save(_ runState: RunState, arrays: [(name: String, buffer: FloatBuffer)]) throws {
        try AtomicFolder.write(to: state) { folder in
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try AtomicFile.write(try encoder.encode(runState), to: folder.appendingPathComponent("state.json"))
            for (name, buffer) in arrays {
                try AtomicFile.write(to: folder.appendingPathComponent("\(name).bin")) { sink in
                    try sink.append(UnsafeRawBufferPointer(start: buffer.base, count: buffer.count * 4))
                }
            }
        }
    }

    func loadState() throws -> RunState {
        try AtomicFolder.recover(state)
        let file = state.appendingPathComponent("state.json")
        do {
            return try JSONDecoder().decode(RunState.self, from: Data(contentsOf: file))
        } catch {
            throw CinnabarError(
                .malformed,
                "cannot read the run state \(file.path)",
                hint: "is \(url.path) a run folder?",
                cause: error
            )
        }
    }

    func load(_ name: String, into buffer: FloatBuffer) throws {
        let file = try MappedFile(state.appendingPathComponent("\(name).bin"))
        guard file.count == buffer.count * 4 else {
            throw CinnabarError(
                .malformed,
                "\(name).bin of the run has \(file.count) bytes, expected \(buffer.count * 4)",
                hint: "was the run started with another model shape?"
            )
        }
        file.withUnsafeBytes { bytes in
            UnsafeMutableRawPointer(buffer.base).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        }
    }
}
