import Common
import Foundation
import Testing

@Suite struct AtomicFolderTests {
    private static let fileCount = 5

    /// Fills a folder whose files all name the same version.
    static func write(_ version: Int, to url: URL, exchanging: Bool) throws {
        try AtomicFolder.write(to: url, exchanging: exchanging) { folder in
            let inner = folder.appendingPathComponent("inner")
            try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
            for index in 0..<fileCount {
                let text = String(repeating: "\(version) ", count: 1000)
                try Data(text.utf8).write(to: (index % 2 == 0 ? folder : inner).appendingPathComponent("\(index)"))
            }
        }
    }

    /// The version of a whole folder; nil when files are missing, cut short or of different versions.
    static func read(_ url: URL) throws -> Int? {
        try AtomicFolder.recover(url)
        var versions: Set<Int> = []
        for index in 0..<fileCount {
            let folder = index % 2 == 0 ? url : url.appendingPathComponent("inner")
            guard let text = try? String(contentsOf: folder.appendingPathComponent("\(index)"), encoding: .utf8) else {
                return nil
            }
            let words = text.split(separator: " ").compactMap { Int($0) }
            guard words.count == 1000 else { return nil }
            versions.formUnion(words)
        }
        return versions.count == 1 ? versions.first : nil
    }

    @Test(arguments: [true, false]) func replacesAndLeavesNothingElse(exchanging: Bool) throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("run")
            for version in 1...3 {
                try Self.write(version, to: url, exchanging: exchanging)
                #expect(try Self.read(url) == version)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["run"])
            }
        }
    }

    @Test func anErrorLeavesTheOldFolder() throws {
        struct Stop: Error {}
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("run")
            try Self.write(1, to: url, exchanging: true)
            #expect(throws: Stop.self) {
                try AtomicFolder.write(to: url) { partial in
                    try Data("x".utf8).write(to: partial.appendingPathComponent("0"))
                    throw Stop()
                }
            }
            #expect(try Self.read(url) == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["run"])
        }
    }

    /// The state between the two moves, made by hand.
    @Test func finishesAHalfDoneSwap() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("run")
            try Self.write(1, to: url, exchanging: true)
            try FileManager.default.moveItem(at: url, to: folder.appendingPathComponent("run.previous"))
            #expect(try Self.read(url) == 1)
            try FileManager.default.moveItem(at: url, to: folder.appendingPathComponent("run.previous"))
            try Self.write(2, to: url, exchanging: true)
            #expect(try Self.read(url) == 2)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["run"])
        }
    }

    /// A process is killed (SIGKILL) at random moments while it replaces the folder again and again.
    @Test(arguments: [true, false]) func aKillAtAnyMomentLeavesAWholeFolder(exchanging: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cinnabar-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("run").path
        try Self.write(1, to: URL(fileURLWithPath: path), exchanging: exchanging)
        var random = SplitMix64(seed: 11)
        for round in 0..<12 {
            let microseconds = Int.random(in: 0..<8000, using: &random)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, exchanging, microseconds = microseconds as Int] in
                let url = URL(fileURLWithPath: path)
                let first = try Self.read(url) ?? 0
                Thread.detachNewThread {
                    usleep(UInt32(microseconds))
                    kill(getpid(), SIGKILL)
                }
                for version in first... { try Self.write(version, to: url, exchanging: exchanging) }
            }
            #expect(try Self.read(URL(fileURLWithPath: path)) != nil, "round \(round), \(microseconds) µs")
        }
    }
}
