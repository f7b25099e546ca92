import Common
import Foundation

/// Reads the texts of evaluation sets for ``Decontaminator``.
enum EvaluationTexts {
    struct Task {
        var prompt: String
        var texts: [String]
    }

    /// Sets of tasks that hold Python, by folder.
    private static let folders = ["humaneval", "humaneval-infilling", "mbpp", "evalplus", "multipl-e", "canitedit"]
    private static let promptKeys = ["prompt", "text", "instruction_descriptive"]
    private static let textKeys = [
        "prompt", "canonical_solution", "suffix", "code", "text", "before", "after", "assertion",
    ]

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
        return data.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any] else { return nil }
            let texts = textKeys.compactMap { object[$0] as? String }
            // An infilling task is its whole function: prefix, middle and suffix in order.
            let prompt = promptKeys.lazy.compactMap { object[$0] as? String }.first ?? ""
            let whole = [object["prompt"], object["canonical_solution"], object["suffix"]].compactMap { $0 as? String }
            return Task(prompt: prompt, texts: texts + [whole.joined()])
        }
    }
}
