import Common
import Foundation

/// Reads the texts of evaluation sets for ``Decontaminator``: every `.jsonl` and `.jsonl.gz` in the known folders.
enum EvaluationTexts {
    struct Task {
        /// What a model is shown.
        var prompts: [String]
        /// Prompts and solutions.
        var texts: [String]
    }

    /// Sets of tasks that hold Python, by folder.
    private static let folders = ["humaneval", "humaneval-infilling", "mbpp", "evalplus", "multipl-e", "canitedit"]
    private static let promptKeys = ["prompt", "text", "before", "instruction_descriptive"]
    private static let solutionKeys = ["canonical_solution", "suffix", "code", "after", "assertion"]

    static func load(_ folder: URL) throws -> [Task] {
        var tasks: [Task] = []
        for name in folders {
            let place = folder.appendingPathComponent(name)
            let files = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
            for file in files.sorted() where file.hasSuffix(".jsonl.gz") || file.hasSuffix(".jsonl") {
                tasks += try read(place.appendingPathComponent(file))
            }
        }
        guard !tasks.isEmpty else {
            throw CinnabarError(
                .file,
                "no evaluation sets in \(folder.path)",
                hint: "give the folder that holds humaneval, mbpp and the others, or none to skip decontamination"
            )
        }
        return tasks
    }

    private static func read(_ file: URL) throws -> [Task] {
        let data = try file.pathExtension == "gz" ? Gzip.decompress(file) : Data(contentsOf: file)
        return try data.split(separator: UInt8(ascii: "\n")).enumerated().map { number, line in
            guard let object = object(line) else {
                throw CinnabarError(
                    .malformed,
                    "line \(number + 1) of \(file.path) is not a JSON object",
                    hint: "an unread task could stay in the corpus: repair or remove the file"
                )
            }
            let prompts = promptKeys.compactMap { object[$0] as? String }
            let solutions = solutionKeys.compactMap { object[$0] as? String }
            // A run may lie across the parts: the parts in order are the whole function.
            let whole = [object["prompt"], object["canonical_solution"], object["suffix"]].compactMap { $0 as? String }
            return Task(prompts: prompts, texts: prompts + solutions + [whole.joined()])
        }
    }

    private static func object(_ line: Data) -> [String: Any]? {
        if let object = try? JSONSerialization.jsonObject(with: line) { return object as? [String: Any] }
        // Lists of test inputs, which nobody reads here, may hold Python's infinities, which are not JSON.
        let repaired = String(decoding: line, as: UTF8.self).replacing("-Infinity", with: "0").replacing(
            "Infinity",
            with: "0"
        )
        return try? JSONSerialization.jsonObject(with: Data(repaired.utf8)) as? [String: Any]
    }
}
