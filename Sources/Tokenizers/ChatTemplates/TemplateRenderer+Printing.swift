extension TemplateRenderer {
    /// `str(value)`, which is what `{{ }}` writes.
    func str(_ value: PythonValue) throws -> Text {
        switch value {
        case .undefined: return []
        case .string(let text): return text
        default: return try repr(value)
        }
    }

    func repr(_ value: PythonValue) throws -> Text {
        try charge(value.weight)
        var text: Text = []
        try repr(value, &text)
        return text
    }

    private func repr(_ value: PythonValue, _ text: inout Text) throws {
        switch value {
        case .undefined: text += Text("Undefined")
        case .none: text += Text("None")
        case .boolean(let value): text += Text(value ? "True" : "False")
        case .integer(let value): text += Text(String(value))
        case .float(let value): text += Text(PythonNumber.repr(value))
        case .string(let string): Self.quote(string, &text)
        case .sequence(let sequence): try repr(sequence, &text)
        case .mapping(let mapping):
            text.append("{")
            for (index, (key, value)) in zip(mapping.keys, mapping.values).enumerated() {
                if index > 0 { text += Text(", ") }
                try repr(key, &text)
                text += Text(": ")
                try repr(value, &text)
            }
            text.append("}")
        case .macro(let place):
            text += Text("<Macro ")
            Self.quote(macros[place].macro.name, &text)
            text.append(">")
        default: throw TemplateFault.unsupported("a \(value.typeName) object has no text that could be printed")
        }
    }

    private func repr(_ sequence: PythonSequence, _ text: inout Text) throws {
        if sequence.kind == .range, let first = sequence.items.first?.integer, let last = sequence.items.last?.integer {
            let step = sequence.items.count > 1 ? (sequence.items[1].integer ?? 0) - first : 1
            text += Text("range(\(first), \(last + step)" + (step == 1 ? ")" : ", \(step))"))
            return
        }
        let open: String =
            switch sequence.kind {
            case .list: "["
            case .tuple: "("
            case .range: "range(0, 0"
            case .keys, .values, .items: sequence.kind.rawValue + "(["
            }
        text += Text(open)
        for (index, item) in sequence.items.enumerated() {
            if index > 0 { text += Text(", ") }
            try repr(item, &text)
        }
        switch sequence.kind {
        case .list: text.append("]")
        case .tuple: text += Text(sequence.items.count == 1 ? ",)" : ")")
        case .range: text.append(")")
        case .keys, .values, .items: text += Text("])")
        }
    }

    private static let escapes: [Unicode.Scalar: String] = ["\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"]

    /// A string as Python's source has it, in single quotes where possible.
    private static func quote(_ string: Text, _ text: inout Text) {
        let quote: Unicode.Scalar = string.contains("'") && !string.contains("\"") ? "\"" : "'"
        text.append(quote)
        for scalar in string {
            if let escape = escapes[scalar] {
                text += Text(escape)
            } else if scalar == quote {
                text += ["\\", quote]
            } else if scalar.isPythonPrintable {
                text.append(scalar)
            } else {
                let (letter, length) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                let digits = String(scalar.value, radix: 16)
                text += Text("\\" + letter + String(repeating: "0", count: length - digits.count) + digits)
            }
        }
        text.append(quote)
    }
}
