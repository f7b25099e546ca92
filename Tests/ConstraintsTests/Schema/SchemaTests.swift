import Common
import Constraints
import Testing

@Suite struct SchemaTests {
    @Test func propertiesStandInOrderAndOthersBehind() throws {
        try SchemaCheck.check(
            #"{"properties":{"a":{"type":"integer"},"b":{"type":"string"},"c":{"type":"null"}},"required":["c","b"],"type":"object"}"#,
            accepts: [#"{"b":"","c":null}"#, #"{"a":1,"b":"x","c":null,"d":[],"e":1.5e3}"#],
            refuses: [
                #"{"c":null,"b":""}"#, #"{"b":""}"#, #"{"a":"1","b":"","c":null}"#, #"{"x":1,"b":"","c":null}"#, "[]",
            ]
        )
        // A name that is spelled with an escape is the same name.
        try SchemaCheck.check(
            #"{"properties":{"a":{"type":"integer"}},"type":"object"}"#,
            accepts: [#"{"a":1}"#],
            refuses: [#"{"\u0061":"x"}"#, #"{"a":1,"a":"x"}"#]
        )
    }

    @Test func oneSpaceStyle() throws {
        let schema =
            #"{"properties":{"a":{"items":{"type":"integer"}},"b":{}},"type":"object","additionalProperties":false}"#
        var recogniser = try Recogniser(Grammar(jsonSchema: schema, style: .spaced))
        #expect(
            try recogniser.accepts(#"{"a": [1, 2], "b": {"c": 1}}"#.utf8) && !recogniser.accepts(#"{"a":[1]}"#.utf8)
        )
    }

    @Test func countsOfProperties() throws {
        try SchemaCheck.check(
            #"{"type":"object","properties":{"a":{},"b":{},"c":{}},"minProperties":2,"maxProperties":2,"additionalProperties":false}"#,
            accepts: [#"{"a":1,"b":1}"#, #"{"b":1,"c":1}"#, #"{"a":1,"c":1}"#],
            refuses: ["{}", #"{"a":1}"#, #"{"a":1,"b":1,"c":1}"#]
        )
        // The same key twice is one property.
        try SchemaCheck.check(
            #"{"type":"object","minProperties":1,"maxProperties":2}"#,
            accepts: [#"{"x":1}"#, #"{"x":1,"y":1}"#],
            refuses: ["{}", #"{"x":1,"y":1,"z":1}"#]
        )
    }

    @Test func patternsDivideKeys() throws {
        try SchemaCheck.check(
            #"{"type":"object","patternProperties":{"^n_":{"type":"number"},"x$":{"maximum":5}},"additionalProperties":{"type":"string"}}"#,
            accepts: [#"{"n_a":7}"#, #"{"n_x":5}"#, #"{"ax":5,"b":"c"}"#, #"{"ax":"any"}"#],
            refuses: [#"{"n_x":6}"#, #"{"n_a":"s"}"#, #"{"b":1}"#, #"{"ax":6}"#]
        )
        try SchemaCheck.check(
            #"{"type":"object","propertyNames":{"pattern":"^[a-z]{2}$"}}"#,
            accepts: ["{}", #"{"ab":1}"#],
            refuses: [#"{"abc":1}"#, #"{"A":1}"#]
        )
    }

    @Test func combinations() throws {
        try SchemaCheck.check(
            #"{"oneOf":[{"required":["a"]},{"required":["b"]}],"type":"object"}"#,
            accepts: [#"{"a":1}"#, #"{"b":1}"#],
            refuses: ["{}", #"{"a":1,"b":1}"#]
        )
        try SchemaCheck.check(
            #"{"type":"object","properties":{"k":{"enum":["x","y"]}},"required":["k"],"if":{"properties":{"k":{"const":"x"}}},"then":{"required":["v"]},"else":{"properties":{"v":false}}}"#,
            accepts: [#"{"k":"x","v":1}"#, #"{"k":"y"}"#],
            refuses: [#"{"k":"x"}"#, #"{"k":"y","v":1}"#]
        )
        try SchemaCheck.check(
            #"{"not":{"type":"object","additionalProperties":{"type":"integer"}}}"#,
            accepts: ["1", #"{"a":"x"}"#, #"{"a":1,"b":null}"#],
            refuses: ["{}", #"{"a":1}"#, #"{"a":"x","a":1}"#]
        )
    }

    @Test func recursionAlsoUnderNegation() throws {
        let list = ##"{"type":"object","properties":{"next":{"$ref":"#/$defs/list"}},"additionalProperties":false}"##
        try SchemaCheck.check(
            "{\"$ref\":\"#/$defs/list\",\"$defs\":{\"list\":\(list)}}",
            accepts: ["{}", #"{"next":{"next":{}}}"#],
            refuses: [#"{"next":1}"#, #"{"other":{}}"#]
        )
        try SchemaCheck.check(
            "{\"not\":{\"$ref\":\"#/$defs/list\"},\"type\":\"object\",\"$defs\":{\"list\":\(list)}}",
            accepts: [#"{"next":{"next":1}}"#, #"{"next":{"other":{}}}"#],
            refuses: ["{}", #"{"next":{"next":{}}}"#]
        )
    }

    @Test func arrays() throws {
        try SchemaCheck.check(
            #"{"type":"array","prefixItems":[{"type":"string"},{"type":"null"}],"items":{"type":"boolean"},"minItems":1,"maxItems":4}"#,
            accepts: [#"["a"]"#, #"["a",null,true,false]"#],
            refuses: ["[]", "[null]", #"["a",true]"#, #"["a",null,true,true,true]"#]
        )
        try SchemaCheck.check(
            #"{"type":"array","items":{"enum":[1,2,3]},"contains":{"const":2},"minContains":1,"maxContains":2}"#,
            accepts: ["[2]", "[1,2,3,2]"],
            refuses: ["[]", "[1,3]", "[2,2,2]", "[2,4]"]
        )
        try SchemaCheck.check(
            #"{"type":"array","items":{"enum":["a","b","c"]},"uniqueItems":true,"minItems":2}"#,
            accepts: [#"["c","a"]"#, #"["b","a","c"]"#],
            refuses: [#"["a"]"#, #"["a","a"]"#, #"["a","b","c","a"]"#]
        )
    }

    @Test func referencesWithinTheDocument() throws {
        try SchemaCheck.check(
            ##"{"$id":"http://a.b/c","prefixItems":[{"$ref":"#x"},{"$ref":"d#/$defs/e~1f"},{"$ref":"#/$defs/g"}],"minItems":3,"items":false,"type":"array","$defs":{"g":{"$anchor":"x","type":"null"},"h":{"$id":"d","$defs":{"e/f":{"type":"boolean"}}}}}"##,
            accepts: ["[null,true,null]"],
            refuses: ["[true,true,null]", "[null,null,null]", "[null,true]"]
        )
    }

    @Test(arguments: [
        (#"{"properties":{"a":{"unevaluatedItems":false}}}"#, "unevaluatedItems", "#/properties/a"),
        (#"{"items":{"$ref":"http://x.y/z"}}"#, "$ref", "#/items"),
        (#"{"allOf":[{"type":"string","format":"regex"}]}"#, "format", "#/allOf/0"),
        (#"{"properties":{"a/b":{"pattern":"(a)\\1"}}}"#, "pattern", "#/properties/a~1b"),
        (#"{"type":"array","uniqueItems":true}"#, "uniqueItems", "#:"),
        (#"{"items":{"type":"array","uniqueItems":true}}"#, "uniqueItems", "#/items:"),
        (#"{"properties":{"a":{"type":"object","minProperties":2}}}"#, "minProperties", "#/properties/a:"),
        (#"{"properties":{"a":{"type":"string","not":{"format":"date"}}}}"#, "format", "#/properties/a:"),
        (#"{"multipleOf":123456.789}"#, "multipleOf", "#:"),
        (#"{"$schema":"http://x.y/z"}"#, "$schema", "#:"),
    ])
    func refusesByKeywordAndPointer(_ schema: String, _ keyword: String, _ pointer: String) {
        let error = #expect(throws: CinnabarError.self) { try Grammar(jsonSchema: schema) }
        #expect(error?.code == .unsupported)
        #expect(
            error?.message.contains("'\(keyword)'") == true && error?.message.contains(pointer) == true,
            "\(String(describing: error))"
        )
    }

    @Test(arguments: [
        (#"{"allOf":[{"type":"string"},{"type":"null"}]}"#, "#:"),
        (
            #"{"type":"object","properties":{"a":{"type":"string","minLength":3,"maxLength":2}},"required":["a"]}"#,
            "#/properties/a:"
        ),
        (##"{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}"##, "#:"),
        (#"{"type":"integer","minimum":3,"maximum":4,"multipleOf":5}"#, "#:"), ("false", "#:"), (#"{"enum":[]}"#, "#:"),
    ])
    func namesWhatContradictsItself(_ schema: String, _ pointer: String) {
        let error = #expect(throws: CinnabarError.self) { try Grammar(jsonSchema: schema) }
        #expect(
            error?.code == .invalidArgument && error?.message.contains(pointer) == true,
            "\(String(describing: error))"
        )
    }

    @Test(arguments: [
        #"{"type":"strin"}"#, #"{"type":1}"#, #"{"properties":[]}"#, #"{"minLength":-1}"#, #"{"anyOf":{}}"#,
        #"{"anyOf":[]}"#, "3",
        #"{"required":[1]}"#, ##"{"$ref":"#/nowhere"}"##, ##"{"$ref":"#"}"##, #"{"minimum":"1"}"#, #"{"not":1}"#,
        #"{"pattern":"("}"#,
    ])
    func refusesWhatIsNoSchema(_ schema: String) {
        let error = #expect(throws: CinnabarError.self) { try Grammar(jsonSchema: schema) }
        #expect(error?.code == .malformed, "\(schema): \(String(describing: error))")
    }

    /// Combinations that multiply end in an error or a grammar, not in a hang.
    @Test func boundsWhatCouldExplode() throws {
        let branches = (0..<12).map { branch in
            let properties = (0..<12).map { #""p\#($0)":{"minimum":\#(branch + $0)}"# }.joined(separator: ",")
            return #"{"type":"object","properties":{\#(properties)}}"#
        }.joined(separator: ",")
        #expect(throws: CinnabarError.self) { try Grammar(jsonSchema: #"{"oneOf":[\#(branches)]}"#) }
        // A chain of references each of which is met twice.
        let chain = (0..<60).map {
            ##""a\##($0)":{"anyOf":[{"$ref":"#/$defs/a\##($0 + 1)"},{"allOf":[{"$ref":"#/$defs/a\##($0 + 1)"},{"minimum":\##($0)}]}]}"##
        }
        _ = try? Grammar(
            jsonSchema: ##"{"$ref":"#/$defs/a0","$defs":{\##(chain.joined(separator: ",")),"a60":{"type":"number"}}}"##
        )
        let deep = String(repeating: #"{"not":"#, count: 60) + "{}" + String(repeating: "}", count: 60)
        _ = try? Grammar(jsonSchema: deep)
    }
}
