/// What can stand behind `is`, and in `select` and its kin.
enum Tests {
    static let table = Routine.table(kinds, numbers, comparisons)

    private static func test(_ holds: @escaping @Sendable (PythonValue) -> Bool) -> Routine {
        Routine { _, value, _ in .boolean(holds(value)) }
    }

    private static let kinds: [String: Routine] = [
        "defined": test { !$0.isUndefined },
        "undefined": test { $0.isUndefined },
        "none": test { if case .none = $0 { true } else { false } },
        "boolean": test { if case .boolean = $0 { true } else { false } },
        "true": test { if case .boolean(true) = $0 { true } else { false } },
        "false": test { if case .boolean(false) = $0 { true } else { false } },
        "integer": test { if case .integer = $0 { true } else { false } },
        "float": test { if case .float = $0 { true } else { false } },
        "number": test { $0.double != nil },
        "string": test { $0.isString },
        "mapping": test { if case .mapping = $0 { true } else { false } },
        "sequence": test { value in
            switch value {
            case .string, .mapping, .undefined: true
            case .sequence(let sequence): sequence.kind.isIndexed
            default: false
            }
        },
        "iterable": test { value in
            switch value {
            case .string, .mapping, .undefined, .sequence, .iterator, .loop: true
            default: false
            }
        },
        "callable": test { value in
            switch value {
            case .macro, .function, .method, .undefined, .loop: true
            default: false
            }
        },
        "escaped": test { _ in false },
        "filter": test { value in value.text.map { Filters.table[$0] != nil } ?? false },
        "test": test { value in value.text.map { table[$0] != nil } ?? false },
        "lower": Routine { renderer, value, _ in
            .boolean(try renderer.str(value).isAll { $0.isLowercase })
        },
        "upper": Routine { renderer, value, _ in
            .boolean(try renderer.str(value).isAll { $0.isUppercase })
        },
    ]

    private static let numbers: [String: Routine] = [
        "odd": Routine { renderer, value, _ in
            .boolean(try renderer.arithmetic("%", value, .integer(2)) == .integer(1))
        },
        "even": Routine { renderer, value, _ in
            .boolean(try renderer.arithmetic("%", value, .integer(2)) == .integer(0))
        },
        "divisibleby": Routine("num", required: 1) { renderer, value, arguments in
            .boolean(try renderer.arithmetic("%", value, arguments[0] ?? .none) == .integer(0))
        },
    ]

    private static func comparison(_ sign: String) -> Routine {
        Routine("other", required: 1) { renderer, value, arguments in
            .boolean(try renderer.compare(sign, value, arguments[0] ?? .none))
        }
    }

    private static let comparisons: [String: Routine] = {
        let names = [
            "==": ["==", "eq", "equalto"], "!=": ["!=", "ne"], "<": ["<", "lt", "lessthan"], "<=": ["<=", "le"],
            ">": [">", "gt", "greaterthan"], ">=": [">=", "ge"], "in": ["in"],
        ]
        var table: [String: Routine] = [
            // Identity, which is observable for what has no other copies.
            "sameas": Routine("other", required: 1) { renderer, value, arguments in
                let other = arguments[0] ?? .none
                return .boolean(try value.typeName == other.typeName && renderer.compare("==", value, other))
            }
        ]
        for (sign, names) in names {
            for name in names { table[name] = comparison(sign) }
        }
        return table
    }()
}
