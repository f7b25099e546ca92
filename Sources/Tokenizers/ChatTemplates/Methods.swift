/// The methods of Python's types, by the name of the type and of the method.
enum Methods {
    static let tables: [String: [Text: Routine]] = [
        "str": Routine.table(parts, searches, cases),
        "dict": Routine.table(mappings),
        "list": Routine.table(sequences),
        "tuple": Routine.table(sequences),
        "float": Routine.table([
            "is_integer": Routine { _, value, _ in .boolean(value.double.map { $0 == $0.rounded() } ?? false) }
        ]),
        "LoopContext": Routine.table([
            "cycle": Routine(anyArguments: { renderer, value, arguments in
                guard case .loop(let place) = value else { return .none }
                return try renderer.cycle(place, arguments.positional)
            }),
            "changed": Routine(anyArguments: { renderer, value, arguments in
                guard case .loop(let place) = value else { return .none }
                return try renderer.changed(place, arguments.positional)
            }),
        ]),
    ]

    /// All public attributes of the types, those included that are not supported: they hide keys of the same name.
    static let names: [String: Set<Text>] = [
        "str": """
        capitalize casefold center count encode endswith expandtabs find format format_map index isalnum isalpha \
        isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower \
        lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split \
        splitlines startswith strip swapcase title translate upper zfill
        """,
        "dict": "clear copy fromkeys get items keys pop popitem setdefault update values",
        "list": "append clear copy count extend index insert pop remove reverse sort",
        "tuple": "count index",
        "range": "count index start step stop",
        "int": "as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag numerator real to_bytes",
        "bool": "as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag numerator real to_bytes",
        "float": "as_integer_ratio conjugate fromhex hex imag is_integer real",
        "dict_keys": "isdisjoint mapping",
        "dict_items": "isdisjoint mapping",
        "dict_values": "mapping",
    ]
    .mapValues { Set($0.split(separator: " ").map { Text(String($0)) }) }

    /// Those that change a list or a dictionary.
    static let mutating = Set(
        "append clear extend insert pop popitem remove reverse setdefault sort update".split(separator: " ").map {
            Text(String($0))
        }
    )

    private static let mappings: [String: Routine] = [
        "get": Routine("key default", required: 1) { renderer, value, arguments in
            guard case .mapping(let mapping) = value, let key = arguments[0] else { return .none }
            guard key.isHashable else { throw TemplateFault("unhashable type: '\(key.typeName)'") }
            try renderer.charge(key.weight)
            return mapping[key] ?? arguments[1] ?? .none
        },
        "keys": view(.keys) { $0.keys },
        "values": view(.values) { $0.values },
        "items": view(.items) { try $0.items() },
        "copy": Routine { _, value, _ in value },
    ]

    private static func view(
        _ kind: PythonSequence.Kind,
        _ items: @escaping @Sendable (PythonMapping) throws -> [PythonValue]
    ) -> Routine {
        Routine { renderer, value, _ in
            guard case .mapping(let mapping) = value else { return .none }
            try renderer.charge(8 * mapping.keys.count)
            return .sequence(try PythonSequence(kind, items(mapping)))
        }
    }

    private static let sequences: [String: Routine] = [
        "count": Routine("value", required: 1) { renderer, value, arguments in
            try renderer.charge(value.weight)
            return .integer(try renderer.iterate(value).count { $0 == arguments[0] })
        },
        "index": Routine("value start stop", required: 1) { renderer, value, arguments in
            try renderer.charge(value.weight)
            let items = try renderer.iterate(value)
            let range = Text.range(try arguments.integer(1), try arguments.integer(2), count: items.count)
            guard let index = range?.first(where: { items[$0] == arguments[0] }) else {
                throw TemplateFault("the value is not in the \(value.typeName)")
            }
            return .integer(index)
        },
        "copy": Routine { _, value, _ in value },
    ]
}

extension Text {
    /// What Python's `start` and `stop` mean in a string or list of `count` items; nil where they enclose nothing.
    static func range(_ start: Int?, _ stop: Int?, count: Int) -> Range<Int>? {
        func place(_ bound: Int) -> Int { bound < 0 ? Swift.max(0, bound + count) : bound }
        let (start, stop) = (place(start ?? 0), Swift.min(count, place(stop ?? count)))
        return start <= stop ? start..<stop : nil
    }
}
