/// A value with Python's semantics. What can change or be used up (namespaces, loops, iterators) and macros are places in the
/// renderer's tables, so that values cannot form cycles.
enum PythonValue: Sendable {
    /// Jinja's undefined, with what an attempt to use it is answered.
    case undefined(Text)
    case none
    case boolean(Bool)
    case integer(Int)
    case float(Double)
    case string(Text)
    case sequence(PythonSequence)
    case mapping(PythonMapping)
    case iterator(Int)
    case namespace(Int)
    case loop(Int)
    case macro(Int)
    case function(Text)
    indirect case method(PythonValue, Text)

    static func string(_ text: String) -> PythonValue { .string(Text(text)) }
    static func undefined(because reason: String) -> PythonValue { .undefined(Text(reason)) }

    static func list(_ items: [PythonValue]) throws -> PythonValue { .sequence(try PythonSequence(.list, items)) }
    static func tuple(_ items: [PythonValue]) throws -> PythonValue { .sequence(try PythonSequence(.tuple, items)) }
    static func mapping(_ pairs: [(key: PythonValue, value: PythonValue)]) throws -> PythonValue {
        .mapping(try PythonMapping(pairs))
    }

    /// What a walk over all of it costs: code points and items.
    var weight: Int {
        switch self {
        case .string(let text): text.count + 1
        case .sequence(let sequence): sequence.weight
        case .mapping(let mapping): mapping.weight
        case .method(let receiver, _): receiver.weight
        default: 1
        }
    }

    /// How deep containers stand in one another here.
    var depth: Int {
        switch self {
        case .sequence(let sequence): sequence.depth
        case .mapping(let mapping): mapping.depth
        case .method(let receiver, _): receiver.depth
        default: 0
        }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }
    var isString: Bool { if case .string = self { true } else { false } }

    /// The text of a string.
    var text: Text? { if case .string(let text) = self { text } else { nil } }

    /// An integer, or a boolean as one.
    var integer: Int? {
        switch self {
        case .integer(let value): value
        case .boolean(let value): value ? 1 : 0
        default: nil
        }
    }

    /// A number of any kind as a float.
    var double: Double? {
        if case .float(let value) = self { value } else { integer.map(Double.init) }
    }

    /// The name of the Python type, as its error messages have it.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .boolean: "bool"
        case .integer: "int"
        case .float: "float"
        case .string: "str"
        case .sequence(let sequence): sequence.kind.rawValue
        case .mapping: "dict"
        case .iterator: "generator"
        case .namespace: "Namespace"
        case .loop: "LoopContext"
        case .macro: "Macro"
        case .function: "function"
        case .method: "builtin_function_or_method"
        }
    }
}

/// A list, or what stands in for one. Immutable, as everything is in Jinja's sandbox.
final class PythonSequence: Sendable {
    /// Raw values are the names of the Python types.
    enum Kind: String {
        case list, tuple, range
        case keys = "dict_keys"
        case values = "dict_values"
        case items = "dict_items"

        /// Whether it can be indexed, which a view of a dictionary cannot.
        var isIndexed: Bool { self == .list || self == .tuple || self == .range }
    }

    let kind: Kind
    let items: [PythonValue]
    let weight: Int
    let depth: Int

    init(_ kind: Kind, _ items: [PythonValue]) throws {
        self.kind = kind
        self.items = items
        (weight, depth) = try Self.measure(items)
    }

    static func measure(_ items: [PythonValue]...) throws -> (weight: Int, depth: Int) {
        var weight = 1
        var depth = 0
        for item in items.joined() {
            let (sum, overflow) = weight.addingReportingOverflow(item.weight)
            weight = overflow ? .max : sum
            depth = max(depth, item.depth)
        }
        let limit = TemplateLimits.standard.containers
        guard depth < limit else { throw TemplateFault("containers are nested deeper than \(limit)") }
        return (weight, depth + 1)
    }
}

/// A dictionary in the order of insertion.
final class PythonMapping: Sendable {
    let keys: [PythonValue]
    let values: [PythonValue]
    let weight: Int
    let depth: Int
    private let places: [PythonValue: Int]

    /// A later pair with an equal key replaces the value of the earlier one.
    init(_ pairs: [(key: PythonValue, value: PythonValue)]) throws {
        var keys: [PythonValue] = []
        var values: [PythonValue] = []
        var places: [PythonValue: Int] = [:]
        for (key, value) in pairs {
            guard key.isHashable else { throw TemplateFault("unhashable type: '\(key.typeName)'") }
            if let place = places[key] {
                values[place] = value
            } else {
                places[key] = keys.count
                keys.append(key)
                values.append(value)
            }
        }
        (self.keys, self.values, self.places) = (keys, values, places)
        (weight, depth) = try PythonSequence.measure(keys, values)
    }

    subscript(key: PythonValue) -> PythonValue? {
        guard key.isHashable else { return nil }
        return places[key].map { values[$0] }
    }

    func items() throws -> [PythonValue] { try zip(keys, values).map { try .tuple([$0, $1]) } }
}
