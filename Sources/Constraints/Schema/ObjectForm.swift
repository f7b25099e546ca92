import Common

/// The objects of one case: named properties in order, then properties by classes of keys.
struct ObjectForm {
    struct Property {
        var name: Name
        var condition: Condition
        var isRequired: Bool
    }

    /// Keys without a name in the schema that are all treated alike.
    struct KeyClass {
        /// The inside of their canonical spelling.
        var keys: Language
        var condition: Condition
    }

    var properties: [Property] = []
    var classes: [KeyClass] = []
    /// Where a property without a name must exist: the last one.
    var witnesses: [KeyClass]?
    var count = Bounds.any
}

extension SchemaCompiler {
    /// Merges what holds together; empty where it contradicts itself. A property that must exist under a key that is not
    /// named may be any of the named ones or another one: each is a form.
    func objectForms(_ assertions: Case) throws -> [ObjectForm] {
        let assertions = try assertions.map(onKeys)
        guard let place = assertions.firstIndex(where: { if case .someKey = $0 { true } else { false } }),
            case .someKey(let keys, let condition) = assertions[place]
        else { return try objectForm(assertions, witness: nil).map { [$0] } ?? [] }
        var others = assertions
        others.remove(at: place)
        let named = Self.names(assertions).filter { matches($0, keys) }.map { name in
            others + [.has(name), .property(name, condition)]
        }
        let isNamed = !keys.isComplement && keys.patterns.isEmpty
        var forms = try named.flatMap(objectForms)
        if !isNamed {
            guard !others.contains(where: { if case .someKey = $0 { true } else { false } }) else {
                throw CinnabarError(
                    .unsupported,
                    "JSON Schema: two negated demands on unnamed properties of one object are not supported"
                )
            }
            if let form = try objectForm(others, witness: (keys, condition)) { forms.append(form) }
        }
        return forms
    }

    /// Demands on keys as strings are demands on the values of the keys that fail them.
    private func onKeys(_ assertion: Assertion) throws -> Assertion {
        switch assertion {
        case .keyNames(let condition):
            return .keys(KeySet(patterns: [try keyTexts(condition)], isComplement: true), .never)
        case .someKeyName(let condition): return .someKey(KeySet(patterns: [try keyTexts(condition)]), .always)
        default: return assertion
        }
    }

    private func keyTexts(_ condition: Condition) throws -> Texts {
        if let known = keyTexts[condition] { return known }
        func inside(_ condition: Condition) throws -> Language {
            .both([JSONText.canonicalInside, try keys(condition)])
        }
        let others = try inside(negated(condition))
        let texts = Texts(try inside(condition)) { others }
        keyTexts[condition] = texts
        return texts
    }

    private static func names(_ assertions: Case) -> [Name] {
        var (properties, others) = ([Name](), [Name]())
        for assertion in assertions {
            switch assertion {
            case .property(let name, _): properties.append(name)
            case .has(let name), .lacks(let name): others.append(name)
            case .keys(let keys, _), .someKey(let keys, _): others += keys.names
            default: break
            }
        }
        var seen: Set<Name> = []
        return (properties + others).filter { seen.insert($0).inserted }
    }

    private func matches(_ name: Name, _ keys: KeySet) -> Bool {
        if keys.names.contains(name) { return !keys.isComplement }
        return keys.patterns.contains { $0.contains(JSONText.inside(name), builder.probe) } != keys.isComplement
    }

