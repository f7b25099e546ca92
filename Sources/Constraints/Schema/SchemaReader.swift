import Common

/// Keywords become conditions. Each group of keywords has a file of its own; a keyword that is neither read nor an
/// annotation is refused by name.
final class SchemaReader {
    let document: SchemaDocument
    let builder: GrammarBuilder
    private var conditions: [Int: Condition] = [:]
    private var texts: [String: Texts] = [:]

    init(_ document: SchemaDocument, _ builder: GrammarBuilder) {
        (self.document, self.builder) = (document, builder)
    }

    /// What the schema at a node demands.
    func condition(_ node: Int) throws -> Condition {
        if let known = conditions[node] { return known }
        let condition = try read(node)
        conditions[node] = condition
        return condition
    }

    /// A demand that several keywords may share, such as a pattern.
    func shared(_ key: String, _ make: () throws -> Texts) rethrows -> Texts {
        if let known = texts[key] { return known }
        let made = try make()
        texts[key] = made
        return made
    }

    private func read(_ node: Int) throws -> Condition {
        let schema = document.nodes[node]
        switch schema.value {
        case .boolean(let isAlways): return isAlways ? .always : .never
        case .object(let members):
            let hidesSiblings = document.dialect.isLegacy && schema.value["$ref"] != nil
            return .conjunction(
                try members.filter { !hidesSiblings || $0.key == "$ref" }.map {
                    try Keyword(schema: schema, node: node, key: $0.key, value: $0.value, reader: self).condition()
                }
            )
        default: throw CinnabarError.malformedSchema(schema.pointer, "a schema is an object, true or false")
        }
    }
}

/// A keyword of a schema in the hands of its reader.
struct Keyword {
    let schema: SchemaDocument.Node
    let node: Int
    let key: String
    let value: JSONValue
    let reader: SchemaReader

    var pointer: String { "\(schema.pointer)/\(SchemaDocument.escaped(key))" }

    func condition() throws -> Condition {
        switch key {
        case "type": return try type()
        case "enum": return try enumeration()
        case "const": return try constant(value)
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum": return try bound()
        case "multipleOf": return try multiple()
        case "minLength", "maxLength": return try textLength()
        case "pattern": return try pattern()
        case "format": return try format()
        case "items", "prefixItems", "additionalItems": return try items()
        case "contains": return try contains()
        case "minItems": return .assertion(.length(Bounds(minimum: try count())))
        case "maxItems": return .assertion(.length(Bounds(maximum: try count())))
        case "uniqueItems": return try flag() ? .assertion(.unique) : .always
        case "properties": return try properties()
        case "patternProperties": return try patternProperties()
        case "additionalProperties": return try additionalProperties()
        case "propertyNames": return try propertyNames()
        case "required": return .conjunction(try names(value).map { .assertion(.has($0)) })
        case "minProperties": return .assertion(.propertyCount(Bounds(minimum: try count())))
        case "maxProperties": return .assertion(.propertyCount(Bounds(maximum: try count())))
        case "dependencies", "dependentRequired", "dependentSchemas": return try dependencies()
        case "allOf": return .conjunction(try schemas())
        case "anyOf": return .disjunction(try schemas())
        case "oneOf":
            let parts = try schemas()
            return parts.count == 1 ? parts[0] : .one(parts)
        case "not": return .schema(try reader.document.node(pointer), isNegative: true)
        case "if": return try conditional()
        case "$ref":
            return .schema(
                try target { try reader.document.target(of: $0, from: node, keyword: key) },
                isNegative: false
            )
        case "$dynamicRef":
            return .schema(try target { try reader.document.dynamicTarget(of: $0, from: node) }, isNegative: false)
        case "unevaluatedItems", "unevaluatedProperties":
            // They say nothing where they allow everything.
            guard value == .boolean(true) else { throw unsupported("is not supported") }
            return .always
        case "$recursiveRef", "disallow", "extends", "divisibleBy":
            throw unsupported("is not supported")
        // Annotations, parts of others, and what no draft knows: a validator passes over them.
        default: return .always
        }
    }

    func unsupported(_ what: String) -> CinnabarError {
        .unsupportedSchema(schema.pointer, "keyword '\(key)' \(what)")
    }

    func malformed(_ what: String) -> CinnabarError {
        .malformedSchema(schema.pointer, "keyword '\(key)' \(what)")
    }

    /// Greatest count that a keyword may have.
    static let countLimit = 1 << 24

    func count() throws -> Int {
        guard let count = try integer(value) else { throw malformed("is no whole number from 0 on") }
        return count
    }

    /// A count; nil is none.
    func integer(_ value: JSONValue) throws -> Int? {
        let number: Double
        switch value {
        case .integer(let value): number = Double(value)
        case .number(let value): number = value
        default: return nil
        }
        guard number >= 0, number == number.rounded() else { return nil }
        guard number <= Double(Self.countLimit) else { throw unsupported("is above \(Self.countLimit)") }
        return Int(number)
    }

    func flag() throws -> Bool {
        guard case .boolean(let isOn) = value else { throw malformed("is neither true nor false") }
        return isOn
    }

    func members() throws -> [JSONValue.Member] {
        guard case .object(let members) = value else { throw malformed("is no object") }
        return members
    }

    /// The schema at a place below the keyword.
    func schema(_ key: String) throws -> Condition {
        .schema(try reader.document.node("\(pointer)/\(SchemaDocument.escaped(key))"), isNegative: false)
    }

    func names(_ value: JSONValue) throws -> [Name] {
        guard case .array(let elements) = value else { throw malformed("is no list of names") }
        return try elements.map {
            guard let name = $0.text else { throw malformed("is no list of names") }
            return Name(name.utf8)
        }
    }
}
