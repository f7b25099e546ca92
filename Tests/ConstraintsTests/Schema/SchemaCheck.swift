import Constraints
import Testing

enum SchemaCheck {
    static func check(_ schema: String, accepts: [String], refuses: [String]) throws {
        var recogniser = try Recogniser(Grammar(jsonSchema: schema))
        for text in accepts { #expect(try recogniser.accepts(text.utf8), "\(text) of \(schema)") }
        for text in refuses { #expect(try !recogniser.accepts(text.utf8), "\(text) of \(schema)") }
    }
}
