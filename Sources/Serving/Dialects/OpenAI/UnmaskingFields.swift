import Cinnabar
import Common

/// How masks become tokens: the object `unmasking`, of which `steps` and `threshold` may stand beside it.
enum UnmaskingFields {
    static func read(_ fields: RequestFields) throws -> Unmasking {
        var unmasking = Unmasking()
        try readNumbers(fields, into: &unmasking)
        guard let own = try fields.fields("unmasking") else { return unmasking }
        try readNumbers(own, into: &unmasking)
        unmasking.rule = try choice(own, "rule")
        unmasking.score = try choice(own, "score")
        unmasking.cache = try choice(own, "cache")
        unmasking.blockLength = try own.integer("block_length", in: 1...1 << 16)
        unmasking.guidance = try own.number("guidance", in: 0...1000)
        return unmasking
    }

    private static func readNumbers(_ fields: RequestFields, into unmasking: inout Unmasking) throws {
        unmasking.steps = try fields.integer("steps", in: 1...1 << 16) ?? unmasking.steps
        unmasking.threshold = try fields.number("threshold", in: 0...1000) ?? unmasking.threshold
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ fields: RequestFields,
        _ key: String
    ) throws -> Choice? {
        guard let name = try fields.text(key) else { return nil }
        guard let choice = Choice(rawValue: name) else {
            throw fields.error(key, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }
}
