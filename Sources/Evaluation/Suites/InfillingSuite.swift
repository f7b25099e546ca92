import Common
package import Foundation

/// A set of infilling problems (Bavarian et al., "Efficient training of language models to fill in the middle", 2022).
package struct InfillingSuite: Sendable {
    /// The sets that ship as data.
    package enum Name: String, Sendable, CaseIterable, Codable {
        /// A whole line; 1,033 problems.
        case singleLine = "single-line"
        /// A random span of characters, one a problem; 164 problems.
        case randomSpanLight = "random-span-light"

        /// Where the set lies in the data folder.
        package var path: String {
            switch self {
            case .singleLine: "humaneval-infilling/HumanEval-SingleLineInfilling.jsonl.gz"
            case .randomSpanLight: "humaneval-infilling/HumanEval-RandomSpanInfillingLight.jsonl.gz"
            }
        }

        /// The number of problems in the whole set.
        package var count: Int {
            switch self {
            case .singleLine: 1033
            case .randomSpanLight: 164
            }
        }
    }

    package var name: String
    package var tasks: [InfillingTask]

    /// - Throws: `malformed` when there is no task, two share an identifier, or an entry point is not a Python name.
    package init(name: String, tasks: [InfillingTask]) throws {
        guard !tasks.isEmpty else {
            throw CinnabarError(.malformed, "\(name) has no tasks", hint: "is the file complete?")
        }
        var seen: Set<String> = []
        for task in tasks {
            guard seen.insert(task.taskID).inserted else {
                throw CinnabarError(.malformed, "\(name) has two tasks named '\(task.taskID)'")
            }
            guard task.entryPoint.wholeMatch(of: /[A-Za-z_][A-Za-z_0-9]*/) != nil else {
                throw CinnabarError(
                    .malformed,
                    "task '\(task.taskID)' of \(name) has the entry point '\(task.entryPoint)', which is no Python name"
                )
            }
        }
        self.name = name
        self.tasks = tasks
    }

    /// Reads any file of the format.
    package init(contentsOf url: URL) throws {
        try self.init(name: url.lastPathComponent, tasks: SuiteFile.read(InfillingTask.self, from: url))
    }

    /// Reads a set that ships as data.
    ///
    /// - Parameter folder: the data folder; nil takes `defaultFolder`.
    package init(_ name: Name, folder: URL? = nil) throws {
        let folder = folder ?? Self.defaultFolder
        let url = folder.appending(path: name.path)
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw CinnabarError(
                .file,
                "there is no \(name.path) in \(folder.path)",
                hint: "name the folder that holds humaneval-infilling/, or set CINNABAR_SHARED to the one above it"
            )
        }
        try self.init(name: name.rawValue, tasks: SuiteFile.read(InfillingTask.self, from: url))
        guard tasks.count == name.count else {
            throw CinnabarError(
                .malformed,
                "\(url.path) has \(tasks.count) tasks, expected \(name.count)",
                hint: "the file was cut off or is of another release"
            )
        }
    }

    /// `$CINNABAR_SHARED/evaldata`, or `../shared/evaldata` beside the current folder.
    package static var defaultFolder: URL {
        let shared = ProcessInfo.processInfo.environment["CINNABAR_SHARED"] ?? "../shared"
        return URL(fileURLWithPath: shared).appending(path: "evaldata")
    }
}
