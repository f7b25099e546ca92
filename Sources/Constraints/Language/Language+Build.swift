/// Constructors that keep languages small: no part that adds nothing, no nesting that says nothing.
extension Language {
    /// Every string of bytes.
    package static let everything = Language.star(.byte(.all))

    /// A string of any of them.
    package static func either(_ languages: [Language]) -> Language {
        var parts: [Language] = []
        var seen: Set<Language> = []
        func add(_ language: Language) {
            switch language {
            case .nothing: break
            case .choice(let inner): inner.forEach(add)
            default: if seen.insert(language).inserted { parts.append(language) }
            }
        }
        languages.forEach(add)
        if seen.contains(.everything) { return .everything }
        return parts.isEmpty ? .nothing : parts.count == 1 ? parts[0] : .choice(parts)
    }

    /// A string of each, one behind the other.
    package static func joined(_ languages: [Language]) -> Language {
        var parts: [Language] = []
        func add(_ language: Language) {
            switch (language, parts.last) {
            case (.sequence(let inner), _): inner.forEach(add)
            case (.bytes([]), _): break
            case (.bytes(let more), .bytes(let bytes)?): parts[parts.count - 1] = .bytes(bytes + more)
            default: parts.append(language)
            }
        }
        languages.forEach(add)
        if parts.contains(.nothing) { return .nothing }
        return parts.isEmpty ? .empty : parts.count == 1 ? parts[0] : .sequence(parts)
    }

    /// The strings that belong to all of them.
    package static func both(_ languages: [Language]) -> Language {
        var parts: [Language] = []
        var seen: Set<Language> = [.everything]
        func add(_ language: Language) {
            if case .intersection(let inner) = language { return inner.forEach(add) }
            if seen.insert(language).inserted { parts.append(language) }
        }
        languages.forEach(add)
        if parts.contains(.nothing) { return .nothing }
        return parts.isEmpty ? .everything : parts.count == 1 ? parts[0] : .intersection(parts)
    }

    /// All strings but its own.
    package static func except(_ language: Language) -> Language {
        switch language {
        case .nothing: .everything
        case .everything: .nothing
        case .complement(let inner): inner
        default: .complement(language)
        }
    }

    package static func repeated(_ language: Language, _ minimum: Int, _ maximum: Int?) -> Language {
        switch (language, minimum, maximum) {
        case (_, _, 0?), (.bytes([]), _, _): .empty
        case (.nothing, 0, _): .empty
        case (.nothing, _, _): .nothing
        case (_, 1, 1?): language
        default: .repetition(language, minimum: minimum, maximum: maximum)
        }
    }

    /// Any of these strings, as a tree of their common beginnings. Cost: their bytes.
    package static func literals(_ strings: [[UInt8]]) -> Language {
        guard strings.count > 1 else { return strings.first.map(Language.bytes) ?? .nothing }
        func tree(_ strings: ArraySlice<[UInt8]>, _ depth: Int) -> Language {
            guard let first = strings.first, let last = strings.last else { return .nothing }
            if first == last { return .bytes(Array(first[depth...])) }
            // What all have in common: they are sorted, so it is what the first and the last have in common.
            var end = depth
            while end < first.count, end < last.count, first[end] == last[end] { end += 1 }
            var branches: [Language] = []
            var rest = strings
            while let head = rest.first {
                guard head.count > end else {
                    branches.append(.empty)
                    rest = rest.drop { $0.count == end }
                    continue
                }
                let group = rest.prefix { $0[end] == head[end] }
                branches.append(tree(group, end))
                rest = rest[group.endIndex...]
            }
            return .joined([.bytes(Array(first[depth..<end])), .either(branches)])
        }
        let sorted = strings.sorted { $0.lexicographicallyPrecedes($1) }
        return tree(sorted[...], 0)
    }

    /// Its strings where it is a list of a few, nil where it is not written as one.
    package var listed: [[UInt8]]? {
        switch self {
        case .nothing: return []
        case .bytes(let bytes): return [bytes]
        case .choice(let parts):
            var strings: [[UInt8]] = []
            for part in parts {
                guard case .bytes(let bytes) = part else { return nil }
                strings.append(bytes)
            }
            return strings
        default: return nil
        }
    }
}
