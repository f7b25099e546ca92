import Common

/// What one program may use. Everything beyond ends it.
package struct SandboxLimits: Sendable, Codable, Hashable {
    /// Processor seconds of each process; whole seconds, rounded up.
    package var processorSeconds = 5.0
    /// Seconds from start to forced end, for the program and all that it started.
    package var wallSeconds = 20.0
    /// Address space of each process, in bytes.
    package var memory = 2 << 30
    /// Longest single file, in bytes.
    package var fileSize = 16 << 20
    /// All files together, in bytes.
    package var diskSize = 64 << 20
    /// Processes and threads at a time.
    package var processes = 16
    /// Bytes of standard output and error that are kept; the rest is read and dropped.
    package var output = 16 << 10

    package init() {}

    func validate() throws {
        let sound =
            (0.1...86_400).contains(processorSeconds) && (0.1...86_400).contains(wallSeconds)
            && memory >= 64 << 20 && fileSize >= 0 && diskSize >= 4096 && (1...4096).contains(processes)
            && (0...64 << 20).contains(output)
        guard sound else {
            throw CinnabarError(
                .invalidArgument,
                "sandbox limits are out of range: \(self)",
                hint: "seconds 0.1 to 86400, memory at least 64 MiB, disk at least 4 KiB, processes 1 to 4096"
            )
        }
    }
}

/// A Python program to run.
package struct SandboxProgram: Sendable {
    /// The text that is run as `__main__`; nil runs nothing, which is how to parse only.
    package var source: String?
    /// A text that is parsed with `ast.parse` beforehand, in the same process.
    package var parse: String?

    package init(source: String?, parse: String? = nil) {
        self.source = source
        self.parse = parse
    }
}

/// How a program ended.
package struct SandboxResult: Sendable, Codable, Hashable {
    package enum Outcome: String, Sendable, Codable, CaseIterable {
        /// Ran to its last line. An early exit, even with status 0, does not count.
        case passed
        case assertion, exception, syntax
        /// Used up its wall or processor time.
        case timeout
        case memory
        /// Wrote more than the disk limit (where namespaces are missing; otherwise it sees a full disk).
        case disk
        /// Left early by itself.
        case exited
        /// Ended by a signal.
        case signal
        /// The sandbox itself failed, or the program took it down.
        case sandbox
    }

    package var outcome: Outcome
    /// The error in one line, cut at 600 characters; empty when passed.
    package var detail: String
    /// Whether `SandboxProgram.parse` is Python; nil when not asked or not reached.
    package var parsed: Bool?
    /// Standard output and error, mixed as they came.
    package var output: String
    package var seconds: Double
    package var processorSeconds: Double

    package var passed: Bool { outcome == .passed }
}

/// Which walls stand around programs on this system.
package struct SandboxIsolation: Sendable, Codable, Hashable {
    /// Programs run in a network namespace without interfaces. Otherwise Python itself refuses sockets.
    package var network: Bool
    /// Each program has a process namespace of its own: when it ends, all that it started ends. Otherwise Python
    /// refuses to start processes, and what is left is killed through /proc.
    package var processes: Bool
    /// The file system is read-only, homes and temporary folders are hidden, the working folder is in memory.
    /// Otherwise Python refuses to write outside the working folder.
    package var files: Bool
    /// Programs run as this user; nil as the user of this process.
    package var user: Int?
    /// Why a wall is missing.
    package var note: String
    /// Version of Python.
    package var python: String

    /// All walls are the kernel's.
    package var isComplete: Bool { network && processes && files }

    /// One line for a report.
    package var summary: String {
        let missing = [network ? nil : "network", processes ? nil : "processes", files ? nil : "files"].compactMap {
            $0
        }
        if missing.isEmpty { return "kernel namespaces for network, processes and files; Python \(python)" }
        return "WEAK: no kernel namespace for \(missing.joined(separator: ", ")) (\(note)), "
            + "blocked inside Python instead; Python \(python)"
    }
}
