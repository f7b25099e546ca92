package import Foundation

/// Reading gzip files with the system's `gzip`.
package enum Gzip {
    /// The content of a `.gz` file. Cost: one child process.
    package static func decompress(_ file: URL) throws -> Data {
        guard FileManager.default.isReadableFile(atPath: file.path) else {
            throw CinnabarError(.file, "cannot read \(file.path)", hint: "does it exist?")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", file.path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw CinnabarError(.resource, "cannot run gzip", hint: "install gzip", cause: error)
        }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CinnabarError(
                .malformed,
                "\(file.path) is not a whole gzip file",
                hint: "is gzip installed and the file complete?"
            )
        }
        return data
    }
}
