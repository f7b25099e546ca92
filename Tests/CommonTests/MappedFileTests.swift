import Common
import Foundation
import Testing

@Suite struct MappedFileTests {
    @Test func givesTheBytesInEveryForm() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("file")
            let bytes = Data((0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 7) })
            try bytes.write(to: url)
            let file = try MappedFile(url)
            #expect(file.count == bytes.count)
            #expect(file.withUnsafeBytes { Data($0) } == bytes)
            #expect(file.withSpan { $0.byteCount } == bytes.count)
            #expect(file.data() == bytes)
            #expect(file.data(5..<5).isEmpty)
            #expect(file.slice(17..<4000).data == bytes[17..<4000])
            #expect(file.slice(17..<4000).withUnsafeBytes { $0.first } == bytes[17])
        }
    }

    @Test func dataOutlivesTheFileAndItsReplacement() throws {
        try withScratchFolder { folder in
            let url = folder.appendingPathComponent("file")
            try AtomicFile.write("the old content", to: url)
            let data = try MappedFile(url).data(4..<7)
            try AtomicFile.write("-", to: url)
            try FileManager.default.removeItem(at: url)
            #expect(data == Data("old".utf8))
        }
    }

    @Test func refusesWhatIsNoFile() throws {
        try withScratchFolder { folder in
            func message(_ url: URL) -> String {
                (#expect(throws: CinnabarError.self) { _ = try MappedFile(url) })?.description ?? ""
            }
            #expect(message(folder).contains("is a folder"))
            #expect(message(folder.appendingPathComponent("missing")).contains("No such file"))
            let empty = folder.appendingPathComponent("empty")
            try Data().write(to: empty)
            #expect(message(empty).contains("is empty"))
            let pipe = folder.appendingPathComponent("pipe")
            #expect(mkfifo(pipe.path, 0o600) == 0)
            #expect(message(pipe).contains("is a device or pipe"))
        }
    }
}
