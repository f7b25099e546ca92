extension TemplateRenderer {
    /// `value.name`: an attribute, else an item.
    func attribute(_ name: Text, of value: PythonValue) throws -> PythonValue {
        if let attribute = try bareAttribute(name, of: value) { return attribute }
        if case .mapping(let mapping) = value, let item = mapping[.string(name)] { return item }
        return .undefined(because: "'\(objectName(value))' has no attribute '\(name.string)'")
    }

    /// `value[key]`: an item, else an attribute.
    func item(_ key: PythonValue, of value: PythonValue) throws -> PythonValue {
        try charge(key.weight)
        switch value {
        case .undefined(let reason): throw TemplateFault(reason.string)
        case .mapping(let mapping): if let item = mapping[key] { return item }
        case .string(let text): if let index = place(key, in: text.count) { return .string([text[index]]) }
        case .sequence(let sequence) where sequence.kind.isIndexed:
            if let index = place(key, in: sequence.items.count) { return sequence.items[index] }
        default: break
        }
        if case .string(let name) = key, let attribute = try bareAttribute(name, of: value) { return attribute }
        return .undefined(because: "\(objectName(value)) has no element \(try repr(key).string)")
    }

    private func place(_ key: PythonValue, in count: Int) -> Int? {
        guard let index = key.integer, index >= -count, index < count else { return nil }
        return index < 0 ? index + count : index
    }

    private func bareAttribute(_ name: Text, of value: PythonValue) throws -> PythonValue? {
        switch value {
        case .undefined(let reason): throw TemplateFault(reason.string)
        case .namespace(let place): return namespaces[place].attributes[name]
        case .loop(let place): return try attribute(ofLoop: place, name)
        default:
            guard let names = Methods.names[value.typeName], names.contains(name) else { return nil }
            // The sandbox hides what would change its receiver.
            guard !Methods.mutating.contains(name) || value.isString else {
                return .undefined(
                    because: "access to attribute '\(name.string)' of '\(value.typeName)' object is unsafe."
                )
            }
            return .method(value, name)
        }
    }

    private func objectName(_ value: PythonValue) -> String {
        if case .none = value { "None" } else { "\(value.typeName) object" }
    }

    /// `value[start:stop:step]`.
    func slice(_ value: PythonValue, _ bounds: [PythonValue?]) throws -> PythonValue {
        func bound(_ index: Int) throws -> Int? {
            guard index < bounds.count, let bound = bounds[index] else { return nil }
            if case .none = bound { return nil }
            guard let integer = bound.integer else { throw TemplateFault("slice indices must be integers") }
            return integer
        }
        let (start, stop, step) = (try bound(0), try bound(1), try bound(2) ?? 1)
        guard step != 0 else { throw TemplateFault("slice step cannot be zero") }
        switch value {
        case .undefined(let reason): throw TemplateFault(reason.string)
        case .string(let text):
            let places = Self.places(start, stop, step, count: text.count)
            try charge(places.count)
            return .string(places.map { text[$0] })
        case .sequence(let sequence) where sequence.kind.isIndexed:
            let places = Self.places(start, stop, step, count: sequence.items.count)
            try charge(4 * places.count)
            return .sequence(try PythonSequence(sequence.kind, places.map { sequence.items[$0] }))
        default: throw TemplateFault("'\(value.typeName)' object cannot be sliced")
        }
    }

    /// The places that a slice takes from `count` items.
    private static func places(_ start: Int?, _ stop: Int?, _ step: Int, count: Int) -> [Int] {
        func clamp(_ bound: Int, _ low: Int, _ high: Int) -> Int {
            min(max(bound < 0 ? bound + count : bound, low), high)
        }
        if step > 0 {
            let (first, end) = (clamp(start ?? 0, 0, count), clamp(stop ?? count, 0, count))
            return Array(Swift.stride(from: first, to: end, by: min(step, count + 1)))
        }
        let first = start.map { clamp($0, -1, count - 1) } ?? count - 1
        let end = stop.map { clamp($0, -1, count - 1) } ?? -1
        return Array(Swift.stride(from: first, to: end, by: max(step, -count - 1)))
    }
}
