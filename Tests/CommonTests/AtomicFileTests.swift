import Common
import Foundation
import Testing

@Suite struct AtomicFileTests {
    @Test func replacesTheContentAndLeavesNothingElse() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("file")
            try AtomicFile.write("old", to: url)
            try AtomicFile.write([Data("ne".utf8), Data(), Data("w".utf8)], to: url)
            #expect(try String(contentsOf: url, encoding: .utf8) == "new")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
        }
    }

    @Test func keepsThePermissionsOfTheOldFile() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("file")
            try AtomicFile.write("old", to: url)
            chmod(url.path, 0o640)
            try AtomicFile.write("new", to: url)
            let mode = try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
            #expect(mode == 0o640)
        }
    }

    @Test func anErrorHalfWayLeavesTheOldFile() throws {
        struct Stop: Error {}
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("file")
            try AtomicFile.write("old", to: url)
            #expect(throws: Stop.self) {
                try AtomicFile.write(to: url) { sink in
                    try sink.append("new")
                    throw Stop()
                }
            }
            #expect(try String(contentsOf: url, encoding: .utf8) == "old")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
        }
    }

    @Test func leftoversOfDeadWritersAreRemoved() throws {
        try withScratchFolder { folder in
            // No process has the greatest number; this one is alive.
            let names = [".\(pid_t.max)-abc.partial", ".\(getpid())-abc.partial", ".x-abc.partial", "file.partial"]
            for name in names { try Data().write(to: folder.appendingPathComponent(name)) }
            AtomicFile.removeLeftovers(in: folder)
            #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == Set(names.dropFirst()))
        }
    }

    @Test func namesTheMissingFolder() throws {
        let error = #expect(throws: CinnabarError.self) {
            try AtomicFile.write("text", to: URL(fileURLWithPath: "/nonexistent-folder/file"))
        }
        #expect(error?.code == .file)
        #expect(error?.description.contains("/nonexistent-folder/") == true)
    }

    @Test func refusesAFolder() throws {
        try withScratchFolder { folder in
            let error = #expect(throws: CinnabarError.self) { try AtomicFile.write("text", to: folder) }
            #expect(error?.description.contains("is a folder") == true)
        }
    }

    @Test func aFullDeviceIsAResourceErrorWithTheFreeSpace() throws {
        var sink = try FileSink(path: "/dev/full", creating: false)
        do {
            try sink.append(Data(count: 1000))
            Issue.record("the full device took bytes")
        } catch let error as CinnabarError {
            #expect(error.code == .resource)
            #expect(error.description.contains("MB are free in /dev"))
        }
    }

    /// The file size limit stands for the full disk: the system takes a part of the bytes and refuses the rest.
    @Test func aLimitHalfWayLeavesTheOldFile() async throws {
        await #expect(processExitsWith: .success) {
            try withScratchFolder { folder in
                let url = folder.appendingPathComponent("file")
                try AtomicFile.write("old", to: url)
                signal(SIGXFSZ, SIG_IGN)
                var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
                #expect(setrlimit(__rlimit_resource_t(1), &limit) == 0)  // RLIMIT_FSIZE
                let error = #expect(throws: CinnabarError.self) {
                    try AtomicFile.write(Data(count: 1_000_000), to: url)
                }
                #expect(error?.code == .resource)
                #expect(error?.message.contains("after 100000 bytes") == true)
                #expect(try String(contentsOf: url, encoding: .utf8) == "old")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
            }
        }
    }

    /// `CINNABAR_SMALL_DISK` names a folder on a file system of a few megabytes.
    @Test(.enabled(if: smallDisk != nil, "no small file system: set CINNABAR_SMALL_DISK"))
    func aFullDiskLeavesTheOldFile() throws {
        guard let disk = Self.smallDisk else { return }
        let folder = URL(fileURLWithPath: disk).appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appendingPathComponent("file")
        try AtomicFile.write("old", to: url)
        let error = #expect(throws: CinnabarError.self) { try AtomicFile.write(Data(count: 64 << 20), to: url) }
        #expect(error?.code == .resource)
        #expect(error?.description.contains("No space left on device") == true)
        let run = folder.appendingPathComponent("run")
        try AtomicFolderTests.write(1, to: run, exchanging: true)
        #expect(throws: CinnabarError.self) {
            try AtomicFolder.write(to: run) { partial in
                try AtomicFile.write(Data(count: 64 << 20), to: partial.appendingPathComponent("0"))
            }
        }
        #expect(try AtomicFolderTests.read(run) == 1)
        #expect(try String(contentsOf: url, encoding: .utf8) == "old")
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["file", "run"])
    }

    static var smallDisk: String? { ProcessInfo.processInfo.environment["CINNABAR_SMALL_DISK"] }
}
