import Cinnabar
import Common
import Foundation
import Testing

@Suite struct TypedGenerationTests {
    enum Colour: String, Codable, CaseIterable { case red, green }
    enum Level: Int, Codable, CaseIterable { case low = 1, high = 3 }
    enum Unlisted: String, Codable { case one }
    enum Shape: Codable { case circle(radius: Double), point }

    struct Address: Codable, Equatable {
        let street: String
        let number: UInt8?
    }

    struct Person: Codable, Equatable {
        let name: String
        let age: Int8
        let height: Double
        let colour: Colour
        let level: Level
        let isHere: Bool
        let home: Address
        let others: [Address]
        let scores: [String: Int]
        let nick: String?
        let id: UUID
        enum CodingKeys: String, CodingKey {
            case name = "full_name"
            case age, height, colour, level, isHere, home, others, scores, nick, id
        }
    }

    final class Tree: Codable {
        let value: Colour
        let children: [Tree]
    }

    struct Endless: Decodable {
        final class Box: Decodable { let inner: Endless }
        let box: Box
    }

    @Test(
        "A value of a type comes back decoded, whatever the seed",
        arguments: [Mode.autoregressive, .speed, .quality]
    )
    func decodes(mode: Mode) async throws {
        let model = try Model(threads: 2)
        for seed in 0..<4 {
            let options = GenerationOptions(
                mode: mode,
                maxTokens: 400,
                temperature: seed == 0 ? 0 : 1.2,
                seed: UInt64(seed)
            )
            let person = try await model.generate(Person.self, after: "person = ", options: options)
            // It survives the way back, so that every property was read from what was written.
            let again = try JSONDecoder().decode(Person.self, from: JSONEncoder().encode(person))
            #expect(again == person)
        }
    }

    @Test func plainValuesAndContainersOfThem() async throws {
        let model = try Model(threads: 1)
        let options = GenerationOptions(mode: .lossless, maxTokens: 60)
        _ = try await model.generate(Int.self, after: "x = ", options: options)
        _ = try await model.generate([Colour].self, after: "x = ", options: options)
        _ = try await model.generate([String: [Bool]].self, after: "x = ", options: options)
        _ = try await model.generate(Optional<Level>.self, after: "x = ", options: options)
    }

    @Test func aTypeThatContainsItselfInAnArray() async throws {
        let model = try Model(threads: 1)
        let options = GenerationOptions(mode: .speed, maxTokens: 120, temperature: 1)
        let tree = try await model.generate(Tree.self, after: "tree = ", options: options)
        #expect(Colour.allCases.contains(tree.value))
    }

    @Test func whatCannotBeLearnedIsRefusedByName() {
        func refusal(_ type: any Decodable.Type) -> CinnabarError? {
            #expect(throws: CinnabarError.self) { try Constraint.decodable(type) }
        }
        #expect(refusal(Unlisted.self)?.message.contains("Unlisted") == true)
        #expect(refusal(Unlisted.self)?.hint?.contains("CaseIterable") == true)
        #expect(refusal(Shape.self)?.message.contains("Shape") == true)
        #expect(refusal(Endless.self)?.code == .unsupported)
    }
}
