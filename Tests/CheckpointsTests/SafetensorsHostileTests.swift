import Checkpoints
import Common
import Foundation
import Testing

/// Damaged and malicious files: each gives an error that names the file; none traps, hangs or is believed.
@Suite struct SafetensorsHostileTests {
    private func bytes(header: String, data: Int, length: UInt64? = nil) -> Data {
        var bytes = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Data($0) }
        bytes.append(Data(header.utf8))
        bytes.append(Data(count: data))
        return bytes
    }

    /// Opens the bytes as a file and reads all tensors in all ways.
    @discardableResult
    private func read(_ bytes: Data, in folder: URL) throws -> SafetensorsFile {
        let url = folder.appendingPathComponent("hostile.safetensors")
        try bytes.write(to: url)
        let file = try SafetensorsFile(url)
        for tensor in file.tensors {
            #expect(tensor.bytes.count == tensor.shape.reduce(tensor.format.unitBytes, *))
            _ = try? tensor.floats(checkingFinite: true)
            _ = try? tensor.integers()
        }
        return file
    }

    private static let tensor = #""x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#

    @Test func theSmallestFilesAreGood() throws {
        try withScratchFolder { folder in
            let none = try read(bytes(header: "{}", data: 0), in: folder)
            #expect(none.names == [])
            let one = try read(bytes(header: "{\(Self.tensor)}", data: 8), in: folder)
            #expect(try one.floats(named: "x") == [0, 0])
            let empty = #"{"a":{"dtype":"I8","shape":[0,9223372036854775807],"data_offsets":[0,0]},"#
            let two = try read(bytes(header: empty + Self.tensor + "}   ", data: 8), in: folder)
            #expect(two.names == ["a", "x"])
        }
    }

    @Test(arguments: [
        ("", "not a JSON object"),
        ("[]", "not a JSON object"),
        (" {}", "not a JSON object"),
        ("{", "damaged"),
        ("{\"x\"", "damaged"),
        ("{\"x\":1}", "damaged"),
        ("{\"x\":null}", "damaged"),
        ("{\"x\":[]}", "damaged"),
        ("{\(tensor)}}", "damaged"),
        ("{\(tensor),\(tensor)}", "twice"),
        (#"{\#(tensor),"\u0078":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "twice"),
        (#"{"x":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}}"#, "twice"),
        (#"{\#(tensor),"__metadata__":{"a":"1","a":"2"}}"#, "twice"),
        (#"{\#(tensor),"__metadata__":{"a":1}}"#, "damaged"),
        (#"{\#(tensor),"__metadata__":[]}"#, "damaged"),
        (#"{"x":{"shape":[2],"data_offsets":[0,8]}}"#, "dtype"),
        (#"{"x":{"dtype":"F32","data_offsets":[0,8]}}"#, "shape"),
        (#"{"x":{"dtype":"F32","shape":[2]}}"#, "data_offsets"),
        (#"{"x":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#, "number format 'F31'"),
        (#"{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "does not match"),
        (#"{"x":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}"#, "damaged"),
        (#"{"x":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}"#, "damaged"),
        (#"{"x":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}"#, "damaged"),
        (#"{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "does not match"),
        (#"{"x":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}"#, "does not match"),
        (#"{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, "does not match"),
        (#"{"x":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,8]}}"#, "does not match"),
        (#"{"x":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}}"#, "damaged"),
        (#"{"x":{"dtype":"F32","shape":[1e300],"data_offsets":[0,8]}}"#, "damaged"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, "data offsets"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}"#, "data offsets"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, "lies at bytes"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "lies at bytes"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#, "lies at bytes"),
        (
            #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775800,9223372036854775807]}}"#,
            "lies at bytes"
        ),
        (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "hole"),
        (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "after its last tensor"),
        (#"{\#(tensor),"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "overlaps"),
        (#"{\#(tensor),"y":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "overlaps"),
        ("{}", "after its last tensor"),
        ("{\"x\u{0}\":1}", "not UTF-8"),
    ])
    func refuses(header: String, because reason: String) throws {
        try withScratchFolder { folder in
            let error = #expect(throws: CinnabarError.self) { try read(bytes(header: header, data: 8), in: folder) }
            #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("hostile.safetensors") == true)
        }
    }

    @Test func refusesLengthsBeyondTheFile() throws {
        try withScratchFolder { folder in
            for length in [9, 100_000_000, 100_000_001, 1 << 31, 1 << 32, 1 << 63, UInt64.max - 7, .max] {
                #expect(throws: CinnabarError.self) {
                    try read(bytes(header: "{}", data: 6, length: length), in: folder)
                }
            }
        }
    }

    @Test func refusesDeepNesting() throws {
        try withScratchFolder { folder in
            for opening in ["[", "{\"a\":", "[{\"a\":"] {
                let header = "{\"x\":" + String(repeating: opening, count: 1_000_000)
                let error = #expect(throws: CinnabarError.self) { try read(bytes(header: header, data: 0), in: folder) }
                #expect(error?.description.contains("deeper than 8") == true)
            }
        }
    }

    @Test func refusesTextThatIsNotUnicode() throws {
        try withScratchFolder { folder in
            var file = bytes(header: "{\(Self.tensor)}", data: 8)
            file[10] = 0xFF
            #expect(throws: CinnabarError.self) { try read(file, in: folder) }
            let wide = Data("{}".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
            let header = withUnsafeBytes(of: UInt64(wide.count).littleEndian) { Data($0) }
            #expect(throws: CinnabarError.self) { try read(header + wide, in: folder) }
        }
    }

    private func good(in folder: URL) throws -> Data {
        let url = folder.appendingPathComponent("good")
        try SafetensorsWriter.write(
            [
                .init("a.weight", shape: [3, 4], (0..<12).map(Float.init)),
                .init("b", shape: [5], as: .bf16, [1, 2, 3, 4, 5]),
                .init("ids", shape: [2, 1], as: .i64, bytes: Data(count: 16)), .init("none", shape: [0], []),
            ],
            metadata: ["format": "pt"],
            to: url
        )
        return try Data(contentsOf: url)
    }

    @Test func refusesEveryTruncation() throws {
        try withScratchFolder { folder in
            let whole = try good(in: folder)
            try read(whole, in: folder)
            for length in 0..<whole.count {
                #expect(throws: CinnabarError.self, "\(length) bytes") { try read(whole.prefix(length), in: folder) }
            }
            #expect(throws: CinnabarError.self) { try read(whole + [0], in: folder) }
        }
    }

    /// Whatever the mutation, the file opens with sound tensors or is refused with our error.
    @Test(arguments: 0..<8) func survivesMutations(seed: Int) throws {
        try withScratchFolder { folder in
            let whole = try good(in: folder)
            let headerEnd = whole.count - 74
            var random = SplitMix64(seed: UInt64(seed))
            var (opened, refused) = (0, 0)
            let digits = Array("0123456789-+.eE[]{}\",:\\ u".utf8)
            for round in 0..<1000 {
                var bytes = whole
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 0..<headerEnd, using: &random)
                    switch Int.random(in: 0..<6, using: &random) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                    case 2: bytes.insert(digits.randomElement(using: &random) ?? 0, at: place)
                    case 3: bytes[max(8, place)] = digits.randomElement(using: &random) ?? 0
                    case 4: bytes.removeSubrange(place..<min(place + Int.random(in: 1...9, using: &random), headerEnd))
                    default:
                        let piece = bytes[place..<min(place + Int.random(in: 1...60, using: &random), headerEnd)]
                        bytes.insert(contentsOf: Data(piece), at: Int.random(in: 0..<headerEnd, using: &random))
                    }
                    if bytes.count <= headerEnd { break }
                }
                // Half of the files get a fitting header length, so that the damage reaches the JSON parser.
                if round % 2 == 0, bytes.count > 82 {
                    let length = UInt64(bytes.count - 74 - 8)
                    withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(0..<8, with: $0) }
                }
                do {
                    try read(bytes, in: folder)
                    opened += 1
                } catch is CinnabarError {
                    refused += 1
                } catch {
                    Issue.record("seed \(seed), round \(round): \(error)")
                }
            }
            // Both ways out are taken: harmless mutations, such as of a name, still open.
            #expect(opened > 0 && refused > 500, "seed \(seed): \(opened) opened, \(refused) refused")
        }
    }
}
