extension Methods {
    /// A method of strings.
    private static func text(
        _ parameters: String = "",
        required: Int = 0,
        _ body: @escaping @Sendable (Text, Arguments, TemplateRenderer) throws -> PythonValue
    ) -> Routine {
        Routine(parameters, required: required) { renderer, value, arguments in
            try body(value.text ?? [], arguments, renderer)
        }
    }

    private static func list(_ parts: [Text], _ renderer: TemplateRenderer) throws -> PythonValue {
        try renderer.charge(8 * parts.count)
        return try .list(parts.map { .string($0) })
    }

    static let parts: [String: Routine] = [
        "strip": text("chars") { text, arguments, _ in .string(text.stripped(of: try arguments.text(0))) },
        "lstrip": text("chars") { text, arguments, _ in .string(text.stripped(.left, of: try arguments.text(0))) },
        "rstrip": text("chars") { text, arguments, _ in .string(text.stripped(.right, of: try arguments.text(0))) },
        "removeprefix": text("prefix", required: 1) { text, arguments, _ in
            let prefix = try arguments.text(0) ?? []
            return .string(text.hasPrefix(prefix) ? Text(text.dropFirst(prefix.count)) : text)
        },
        "removesuffix": text("suffix", required: 1) { text, arguments, _ in
            let suffix = try arguments.text(0) ?? []
            return .string(text.hasSuffix(suffix) ? Text(text.dropLast(suffix.count)) : text)
        },
        "split": text("sep maxsplit") { text, arguments, renderer in
            let limit = try arguments.limit(1)
            guard let separator = try separator(arguments) else { return try list(text.words(limit: limit), renderer) }
            return try list(text.split(at: separator, limit: limit), renderer)
        },
        "rsplit": text("sep maxsplit") { text, arguments, renderer in
            let limit = try arguments.limit(1)
            guard let separator = try separator(arguments) else {
                return try list(text.mirrored { $0.words(limit: limit) }, renderer)
            }
            return try list(text.mirrored { $0.split(at: separator.reversed(), limit: limit) }, renderer)
        },
        "splitlines": text("keepends") { text, arguments, renderer in
            try list(text.lines(keepingEnds: arguments[0].map(renderer.isTrue) ?? false), renderer)
        },
        "partition": text("sep", required: 1) { text, arguments, _ in
            let separator = try separator(arguments) ?? []
            let parts = text.split(at: separator, limit: 1)
            return try .tuple(
                (parts.count == 2 ? [parts[0], separator, parts[1]] : [text, [], []]).map { .string($0) }
            )
        },
        "rpartition": text("sep", required: 1) { text, arguments, _ in
            let separator = try separator(arguments) ?? []
            let parts = text.mirrored { $0.split(at: separator.reversed(), limit: 1) }
            return try .tuple(
                (parts.count == 2 ? [parts[0], separator, parts[1]] : [[], [], text]).map { .string($0) }
            )
        },
        "replace": text("old new count", required: 2) { text, arguments, renderer in
            guard let old = try arguments.text(0), let new = try arguments.text(1) else {
                throw TemplateFault("replace needs two strings")
            }
            return try Filters.replace(text, old, new, arguments.limit(2), renderer)
        },
        "join": text("iterable", required: 1) { text, arguments, renderer in
            let parts = try renderer.iterate(arguments[0] ?? .none).map { item -> Text in
                guard case .string(let part) = item else {
                    throw TemplateFault("join of '\(item.typeName)', not 'str'")
                }
                return part
            }
            return try renderer.concatenate(parts, separator: text)
        },
        "ljust": text("width fillchar", required: 1) { text, arguments, renderer in
            try Filters.pad(text, to: arguments.integer(0) ?? 0, with: fill(arguments), renderer: renderer)
        },
        "rjust": text("width fillchar", required: 1) { text, arguments, renderer in
            try Filters.pad(
                text,
                to: arguments.integer(0) ?? 0,
                with: fill(arguments),
                isRight: true,
                renderer: renderer
            )
        },
        "center": text("width fillchar", required: 1) { text, arguments, renderer in
            let width = try arguments.integer(0) ?? 0
            return try Filters.pad(text, to: width, with: fill(arguments), isCentered: true, renderer: renderer)
        },
        "zfill": text("width", required: 1) { text, arguments, renderer in
            let sign = Text(text.prefix { $0 == "-" || $0 == "+" }.prefix(1))
            let width = try (arguments.integer(0) ?? 0).subtractingReportingOverflow(sign.count).partialValue
            let digits = Text(text.dropFirst(sign.count))
            let padded = try Filters.pad(digits, to: width, with: "0", isRight: true, renderer: renderer)
            return .string(sign + (padded.text ?? []))
        },
    ]

