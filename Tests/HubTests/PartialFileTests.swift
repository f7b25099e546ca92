import Common
import Foundation
import Hub
import Testing

/// A partial file against a set of bytes that stand.
@Suite struct PartialFileTests {
    @Test func piecesInAnyOrder() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix64(seed: seed)
        for round in 0..<60 {
            let size = Int.random(in: 1...200, using: &random)
            let partSize = Int.random(in: 1...90, using: &random)
            let content = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            let label: Comment = "seed \(seed), round \(round)"
            try await withScratchFolder { folder in
                let url = folder.appendingPathComponent("x.incomplete")
                // The reference: bytes at the beginning of each part.
                var counts = Array(repeating: 0, count: (size + partSize - 1) / partSize)
                func length(_ part: Int) -> Int { min(partSize, size - part * partSize) }
                var file = try PartialFile(url, size: size, partSize: partSize)
                while counts.indices.contains(where: { counts[$0] < length($0) }) {
                    if Int.random(in: 0..<8, using: &random) == 0 {
                        file = try PartialFile(url, size: size, partSize: partSize)
                    }
                    let open = counts.indices.filter { counts[$0] < length($0) }
                    #expect(file.openParts == open && file.count == counts.reduce(0, +), label)
                    for part in counts.indices {
                        let start = part * partSize
                        #expect(file.missing(part) == start + counts[part]..<start + length(part), label)
                    }
                    // A piece from anywhere: mostly one that joins.
                    let part = open.randomElement(using: &random) ?? 0
                    let joint = part * partSize + counts[part]
                    let start = Bool.random(using: &random) ? joint : .random(in: 0..<size, using: &random)
                    let end = Int.random(in: start...min(size, start + 60), using: &random)
                    var new = 0
                    for part in counts.indices {
                        let joint = part * partSize + counts[part]
                        let limit = min(end, part * partSize + length(part))
                        if start <= joint, joint < limit {
                            new += limit - joint
                            counts[part] += limit - joint
                        }
                    }
                    let written = try content[start..<end].withUnsafeBytes { try file.write($0, at: start) }
                    #expect(written == new, label)
                }
                #expect(file.isComplete && file.openParts.isEmpty, label)
                let target = folder.appendingPathComponent("x")
                try file.publish(to: target)
                #expect(Array(try Data(contentsOf: target)) == content, label)
                #expect(!FileManager.default.fileExists(atPath: url.path), label)
            }
        }
    }

    @Test(arguments: [(4, 10), (5, 11), (5, 9)]) func anotherSizeBeginsAnew(partSize: Int, size: Int) async throws {
        try await withScratchFolder { folder in
            let url = folder.appendingPathComponent("x")
            let first = try PartialFile(url, size: 10, partSize: 5)
            _ = try [UInt8](repeating: 7, count: 10).withUnsafeBytes { try first.write($0, at: 0) }
            #expect(try PartialFile(url, size: 10, partSize: 5).count == 10)
            #expect(try PartialFile(url, size: size, partSize: partSize).count == 0)
        }
    }

    /// Hashes by those who define them: FIPS 180-4, and `git hash-object`.
    @Test(arguments: [
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("hello world\n", "3b18e512dba79e4c8300dd08aeb37f8e728b8dad"),
    ])
    func hashes(text: String, digits: String) async throws {
        try await withScratchFolder { folder in
            let file = try PartialFile(folder.appendingPathComponent("x"), size: text.utf8.count, partSize: 5)
            _ = try Array(text.utf8).withUnsafeBytes { try file.write($0, at: 0) }
            let hash = try #require(ContentHash(digits))
            #expect(try await file.digits(hash) == digits)
        }
    }

    @Test(arguments: ["", "abc", String(repeating: "g", count: 40), String(repeating: "A", count: 64), "../../x"])
    func whatIsNoHash(text: String) { #expect(ContentHash(text) == nil) }

    @Test func contentRanges() {
        #expect(ContentRange("bytes 5-9/20")?.range == 5..<10)
        #expect(ContentRange("Bytes 0-0/1")?.total == 1)
        #expect(ContentRange("bytes 5-9/*")?.range == 5..<10 && ContentRange("bytes 5-9/*")?.total == nil)
        for text in [
            "", "bytes", "bytes 9-5/20", "bytes -5/20", "bytes 5-/20", "5-9/20", "bytes */20", "bytes 5-9",
            "bytes 5-9/x", "bytes 5-9223372036854775807/*", "bytes 5-99999999999999999999/*", "bytes 1-2-3/4",
        ] {
            #expect(ContentRange(text) == nil, "\(text)")
        }
    }

    @Test(arguments: [
        (0, "0 bytes"), (999, "999 bytes"), (1000, "1.00 kB"), (12_345, "12.3 kB"), (999_499, "999 kB"),
        (999_500, "1.00 MB"), (1_234_567_890, "1.23 GB"), (35_184_372_088_832, "35.2 TB"), (Int.max, "9.22 EB"),
    ])
    func sizes(bytes: Int, text: String) { #expect(ByteCount.text(bytes) == text) }
}
