import Common

extension PythonValue {
    init(_ json: JSONValue) throws {
        switch json {
        case .null: self = .none
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .float(value)
        case .string(let text): self = .string(Text(text))
        case .array(let items): self = try .list(items.map { try PythonValue($0) })
        case .object(let members):
            self = try .mapping(members.map { (.string(Text($0.key)), try PythonValue($0.value)) })
        }
    }
}

/// `json.dumps` with the options that transformers gives to the filter `tojson`.
struct JSONDump {
    var isASCII = false
    var sortsKeys = false
    /// What a level is indented by; nil for a single line.
    var indent: Text?
    var itemSeparator = Text(", ")
    var keySeparator = Text(": ")
    /// Code points that the text may have.
    var limit: Int
    private(set) var text: Text = []

    init(limit: Int) { self.limit = limit }

    mutating func write(_ value: PythonValue, level: Int = 0) throws {
        switch value {
        case .none: text += Text("null")
        case .boolean(let value): text += Text(value ? "true" : "false")
        case .integer(let value): text += Text(String(value))
        case .float(let value): text += Self.float(value)
        case .string(let string): quote(string)
        case .sequence(let sequence) where sequence.kind == .list || sequence.kind == .tuple:
            try list("[", "]", sequence.items, level: level) { try $0.write($1, level: level + 1) }
        case .mapping(let mapping):
            var keys = mapping.keys
            if sortsKeys { try keys.sort { try PythonValue.isLess($0, $1) } }
            try list("{", "}", keys, level: level) { dump, key in
                dump.quote(try Self.key(key))
                dump.text += dump.keySeparator
                try dump.write(mapping[key] ?? .none, level: level + 1)
            }
        default: throw TemplateFault("an object of type \(value.typeName) is not JSON serializable")
        }
        guard text.count <= limit else { throw TemplateFault("tojson writes more than \(limit) characters") }
    }

    private mutating func list(
        _ open: Unicode.Scalar,
        _ close: Unicode.Scalar,
        _ items: [PythonValue],
        level: Int,
        write: (inout JSONDump, PythonValue) throws -> Void
    ) throws {
        text.append(open)
        for (index, item) in items.enumerated() {
            if index > 0 { text += itemSeparator }
            try breakLine(level + 1)
            try write(&self, item)
        }
        if !items.isEmpty { try breakLine(level) }
        text.append(close)
    }

    private mutating func breakLine(_ level: Int) throws {
        guard let indent else { return }
        guard indent.count <= limit / max(1, level) else { throw TemplateFault("tojson indents by \(indent.count)") }
        text += ["\n"] + indent.repeated(level)
    }

    private static func float(_ value: Double) -> Text {
        if value.isNaN { return Text("NaN") }
        if value.isInfinite { return Text(value < 0 ? "-Infinity" : "Infinity") }
        return Text(PythonNumber.repr(value))
    }

    private static func key(_ key: PythonValue) throws -> Text {
        switch key {
        case .string(let text): return text
        case .none: return Text("null")
        case .boolean(let value): return Text(value ? "true" : "false")
        case .integer(let value): return Text(String(value))
        case .float(let value): return float(value)
        default: throw TemplateFault("a key of JSON cannot be of type \(key.typeName)")
        }
    }

    private static let escapes: [Unicode.Scalar: String] = [
        "\"": "\\\"", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u{8}": "\\b", "\u{C}": "\\f",
    ]

    private mutating func quote(_ string: Text) {
        text.append("\"")
        for scalar in string {
            if let escape = Self.escapes[scalar] {
                text += Text(escape)
            } else if scalar.value < 0x20 || isASCII && scalar.value > 0x7E {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    text += Text("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
                }
            } else {
                text.append(scalar)
            }
        }
        text.append("\"")
    }
}
