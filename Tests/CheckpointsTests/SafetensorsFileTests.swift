import Checkpoints
import Common
import Foundation
import TestSupport
import Testing

/// Files written by other implementations.
@Suite(.enabled(if: SharedData.folder != nil, "no shared test data: set CINNABAR_SHARED"))
struct SafetensorsFileTests {
    private func open(_ name: String) throws -> SafetensorsFile {
        try SafetensorsFile(SharedData.file("evaldata/safetensors/\(name).safetensors"))
    }

    @Test func readsInt32() throws {
        let tensor = try open("tensor-1d-int32").tensor(named: "embedding", expecting: [3])
        #expect(tensor.type == .i32)
        #expect(try tensor.integers() == [1, 2, 3])
    }

    @Test func readsFloat64() throws {
        let file = try open("tensor-2d-float64")
        #expect(try file.floats(named: "embedding", expecting: [2, 3]) == [1, 2, 3, 24, 25, 26])
    }

    @Test func readsFloat32() throws {
        let three = try open("tensor-3d-float32")
        #expect(
            try three.floats(named: "embedding", expecting: [2, 2, 3]) == [22, 23, 24, 11, 12, 13, 2, 3, 4, 1, 2, 3]
        )
        let four = try open("tensor-4d-float32").floats(
            named: "embedding",
            expecting: [2, 3, 1, 3],
            checkingFinite: true
        )
        #expect(four == [11, 12, 13, 1, 2, 3, 4, 5, 6, 22, 23, 24, 15, 16, 17, 17, 18, 19])
    }

    @Test func readsInt64AndBytes() throws {
        let codes = try open("jfk-codes").tensor(named: "codes", expecting: [1, 2, 828]).integers()
        #expect(Array(codes.prefix(4)) == [0x361, 0x3E, 0x198, 0x198])
        #expect(codes.allSatisfy { 0..<2048 ~= $0 })
        let voices = try open("voices")
        #expect(voices.names == ["tokens", "mask"])
        #expect(try voices.tensor(named: "tokens", expecting: [1, 982, 33]).type == .i64)
        let mask = try voices.tensor(named: "mask", expecting: [1, 982, 33]).integers()
        #expect(Set(mask).isSubset(of: [0, 1]))
    }

    @Test func refusesTheWrongQuestions() throws {
        let file = try open("tensor-3d-float32")
        let missing = #expect(throws: CinnabarError.self) { try file.tensor(named: "model.embedding") }
        #expect(missing?.description.contains("is it 'embedding'") == true)
        let shape = #expect(throws: CinnabarError.self) { try file.tensor(named: "embedding", expecting: [4, 3]) }
        #expect(shape?.description.contains("has shape [2, 2, 3], expected [4, 3]") == true)
        #expect(throws: CinnabarError.self) { try file.tensor(named: "embedding").integers() }
        #expect(throws: CinnabarError.self) { try open("jfk-codes").floats(named: "codes") }
    }
}
