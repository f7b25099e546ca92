import Common

/// Fixed text with holes, each of which has a name and a constraint of its own.
///
/// All of it is one grammar, the parts one behind the other; from a finished text the holes' values are read back
/// (``values(of:)``).
package struct Template: Sendable, Hashable {
    package enum Part: Sendable, Hashable {
        case text(String)
        case hole(Hole)
    }

    package struct Hole: Sendable, Hashable {
        package var name: String
        package var kind: Kind

        package init(_ name: String, _ kind: Kind) { (self.name, self.kind) = (name, kind) }

        /// The texts to choose from, where the hole is a choice: what is to be scored.
        package var alternatives: [String]? {
            if case .choices(let texts) = kind { texts } else { nil }
        }
    }

    /// What a hole's text must be.
    package enum Kind: Sendable, Hashable {
        case regex(String)
        /// A JSON value that a schema validates; nil is any value.
        case json(schema: String?)
        case choices([String])
        case gbnf(String)
        /// A Python expression.
        case python
        /// From so many to so many Unicode scalars without control characters, except for tabs and, in `lines`, line ends.
        case text(ClosedRange<Int>, lines: Bool)
    }

    /// Most holes of a template.
    static let holeLimit = 200
    /// The longest free text.
    static let lengthLimit = 100_000

    package let parts: [Part]
    /// The texts of the whole.
    package let grammar: Grammar
    /// What each kind of hole takes.
    let grammars: [Kind: Grammar]

    /// - Throws: `.invalidArgument` for a name that is none or stands twice, a range that contradicts itself, a hole that no
    ///   text fits; and what the constraints' own readers throw, with the hole's name before it.
    package init(_ parts: [Part]) throws { try self.init(parts) { _ in "" } }

    /// - Parameter place: where a part stands, for errors.
    init(_ parts: [Part], place: (Int) -> String) throws {
        var (all, languages) = (GrammarParts(), [Language]())
        var (known, grammars) = ([Kind: Language](), [Kind: Grammar]())
        var names: Set<String> = []
        for (index, part) in parts.enumerated() {
            guard case .hole(let hole) = part else {
                if case .text(let text) = part { languages.append(.text(text)) }
                continue
            }
            do {
                guard Self.isName(hole.name) else {
                    throw CinnabarError(
                        .invalidArgument,
                        "this is no name",
                        hint: "begin with a letter; letters, digits, '_' and '-' may follow"
                    )
                }
                guard names.insert(hole.name).inserted else {
                    throw CinnabarError(.invalidArgument, "there is another hole with this name")
                }
                guard names.count <= Self.holeLimit else {
                    throw CinnabarError(.unsupported, "more than \(Self.holeLimit) holes")
                }
                if let language = known[hole.kind] {
                    languages.append(language)
                    continue
                }
                let grammar = try hole.kind.grammar
                guard try !Recogniser(grammar).isEmpty else {
                    throw CinnabarError(.invalidArgument, "no text fits")
                }
                let language = all.add(grammar, prefix: "\(hole.name): ")
                known[hole.kind] = language
                grammars[hole.kind] = grammar
                languages.append(language)
            } catch let error as CinnabarError {
                throw CinnabarError(
                    error.code,
                    "template, \(place(index))hole '\(hole.name)': \(error.message)",
                    hint: error.hint,
                    cause: error.cause
                )
            }
        }
        (self.parts, self.grammars) = (parts, grammars)
        grammar = Grammar(start: .joined(languages), rules: all.rules)
    }

    package var holes: [Hole] {
        parts.compactMap { if case .hole(let hole) = $0 { hole } else { nil } }
    }

    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.unicodeScalars.enumerated().allSatisfy { isNamePart($1, isFirst: $0 == 0) }
    }

    static func isNamePart(_ scalar: Unicode.Scalar, isFirst: Bool) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
            || !isFirst && (("0"..."9").contains(scalar) || scalar == "-")
    }
}

extension Template.Kind {
    fileprivate var grammar: Grammar {
        get throws {
            switch self {
            case .regex(let pattern): return try Grammar(regex: pattern)
            case .json(schema: nil): return .json()
            case .json(let schema?): return try Grammar(jsonSchema: schema)
            case .choices(let texts): return try Grammar(choices: texts)
            case .gbnf(let text): return try Grammar(gbnf: text)
            case .python: return .pythonExpression
            case .text(let lengths, let lines):
                guard lengths.lowerBound >= 0, lengths.upperBound <= Template.lengthLimit else {
                    throw CinnabarError(
                        .invalidArgument,
                        "a length of \(lengths.lowerBound) to \(lengths.upperBound) characters, "
                            + "at most 0 to \(Template.lengthLimit) are possible"
                    )
                }
                let controls: [ClosedRange<UInt32>] = [0...0x08, 0x0A...0x1F, 0x7F...0x7F]
                let visible = ScalarSet(controls).complement
                let characters = lines ? visible.union(ScalarSet("\n")) : visible
                return Grammar(start: .repeated(.scalar(characters), lengths.lowerBound, lengths.upperBound))
            }
        }
    }
}
