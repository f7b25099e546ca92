extension Filters {
    static let sequences: [String: Routine] = [
        "length": Routine("", length),
        "count": Routine("", length),
        "list": Routine { renderer, value, _ in try .list(renderer.iterate(value)) },
        "items": Routine { renderer, value, _ in
            if value.isUndefined { return try renderer.iterator([]) }
            guard case .mapping(let mapping) = value else { throw TemplateFault("only a mapping has item pairs") }
            try renderer.charge(8 * mapping.keys.count)
            return try renderer.iterator(mapping.items())
        },
        "default": Routine("default_value boolean", or),
        "d": Routine("default_value boolean", or),
        "first": Routine { renderer, value, _ in
            if case .iterator(let place) = value, let first = renderer.iterators[place].popLast() { return first }
            if case .sequence(let sequence) = value, let first = sequence.items.first { return first }
            return try renderer.iterate(value).first ?? .undefined(because: "No first item, sequence was empty.")
        },
        "last": Routine { renderer, value, _ in
            if case .iterator = value { throw TemplateFault("'generator' object is not reversible") }
            if case .sequence(let sequence) = value, let last = sequence.items.last { return last }
            return try renderer.iterate(value).last ?? .undefined(because: "No last item, sequence was empty.")
        },
        "reverse": Routine { renderer, value, _ in
            if case .string(let text) = value {
                try renderer.charge(text.count)
                return .string(text.reversed())
            }
            let items = Array(try renderer.iterate(value).reversed())
            if case .iterator = value { return try .list(items) }
            return try renderer.iterator(items)
        },
        "join": Routine("d attribute") { renderer, value, arguments in
            let path = arguments.given(1).map(renderer.path) ?? []
            let parts = try renderer.iterate(value).map { item -> Text in
                try renderer.str(renderer.follow(path, from: item))
            }
            return try renderer.concatenate(parts, separator: renderer.str(arguments[0] ?? .string("")))
        },
        "batch": Routine("linecount fill_with", required: 1) { renderer, value, arguments in
            let size = try arguments.integer(0) ?? 0
            var rows: [[PythonValue]] = []
            for item in try renderer.iterate(value) {
                if rows.isEmpty || rows[rows.count - 1].count == size { rows.append([]) }
                rows[rows.count - 1].append(item)
            }
            // Where no row can have the wanted size, all items are in one; Python has an empty one before it.
            if size == 0, !rows.isEmpty { rows.insert([], at: 0) }
            if let fill = arguments.given(1), let last = rows.last, last.count < size {
                try renderer.reserve(4, times: size)
                rows[rows.count - 1] += Array(repeating: fill, count: size - last.count)
            }
            return try renderer.iterator(rows.map { try .list($0) })
        },
        "sum": Routine("attribute start") { renderer, value, arguments in
            let path = arguments.given(0).map(renderer.path) ?? []
            return try renderer.iterate(value).reduce(arguments[1] ?? .integer(0)) {
                try renderer.arithmetic("+", $0, renderer.follow(path, from: $1))
            }
        },
    ]

    private static func length(
        _ renderer: TemplateRenderer,
        _ value: PythonValue,
        _ arguments: Arguments
    ) throws -> PythonValue {
        switch value {
        case .undefined: return .integer(0)
        case .string(let text): return .integer(text.count)
        case .sequence(let sequence): return .integer(sequence.items.count)
        case .mapping(let mapping): return .integer(mapping.keys.count)
        case .loop: return try renderer.attribute(Text("length"), of: value)
        default: throw TemplateFault("object of type '\(value.typeName)' has no len()")
        }
    }

    private static func or(
        _ renderer: TemplateRenderer,
        _ value: PythonValue,
        _ arguments: Arguments
    ) throws -> PythonValue {
        let isForFalse = try arguments[1].map(renderer.isTrue) ?? false
        let isMissing = try value.isUndefined || isForFalse && !renderer.isTrue(value)
        return isMissing ? arguments[0] ?? .string("") : value
    }
}

/// Paths such as `function.arguments.0`.
extension TemplateRenderer {
    func path(_ attribute: PythonValue) -> [PythonValue] {
        guard case .string(let text) = attribute else { return [attribute] }
        return text.split(at: ["."]).map { part in
            let isNumber = !part.isEmpty && part.allSatisfy(\.isASCIIDigit)
            return isNumber ? (Int(part.string)).map { .integer($0) } ?? .string(part) : .string(part)
        }
    }

    func follow(
        _ path: [PythonValue],
        from value: PythonValue,
        default: PythonValue? = nil
    ) throws -> PythonValue {
        try path.reduce(value) { value, key in
            let item = try item(key, of: value)
            return item.isUndefined ? `default` ?? item : item
        }
    }
}