    private func objectForm(_ assertions: Case, witness: (keys: KeySet, condition: Condition)?) throws -> ObjectForm? {
        var form = ObjectForm()
        var conditions: [Name: [Condition]] = [:]
        var (required, forbidden) = (Set<Name>(), Set<Name>())
        var demands: [(keys: KeySet, condition: Condition)] = []
        for assertion in assertions {
            switch assertion {
            case .has(let name): required.insert(name)
            case .lacks(let name): forbidden.insert(name)
            case .property(let name, let condition): conditions[name, default: []].append(condition)
            case .keys(let keys, let condition):
                if try resolved(condition) != .always { demands.append((keys, condition)) }
            case .propertyCount(let bounds): form.count = form.count.intersection(bounds)
            default: break
            }
        }
        let names = Self.names(assertions + (witness.map { [.someKey($0.keys, $0.condition)] } ?? []))
        for name in names where !forbidden.contains(name) {
            let condition = Condition.conjunction(
                (conditions[name] ?? []) + demands.filter { matches(name, $0.keys) }.map(\.condition)
            )
            if required.contains(name) {
                if try isEmpty(condition) { return nil }
            } else if try resolved(condition) == .never {
                continue
            }
            form.properties.append(.init(name: name, condition: condition, isRequired: required.contains(name)))
        }
        guard required.isDisjoint(with: forbidden), !form.count.isEmpty else { return nil }
        try addClasses(&form, names, demands, witness)
        if let witnesses = form.witnesses, witnesses.isEmpty { return nil }
        let least = required.count + (witness == nil ? 0 : 1)
        if let maximum = form.count.maximum, maximum < least { return nil }
        if form.classes.isEmpty, form.witnesses == nil, form.properties.count < form.count.minimum { return nil }
        if least >= form.count.minimum { form.count.minimum = 0 }
        return form
    }

    /// Most patterns of one object.
    private static let patternLimit = 16

    /// Divides the keys that are not named by which of the patterns they match.
    private func addClasses(
        _ form: inout ObjectForm,
        _ names: [Name],
        _ demands: [(keys: KeySet, condition: Condition)],
        _ witness: (keys: KeySet, condition: Condition)?
    ) throws {
        var patterns: [Texts] = []
        for pattern in demands.flatMap(\.keys.patterns) + (witness?.keys.patterns ?? [])
        where !patterns.contains(pattern) { patterns.append(pattern) }
        guard patterns.count <= Self.patternLimit else {
            throw CinnabarError(
                .unsupported,
                "JSON Schema: more than \(Self.patternLimit) patterns for the keys of one object are not supported"
            )
        }
        func isIn(_ keys: KeySet, _ matched: Set<Texts>) -> Bool {
            keys.patterns.contains { matched.contains($0) } != keys.isComplement
        }
        let unnamed = Language.except(.literals(names.map { JSONText.inside($0) }))
        // Depth first over the patterns: a key matches one or it does not.
        var found: [(condition: Condition, isWitness: Bool, keys: [Language])] = []
        func divide(_ index: Int, _ keys: [Language], _ matched: Set<Texts>) throws {
            try step()
            guard index < patterns.count else {
                let keys = Language.both(keys.isEmpty ? [JSONText.canonicalInside, unnamed] : keys + [unnamed])
                let condition = Condition.conjunction(demands.filter { isIn($0.keys, matched) }.map(\.condition))
                guard try !isEmpty(condition) else { return }
                let isWitness = witness.map { isIn($0.keys, matched) } ?? false
                if let place = found.firstIndex(where: { $0.condition == condition && $0.isWitness == isWitness }) {
                    found[place].keys.append(keys)
                } else {
                    found.append((condition, isWitness, [keys]))
                }
                return
            }
            let pattern = patterns[index]
            for (language, matched) in [
                (pattern.positive, matched.union([pattern])), (pattern.negative ?? .nothing, matched),
            ] {
                let keys = keys + [language]
                if !builder.probe.isEmpty(.both(keys + [unnamed])) { try divide(index + 1, keys, matched) }
            }
        }
        try divide(0, [], [])
        form.classes = found.map { .init(keys: .either($0.keys), condition: $0.condition) }
        if let witness {
            form.witnesses = try found.filter(\.isWitness).map {
                .init(keys: .either($0.keys), condition: .conjunction([$0.condition, witness.condition]))
            }.filter { try !isEmpty($0.condition) }
        }
    }
}
