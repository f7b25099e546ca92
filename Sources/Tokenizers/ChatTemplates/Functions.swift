import Common
import Foundation

/// The functions that a template finds: Jinja's own and those that transformers adds.
enum Functions {
    static let table = Routine.table([
        "range": Routine("start stop step", required: 1) { renderer, _, arguments in
            let bounds = try (0..<3).map { try arguments.integer($0) }
            return try range(bounds, renderer)
        },
        "dict": Routine(anyArguments: dictionary),
        "namespace": Routine(anyArguments: { renderer, value, arguments in
            guard case .mapping(let mapping) = try dictionary(renderer, value, arguments) else { return .none }
            try renderer.charge(16 + 8 * mapping.keys.count)
            var namespace = TemplateRenderer.Namespace()
            for (key, value) in zip(mapping.keys, mapping.values) {
                if let name = key.text { namespace.attributes[name] = value }
            }
            renderer.namespaces.append(namespace)
            return .namespace(renderer.namespaces.count - 1)
        }),
        "raise_exception": Routine("message", required: 1) { renderer, _, arguments in
            let message = try renderer.str(arguments[0] ?? .none)
            throw CinnabarError(.invalidArgument, "the chat template refuses the conversation: \(message.string)")
        },
        "strftime_now": Routine("format", required: 1) { renderer, _, arguments in
            .string(try time(renderer.now, try arguments.text(0) ?? []))
        },
    ])

    private static func range(_ bounds: [Int?], _ renderer: TemplateRenderer) throws -> PythonValue {
        let (start, stop) = bounds[1].map { (bounds[0] ?? 0, $0) } ?? (0, bounds[0] ?? 0)
        let step = bounds[2] ?? 1
        guard step != 0 else { throw TemplateFault("range() arg 3 must not be zero") }
        let limit = renderer.limits.range
        var items: [PythonValue] = []
        for number in stride(from: start, to: stop, by: step) {
            guard items.count < limit else {
                throw TemplateFault("a range of more than \(limit) items", code: .resource)
            }
            items.append(.integer(number))
        }
        try renderer.charge(4 * items.count)
        return .sequence(try PythonSequence(.range, items))
    }

    /// `dict(mapping or pairs, **keywords)`.
    private static func dictionary(
        _ renderer: TemplateRenderer,
        _ value: PythonValue,
        _ arguments: Arguments
    ) throws -> PythonValue {
        var pairs: [(key: PythonValue, value: PythonValue)] = []
        guard arguments.positional.count <= 1 else { throw TemplateFault("dict expected at most 1 argument") }
        if case .mapping(let mapping)? = arguments[0] {
            pairs = Array(zip(mapping.keys, mapping.values))
        } else if let items = arguments[0] {
            pairs = try renderer.iterate(items).map { item in
                let pair = try renderer.iterate(item)
                guard pair.count == 2 else { throw TemplateFault("\(pair.count) values for a key and a value") }
                return (pair[0], pair[1])
            }
        }
        return try renderer.mapping(pairs + arguments.keywords.map { (.string($0.name), $0.value) })
    }

    /// The local time by C's `strftime`, as Python has it.
    private static func time(_ date: Date, _ format: Text) throws -> Text {
        let limit = 4096
        guard format.count <= limit else { throw TemplateFault("a time format of \(format.count) characters") }
        guard !format.isEmpty else { return [] }
        var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        localtime_r(&seconds, &parts)
        // A text of no length would look like a failure, so that one sign is added and taken away.
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4 * limit) { buffer -> String? in
            let count = strftime(buffer.baseAddress!, buffer.count, format.string + "|", &parts)
            return count > 0
                ? String(decoding: buffer.prefix(count - 1).map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
        }
        guard let text else { throw TemplateFault("the time format '\(format.prefix(40).map(String.init).joined())'") }
        return Text(text)
    }
}
