import Common
import Foundation

/// One Python fork server: runs a program at a time. Used by one thread; when this process ends in whatever way, the
/// closed channel ends the server and the program that it runs.
final class SandboxServer {
    let isolation: SandboxIsolation
    private let process: Process
    private let channel: SandboxChannel

    private struct Request: Encodable {
        var program: String?
        var parse: String?
        var limits: Limits

        struct Limits: Encodable {
            var cpu: Double
            var wall: Double
            var memory: Int
            var file: Int
            var disk: Int
            var processes: Int
            var output: Int
        }
    }

    /// Starts Python; takes about a tenth of a second.
    ///
    /// - Parameters:
    ///   - python: a command on the search path, or a path.
    ///   - namespaces: false forces the weaker walls, for tests.
    init(python: String, namespaces: Bool) throws {
        let (ours, theirs) = try SandboxChannel.pair()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [python, "-c", SandboxScript.boot, SandboxScript.server] + (namespaces ? [] : ["plain"])
        process.standardInput = theirs
        process.standardOutput = theirs
        do {
            try process.run()
            try theirs.close()
        } catch {
            throw CinnabarError(.resource, "cannot start \(python)", hint: "install Python 3.9 or later", cause: error)
        }
        guard let line = ours.receiveLine(seconds: 60),
            let isolation = try? JSONDecoder().decode(SandboxIsolation.self, from: line)
        else {
            ours.close()
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            throw CinnabarError(
                .resource,
                "\(python) did not start the sandbox",
                hint: "programs are run by Python 3.9 or later; is '\(python)' one?"
            )
        }
        self.process = process
        self.channel = ours
        self.isolation = isolation
    }

    /// Runs a program to its end. Nil when the server is gone or silent: then it is of no further use.
    func run(_ program: SandboxProgram, limits: SandboxLimits) -> SandboxResult? {
        let request = Request(
            program: program.source,
            parse: program.parse,
            limits: Request.Limits(
                cpu: limits.processorSeconds,
                wall: limits.wallSeconds,
                memory: limits.memory,
                file: limits.fileSize,
                disk: limits.diskSize,
                processes: limits.processes,
                output: limits.output
            )
        )
        // The encoder escapes newlines, so that one request is one line.
        guard var line = try? JSONEncoder().encode(request) else { return nil }
        line.append(UInt8(ascii: "\n"))
        // The server keeps the time; the margin here is for a machine that hardly moves.
        guard channel.send(line), let answer = channel.receiveLine(seconds: limits.wallSeconds + 60) else { return nil }
        return try? JSONDecoder().decode(SandboxResult.self, from: answer)
    }

    deinit {
        channel.close()
        // The server's children carry a parent-death signal, so that its end ends all.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }
}
