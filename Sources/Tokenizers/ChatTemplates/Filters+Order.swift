/// The filters that compare items with one another. Strings are compared without case unless told otherwise.
extension Filters {
    static let order: [String: Routine] = [
        "sort": Routine("reverse case_sensitive attribute") { renderer, value, arguments in
            let isReversed = try arguments[0].map(renderer.isTrue) ?? false
            let paths = try attributes(arguments.given(2), renderer)
            return try .list(
                sorted(renderer.iterate(value), isReversed: isReversed, renderer) { item in
                    try .list(paths.map { try key(item, $0, arguments[1], renderer) })
                }
            )
        },
        "dictsort": Routine("case_sensitive by reverse") { renderer, value, arguments in
            guard case .mapping(let mapping) = value else { throw TemplateFault("dictsort needs a mapping") }
            let by = try arguments.text(1) ?? Text("key")
            guard by == Text("key") || by == Text("value") else { throw TemplateFault("dictsort by 'key' or 'value'") }
            let path = [PythonValue.integer(by == Text("key") ? 0 : 1)]
            let isReversed = try arguments[2].map(renderer.isTrue) ?? false
            return try .list(
                sorted(mapping.items(), isReversed: isReversed, renderer) { try key($0, path, arguments[0], renderer) }
            )
        },
        "unique": Routine("case_sensitive attribute") { renderer, value, arguments in
            let path = arguments.given(1).map(renderer.path) ?? []
            var seen: Set<PythonValue> = []
            let items = try renderer.iterate(value).filter { item in
                let key = try key(item, path, arguments[0], renderer)
                guard key.isHashable else { throw TemplateFault("unhashable type: '\(key.typeName)'") }
                try renderer.charge(key.weight)
                return seen.insert(key).inserted
            }
            return try renderer.iterator(items)
        },
        "min": Routine("case_sensitive attribute") { renderer, value, arguments in
            try extreme(value, arguments, renderer) { try PythonValue.isLess($0, $1) }
        },
        "max": Routine("case_sensitive attribute") { renderer, value, arguments in
            try extreme(value, arguments, renderer) { try PythonValue.isLess($1, $0) }
        },
    ]

    /// What an item is compared by.
    private static func key(
        _ item: PythonValue,
        _ path: [PythonValue],
        _ isCaseSensitive: PythonValue?,
        _ renderer: TemplateRenderer
    ) throws -> PythonValue {
        let value = try renderer.follow(path, from: item)
        guard case .string(let text) = value, try !(isCaseSensitive.map(renderer.isTrue) ?? false) else { return value }
        try renderer.charge(text.count)
        return .string(text.lowercased())
    }

    /// `"name,address.city"` as paths; one empty path for the item itself.
    private static func attributes(_ attribute: PythonValue?, _ renderer: TemplateRenderer) throws -> [[PythonValue]] {
        guard let attribute else { return [[]] }
        guard case .string(let text) = attribute else { return [renderer.path(attribute)] }
        return text.split(at: [","]).map { renderer.path(.string($0)) }
    }

    /// A stable sort, ascending or descending.
    private static func sorted(
        _ items: [PythonValue],
        isReversed: Bool,
        _ renderer: TemplateRenderer,
        by key: (PythonValue) throws -> PythonValue
    ) throws -> [PythonValue] {
        let keyed = try items.enumerated().map { (offset: $0, item: $1, key: try key($1)) }
        return try keyed.sorted { first, second in
            try renderer.charge(8 + min(first.key.weight, second.key.weight))
            let (low, high) = isReversed ? (second, first) : (first, second)
            if try PythonValue.isLess(low.key, high.key) { return true }
            return try first.offset < second.offset && !PythonValue.isLess(high.key, low.key)
        }
        .map(\.item)
    }

    private static func extreme(
        _ value: PythonValue,
        _ arguments: Arguments,
        _ renderer: TemplateRenderer,
        isBetter: (PythonValue, PythonValue) throws -> Bool
    ) throws -> PythonValue {
        let path = arguments.given(1).map(renderer.path) ?? []
        var best: (item: PythonValue, key: PythonValue)?
        for item in try renderer.iterate(value) {
            let key = try key(item, path, arguments[0], renderer)
            try renderer.charge(8 + min(key.weight, best?.key.weight ?? 0))
            if let best, try !isBetter(key, best.key) { continue }
            best = (item, key)
        }
        return best?.item ?? .undefined(because: "No aggregated item, sequence was empty.")
    }
}
