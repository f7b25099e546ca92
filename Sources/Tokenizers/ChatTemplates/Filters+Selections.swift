/// The filters that apply another filter or a test to each item.
extension Filters {
    static let selections: [String: Routine] = [
        "map": Routine(anyArguments: map),
        "select": selection(ofAttribute: false, isWanted: true),
        "reject": selection(ofAttribute: false, isWanted: false),
        "selectattr": selection(ofAttribute: true, isWanted: true),
        "rejectattr": selection(ofAttribute: true, isWanted: false),
    ]

    private static func map(
        _ renderer: TemplateRenderer,
        _ value: PythonValue,
        _ arguments: Arguments
    ) throws -> PythonValue {
        guard try renderer.isTrue(value) else { return try renderer.iterator([]) }
        if let name = arguments[0] {
            let rest = Arguments(positional: Array(arguments.positional.dropFirst()), keywords: arguments.keywords)
            let name = try routineName(name)
            return try renderer.iterator(renderer.iterate(value).map { try renderer.filter(name, $0, rest) })
        }
        var keywords: [Text: PythonValue] = [:]
        for (name, value) in arguments.keywords { keywords[name] = value }
        guard let attribute = keywords.removeValue(forKey: Text("attribute")) else {
            throw TemplateFault("map requires a filter or an attribute")
        }
        var fallback = keywords.removeValue(forKey: Text("default"))
        if case .some(.none) = fallback { fallback = nil }
        guard keywords.isEmpty else { throw TemplateFault("map takes attribute and default") }
        let path = renderer.path(attribute)
        return try renderer.iterator(
            renderer.iterate(value).map { try renderer.follow(path, from: $0, default: fallback) }
        )
    }

    /// The items for which a test, truth if none is named, holds or does not.
    private static func selection(ofAttribute: Bool, isWanted: Bool) -> Routine {
        Routine(anyArguments: { renderer, value, arguments in
            guard try renderer.isTrue(value) else { return try renderer.iterator([]) }
            var rest = arguments
            var path: [PythonValue] = []
            if ofAttribute {
                guard let attribute = arguments[0] else { throw TemplateFault("no attribute is named") }
                path = renderer.path(attribute)
                rest.positional.removeFirst()
            }
            let test = try rest[0].map(routineName)
            rest.positional = Array(rest.positional.dropFirst())
            let items = try renderer.iterate(value).filter { item in
                let subject = try renderer.follow(path, from: item)
                let holds = try test.map { try renderer.test($0, subject, rest) } ?? renderer.isTrue(subject)
                return holds == isWanted
            }
            return try renderer.iterator(items)
        })
    }

    private static func routineName(_ value: PythonValue) throws -> Text {
        guard case .string(let name) = value else { throw TemplateFault("a filter or test is named by a string") }
        return name
    }
}
