import Common

/// `minLength`, `maxLength`, `pattern`, `format`.
extension Keyword {
    func textLength() throws -> Condition {
        let count = try count()
        func texts(_ bounds: Bounds) -> Language {
            bounds.isEmpty ? .nothing : .repeated(JSONText.anyScalar, bounds.minimum, bounds.maximum)
        }
        let bounds = key == "minLength" ? Bounds(minimum: count) : Bounds(maximum: count)
        let others = bounds.complement.first ?? Bounds(minimum: 1, maximum: 0)
        return .assertion(.string(Texts(texts(bounds)) { texts(others) }, isNegative: false))
    }

    func pattern() throws -> Condition {
        guard let pattern = value.text else { throw malformed("is no text") }
        return .assertion(.string(try matches(pattern), isNegative: false))
    }

    /// The strings with a match of a regular expression.
    func matches(_ pattern: String) throws -> Texts {
        try reader.shared("pattern \(pattern)") {
            do {
                let matching = try RegexCompiler.search(pattern, spelling: JSONText.scalar)
                return Texts(matching) {
                    (try? RegexCompiler.search(pattern, isLenient: true, spelling: JSONText.scalar)).map {
                        .both([JSONText.canonicalInside, .except($0)])
                    }
                }
            } catch let error as CinnabarError {
                throw CinnabarError(
                    error.code,
                    "JSON Schema at #\(schema.pointer): keyword '\(key)': \(error.message)"
                )
            }
        }
    }

    func format() throws -> Condition {
        guard let name = value.text else { throw malformed("is no text") }
        guard !Formats.refused.contains(name) else { throw unsupported("with the value '\(name)' is not supported") }
        // What no draft knows is an annotation.
        guard let pattern = Formats.patterns[name] else { return .always }
        let texts = try reader.shared("format \(name)") {
            // Whether a text outside of a format is valid depends on whether a validator asserts it: none is generated.
            Texts(try RegexCompiler.whole(pattern, spelling: JSONText.scalar)) { nil }
        }
        return .assertion(.string(texts, isNegative: false))
    }
}