    private static func separator(_ arguments: Arguments) throws -> Text? {
        guard let separator = try arguments.text(0) else { return nil }
        guard !separator.isEmpty else { throw TemplateFault("empty separator") }
        return separator
    }

    private static func fill(_ arguments: Arguments) throws -> Unicode.Scalar {
        let fill = try arguments.text(1) ?? [" "]
        guard fill.count == 1 else { throw TemplateFault("the fill character must be exactly one character long") }
        return fill[0]
    }

    static let searches: [String: Routine] = [
        "startswith": text("prefix start end", required: 1) { text, arguments, renderer in
            .boolean(try matches(text, arguments, renderer) { $0.hasPrefix($1) })
        },
        "endswith": text("suffix start end", required: 1) { text, arguments, renderer in
            .boolean(try matches(text, arguments, renderer) { $0.hasSuffix($1) })
        },
        "find": text("sub start end", required: 1) { text, arguments, _ in .integer(try find(text, arguments) ?? -1) },
        "rfind": text("sub start end", required: 1) { text, arguments, _ in
            .integer(try find(text, arguments, fromRight: true) ?? -1)
        },
        "index": text("sub start end", required: 1) { text, arguments, _ in
            guard let place = try find(text, arguments) else { throw TemplateFault("substring not found") }
            return .integer(place)
        },
        "rindex": text("sub start end", required: 1) { text, arguments, _ in
            guard let place = try find(text, arguments, fromRight: true) else {
                throw TemplateFault("substring not found")
            }
            return .integer(place)
        },
        "count": text("sub start end", required: 1) { text, arguments, _ in
            guard let (part, _) = try part(of: text, arguments), let needle = try arguments.text(0) else {
                return .integer(0)
            }
            return .integer(part.places(of: needle).count)
        },
    ]

    /// The part of a text between `start` and `end`, the second and third argument, and where it begins.
    private static func part(of text: Text, _ arguments: Arguments) throws -> (Text, start: Int)? {
        let range = Text.range(try arguments.integer(1), try arguments.integer(2), count: text.count)
        return range.map { (Text(text[$0]), $0.lowerBound) }
    }

    private static func find(_ text: Text, _ arguments: Arguments, fromRight: Bool = false) throws -> Int? {
        guard let needle = try arguments.text(0) else { throw TemplateFault("expected a string") }
        guard let (part, start) = try part(of: text, arguments) else { return nil }
        guard fromRight else { return part.place(of: needle).map { start + $0 } }
        return part.reversed().place(of: needle.reversed()).map { start + part.count - $0 - needle.count }
    }

    /// Whether one of the strings, the first argument, matches.
    private static func matches(
        _ text: Text,
        _ arguments: Arguments,
        _ renderer: TemplateRenderer,
        _ matches: (Text, Text) -> Bool
    ) throws -> Bool {
        var candidates = [arguments[0] ?? .none]
        if case .sequence(let sequence) = candidates[0], sequence.kind == .tuple { candidates = sequence.items }
        let texts = try candidates.map { candidate -> Text in
            guard case .string(let text) = candidate else {
                throw TemplateFault("expected a string or a tuple of them, not '\(candidate.typeName)'")
            }
            return text
        }
        guard let (part, _) = try part(of: text, arguments) else { return false }
        try renderer.charge(texts.count)
        return texts.contains { matches(part, $0) }
    }

    private static func change(_ change: @escaping @Sendable (Text) -> Text) -> Routine {
        text { text, _, _ in .string(change(text)) }
    }

    /// A test of all code points of a string that is not empty.
    private static func all(_ holds: @escaping @Sendable (Unicode.Scalar) -> Bool) -> Routine {
        text { text, _, _ in .boolean(!text.isEmpty && text.allSatisfy(holds)) }
    }

    static let cases: [String: Routine] = [
        "upper": change { $0.uppercased() },
        "lower": change { $0.lowercased() },
        "title": change { $0.titled() },
        "capitalize": change { $0.capitalized() },
        "swapcase": change { $0.swappingCase() },
        "isupper": text { text, _, _ in .boolean(text.isAll { $0.isUppercase }) },
        "islower": text { text, _, _ in .boolean(text.isAll { $0.isLowercase }) },
        "isspace": all { $0.isPythonSpace },
        "isdigit": all { $0.properties.numericType == .decimal || $0.properties.numericType == .digit },
        "isdecimal": all { $0.properties.numericType == .decimal },
        "isnumeric": all { $0.properties.numericType != nil },
        "isalpha": all { $0.isPythonLetter },
        "isalnum": all { $0.isPythonLetter || $0.properties.numericType != nil },
        "isascii": text { text, _, _ in .boolean(text.allSatisfy(\.isASCII)) },
        "isprintable": text { text, _, _ in .boolean(text.allSatisfy(\.isPythonPrintable)) },
    ]
}

extension Unicode.Scalar {
    fileprivate var isPythonLetter: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }
}
