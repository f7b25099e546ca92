import Common
import Constraints
import Testing

@Suite struct SchemaFuzzTests {
    static let seeds = [
        ##"{"$defs":{"a":{"type":"object","properties":{"x":{"$ref":"#/$defs/a"},"y":{"enum":["p",1,null]}},"required":["y"]}},"$ref":"#/$defs/a","minProperties":1}"##,
        #"{"type":["array","null"],"items":{"oneOf":[{"type":"integer","minimum":-3,"maximum":7.5},{"pattern":"^a+$","maxLength":4}]},"contains":{"const":1},"maxItems":3}"#,
        #"{"patternProperties":{"^a":{"not":{"type":"string"}}},"additionalProperties":{"format":"date"},"propertyNames":{"minLength":1},"if":{"required":["b"]},"then":{"dependentRequired":{"b":["c"]}},"multipleOf":2}"#,
    ]

    /// Values, keys and members of schemas move about; what is compiled is a grammar of JSON that can be completed.
    @Test func survivesMutations() throws {
        let seed: UInt64 = 17
        var random = SplitMix64(seed: seed)
        var json = try Recogniser(Grammar.json())
        var compiled = 0
        for round in 0..<2_000 {
            var schema = try JSONValue(json: Self.seeds[round % Self.seeds.count])
            let others = try Self.seeds.flatMap { Self.parts(try JSONValue(json: $0)) }
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                schema = Self.mutated(schema, others, &random)
            }
            do {
                var recogniser = try Recogniser(Grammar(jsonSchema: schema))
                let text = try #require(try recogniser.completion(recogniser.start), "seed \(seed): \(schema)")
                #expect(try recogniser.accepts(text) && json.accepts(text), "seed \(seed): \(schema)")
                compiled += 1
            } catch let error as CinnabarError {
                #expect(!error.message.isEmpty)
            }
        }
        #expect(compiled > 400)
    }

    private static func parts(_ value: JSONValue) -> [JSONValue] {
        switch value {
        case .array(let elements): [value] + elements.flatMap(parts)
        case .object(let members): [value] + members.flatMap { parts($0.value) }
        default: [value]
        }
    }

    /// The value with one part at a random place replaced, removed or put under another key.
    private static func mutated(_ value: JSONValue, _ others: [JSONValue], _ random: inout SplitMix64) -> JSONValue {
        switch value {
        case .array(var elements) where !elements.isEmpty && Int.random(in: 0..<4, using: &random) > 0:
            let place = Int.random(in: 0..<elements.count, using: &random)
            elements[place] = mutated(elements[place], others, &random)
            return .array(elements)
        case .object(var members) where !members.isEmpty && Int.random(in: 0..<5, using: &random) > 0:
            let place = Int.random(in: 0..<members.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: members.remove(at: place)
            case 1:
                let other = Int.random(in: 0..<members.count, using: &random)
                (members[place].value, members[other].value) = (members[other].value, members[place].value)
            default: members[place].value = mutated(members[place].value, others, &random)
            }
            return .object(members)
        default: return others[Int.random(in: 0..<others.count, using: &random)]
        }
    }
}
