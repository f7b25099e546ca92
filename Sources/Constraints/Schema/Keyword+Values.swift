import Common

/// `type`, `enum`, `const`.
extension Keyword {
    func type() throws -> Condition {
        switch value {
        case .string(let name): return try type(name)
        case .array(let names):
            return .disjunction(
                try names.map {
                    guard let name = $0.text else { throw malformed("is no name of a type") }
                    return try type(name)
                }
            )
        default: throw malformed("is no name of a type")
        }
    }

    private func type(_ name: String) throws -> Condition {
        switch name {
        case "null": return .kinds(.null)
        case "boolean": return .kinds(.boolean)
        case "number": return .kinds(.number)
        case "string": return .kinds(.string)
        case "array": return .kinds(.array)
        case "object": return .kinds(.object)
        case "integer":
            let integers = reader.shared("integer") { Texts(NumberRanges.integers) { NumberRanges.fractions } }
            return .typed(.number, [.number(integers, isNegative: false)])
        case "any" where reader.document.dialect == .draft4: return .always
        default: throw malformed("has no type '\(name.prefix(40))'")
        }
    }

    func enumeration() throws -> Condition {
        guard case .array(let values) = value else { throw malformed("is no list of values") }
        var (texts, numbers, others) = ([Name](), [Decimal](), [Condition]())
        for value in values {
            switch value {
            case .string(let text): texts.append(JSONText.inside(text.utf8))
            case .integer(let number): numbers.append(Decimal(number))
            case .number(let number): numbers.append(Decimal(number))
            default: others.append(try constant(value))
            }
        }
        if !texts.isEmpty { others.append(strings(texts)) }
        if !numbers.isEmpty { others.append(self.numbers(numbers)) }
        return .disjunction(others)
    }

    /// Exactly this value.
    func constant(_ value: JSONValue) throws -> Condition {
        switch value {
        case .null: return .kinds(.null)
        case .boolean(let isTrue): return .typed(.boolean, [.boolean(isTrue)])
        case .integer(let number): return numbers([Decimal(number)])
        case .number(let number): return numbers([Decimal(number)])
        case .string(let text): return strings([JSONText.inside(text.utf8)])
        case .array(let elements):
            let items = try elements.enumerated().map { Assertion.item($0.offset, try constant($0.element)) }
            return .typed(.array, [.length(Bounds(minimum: elements.count, maximum: elements.count))] + items)
        case .object(let members):
            let names = members.map { Name($0.key.utf8) }
            let values = try zip(names, members).map { Assertion.property($0, try constant($1.value)) }
            let others = Assertion.keys(KeySet(names: names, isComplement: true), .never)
            return .typed(.object, values + names.map(Assertion.has) + [others])
        }
    }

    private func strings(_ texts: [Name]) -> Condition {
        .typed(.string, [.string(Texts(strings: .either(texts.map(Language.bytes))), isNegative: false)])
    }

    private func numbers(_ numbers: [Decimal]) -> Condition {
        let texts = Texts(.either(numbers.map(NumberRanges.equal))) { .both(numbers.map(NumberRanges.different)) }
        return .typed(.number, [.number(texts, isNegative: false)])
    }
}
