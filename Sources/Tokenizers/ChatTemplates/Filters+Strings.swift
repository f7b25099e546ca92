extension Filters {
    static let strings: [String: Routine] = [
        "string": text { $0 },
        "safe": text { $0 },
        "upper": text { $0.uppercased() },
        "lower": text { $0.lowercased() },
        "capitalize": text { $0.capitalized() },
        "title": text(title),
        "trim": Routine("chars") { renderer, value, arguments in
            .string(try renderer.str(value).stripped(of: arguments.text(0)))
        },
        "replace": Routine("old new count", required: 2) { renderer, value, arguments in
            let (old, new) = (try renderer.str(arguments[0] ?? .none), try renderer.str(arguments[1] ?? .none))
            return try replace(try renderer.str(value), old, new, arguments.limit(2), renderer)
        },
        "indent": Routine("width first blank", indent),
        "center": Routine("width") { renderer, value, arguments in
            let text = try renderer.str(value)
            return try pad(text, to: arguments.integer(0) ?? 80, isCentered: true, renderer: renderer)
        },
        "format": Routine(anyArguments: { renderer, value, arguments in
            guard arguments.keywords.isEmpty else {
                throw TemplateFault.unsupported("the filter 'format' with keyword arguments")
            }
            return .string(try renderer.format(renderer.str(value), arguments.positional.compactMap { $0 }))
        }),
        "tojson": Routine("ensure_ascii indent separators sort_keys") { renderer, value, arguments in
            .string(try json(value, arguments, renderer))
        },
    ]

    private static func text(_ change: @escaping @Sendable (Text) -> Text) -> Routine {
        Routine { renderer, value, _ in
            let text = try renderer.str(value)
            try renderer.charge(text.count)
            return .string(change(text))
        }
    }

    /// Jinja's own idea of a title: a capital behind blanks, hyphens and opening brackets.
    private static func title(_ text: Text) -> Text {
        var isFirst = true
        return text.flatMap { scalar -> Text in
            let isBreak = scalar.isPythonSpace || Text("-({[<").contains(scalar)
            defer { isFirst = isBreak }
            return isFirst && !isBreak ? Text([scalar]).uppercased() : Text([scalar]).lowercased()
        }
    }

    static func replace(
        _ text: Text,
        _ old: Text,
        _ new: Text,
        _ limit: Int,
        _ renderer: TemplateRenderer
    ) throws -> PythonValue {
        try renderer.charge(text.count + old.count)
        let count = text.places(of: old, limit: limit).count
        try renderer.reserve(new.count, times: count)
        return .string(text.replacing(old, with: new, limit: limit))
    }

    /// Blanks around a text, more of them on the left where their number is odd and the width as well.
    static func pad(
        _ text: Text,
        to width: Int,
        with fill: Unicode.Scalar = " ",
        isCentered: Bool = false,
        isRight: Bool = false,
        renderer: TemplateRenderer
    ) throws -> PythonValue {
        guard width > text.count else { return .string(text) }
        try renderer.reserve(width)
        let space = width - text.count
        let left = isCentered ? space / 2 + (space & width & 1) : isRight ? space : 0
        return .string([fill].repeated(left) + text + [fill].repeated(space - left))
    }

    private static func indent(
        _ renderer: TemplateRenderer,
        _ value: PythonValue,
        _ arguments: Arguments
    ) throws -> PythonValue {
        guard case .string(let text) = value else { throw TemplateFault("cannot indent '\(value.typeName)'") }
        let width: Text
        if case .string(let prefix)? = arguments[0] {
            width = prefix
        } else {
            let count = try arguments.integer(0) ?? 4
            try renderer.reserve(count)
            width = [" "].repeated(count)
        }
        let isFirst = try arguments[1].map(renderer.isTrue) ?? false
        let isBlank = try arguments[2].map(renderer.isTrue) ?? false
        let lines = (text + ["\n"]).lines()
        try renderer.charge(text.count)
        try renderer.reserve(width.count + 1, times: lines.count)
        let indented = lines.enumerated().map { index, line in
            index == 0 ? (isFirst ? width + line : line) : isBlank || !line.isEmpty ? width + line : line
        }
        return .string(["\n"].joining(indented))
    }

    private static func json(
        _ value: PythonValue,
        _ arguments: Arguments,
        _ renderer: TemplateRenderer
    ) throws -> Text {
        try renderer.charge(value.weight)
        var dump = JSONDump(limit: renderer.limits.output)
        dump.isASCII = try arguments[0].map(renderer.isTrue) ?? false
        if case .string(let indent)? = arguments[1] {
            dump.indent = indent
        } else if let indent = try arguments.integer(1) {
            try renderer.reserve(indent)
            dump.indent = [" "].repeated(indent)
        }
        if let separators = arguments.given(2) {
            guard case let parts = try renderer.iterate(separators), parts.count == 2, let item = parts[0].text,
                let key = parts[1].text
            else { throw TemplateFault("separators are two strings") }
            (dump.itemSeparator, dump.keySeparator) = (item, key)
        } else if dump.indent != nil {
            dump.itemSeparator = [","]
        }
        dump.sortsKeys = try arguments[3].map(renderer.isTrue) ?? false
        try dump.write(value)
        try renderer.charge(dump.text.count)
        return dump.text
    }
}
