import Foundation
import Testing

/// The program as users run it: the file `cinnabar` that the build put beside the tests.
enum Program {
    static let url: URL? = {
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        // On macOS the tests lie in a bundle, three folders down.
        let folders = [1, 4].map { up in (0..<up).reduce(tests) { url, _ in url.deletingLastPathComponent() } }
        return folders.map { $0.appendingPathComponent("cinnabar") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }()

    static let isMissing: Comment = "the program cinnabar is not beside the tests; 'swift build -c release' makes it"

    struct Outcome {
        /// Negative: the signal that ended the program.
        var status: Int32
        var output: String
        var errors: String
    }

    /// Starts the program; its output goes to `NAME.out` and `NAME.err` in `folder`.
    static func start(_ arguments: [String], in folder: URL, name: String = "program") throws -> Process {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try file("\(name).out", in: folder)
        process.standardError = try file("\(name).err", in: folder)
        try process.run()
        return process
    }

    /// Runs the program to its end, but not for more than a minute.
    static func run(_ arguments: [String], in folder: URL, name: String = "program") throws -> Outcome {
        let process = try start(arguments, in: folder, name: name)
        let killer = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: killer)
        process.waitUntilExit()
        killer.cancel()
        func text(_ suffix: String) throws -> String {
            String(decoding: try Data(contentsOf: folder.appendingPathComponent("\(name).\(suffix)")), as: UTF8.self)
        }
        let sign: Int32 = process.terminationReason == .uncaughtSignal ? -1 : 1
        return Outcome(status: sign * process.terminationStatus, output: try text("out"), errors: try text("err"))
    }

    private static func file(_ name: String, in folder: URL) throws -> FileHandle {
        let url = folder.appendingPathComponent(name)
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }
}

/// Runs `body` with a new empty folder, which is removed afterwards.
func withScratchFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cinnabar-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}
