import Checkpoints
import Common
import Foundation
import TestSupport

/// What `gguf.json` says of files that the Python package gguf wrote.
struct GGUFFixtures: Decodable {
    struct File: Decodable {
        struct Tensor: Decodable {
            let name: String
            let type: String
            let shape: [Int]
            let crc: UInt32
            let sum: Double
            let first: [Float]
            let last: [Float]

            enum CodingKeys: String, CodingKey {
                case name, type, shape, sum, first, last
                case crc = "crc32_of_f32_le"
            }
        }

        let file: String
        let architecture: String
        let tensors: [Tensor]
    }

    struct Block: Decodable {
        let type: String
        let number: UInt32
        let elements: Int
        let bytes: Int
        let blocks: Int

        enum CodingKeys: String, CodingKey {
            case type, blocks
            case number = "ggml_type"
            case elements = "block_elements"
            case bytes = "block_bytes"
        }
    }

    let files: [File]
    let blocks: [Block]

    static let folder = "fixtures/parity/gguf"

    static func read() throws -> GGUFFixtures {
        try JSONLimits().decode(GGUFFixtures.self, from: SharedData.file("\(folder)/gguf.json"))
    }

    static func open(_ name: String) throws -> GGUFFile { try GGUFFile(SharedData.file("\(folder)/\(name)")) }
}

/// The checksum of zlib and PNG, bit by bit.
func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in
        (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
}

/// The description of the error that `body` throws.
func complaint(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch let error as CinnabarError {
        return error.description
    } catch {
        return "a foreign error: \(error)"
    }
}
