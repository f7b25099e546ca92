/// Compound statements and the blocks in them, by level of indentation.
///
/// A line end stands between statements, not behind each, so that a text need not end with one.
struct PythonBlocks {
    /// By level, the texts of a block there.
    let starts: [Language]

    private static let lineEnd = Language.repeated(.text("\n"), 1, nil)

    init(_ statements: PythonStatements) {
        let builder = statements.builder
        let headers = PythonHeaders(statements)
        // What stands within the level: its blocks; nothing at the deepest one.
        var within = Language.nothing
        var starts: [Language] = []
        for level in (0..<PythonLimits.blocks).reversed() {
            let indentation = Language.text(String(repeating: " ", count: level * 4))
            let again = Language.joined([Self.lineEnd, indentation])
            let comments = Language.star(.joined([statements.comment, again]))
            let suite = builder.add(
                "suite \(level)",
                .joined([
                    statements.line.gap, .text(":"), statements.line.gap,
                    .either([statements.simple, .joined([.optional(statements.comment), within])]),
                ])
            )
            let compound = Self.compounds(headers, suite, next: .joined([again, comments]), statements)
            let statement = builder.add("statement at \(level)", .either([statements.simple, compound]))
            let block = builder.add(
                "block \(level)",
                .joined([comments, statement, .star(.joined([again, .either([statement, statements.comment])]))])
            )
            within = .joined([Self.lineEnd, indentation, block])
            starts.append(.joined([.star(.text("\n")), indentation, block, .star(.text("\n"))]))
        }
        self.starts = starts.reversed()
    }

    /// - Parameter next: from the end of a suite to the next clause of its statement.
    private static func compounds(
        _ headers: PythonHeaders,
        _ suite: Language,
        next: Language,
        _ statements: PythonStatements
    ) -> Language {
        func clause(_ word: String) -> Language { .joined([next, .text(word), suite]) }
        let otherwise = Language.optional(clause("else"))
        let branch = Language.joined([next, .text("elif"), headers.condition, suite])
        let handlers = Language.either([
            .joined([
                .repeated(.joined([next, headers.handler, suite]), 1, nil), .optional(clause("except")),
            ]),
            clause("except"),
        ])
        let decorators = Language.star(.joined([headers.decorator, next]))
        let loops = Language.joined([headers.iteration, suite, otherwise])
        let resources = Language.joined([headers.resources, suite])
        let asynchronous = Language.joined([.text("async"), statements.line.space])
        return .either([
            .joined([
                .text("if"), headers.condition, suite, .repeated(branch, 0, PythonLimits.branches), otherwise,
            ]),
            .joined([.text("while"), headers.condition, suite, otherwise]),
            .joined([.optional(asynchronous), .either([loops, resources])]),
            .joined([
                .text("try"), suite,
                .either([.joined([handlers, otherwise, .optional(clause("finally"))]), clause("finally")]),
            ]),
            .joined([
                decorators,
                .either([.joined([.optional(asynchronous), headers.function]), headers.type]), suite,
            ]),
        ])
    }
}

/// What stands before the colon of a compound statement; the same at every level.
struct PythonHeaders {
    /// Behind `if`, `elif`, `while`.
    let condition: Language
    let iteration: Language
    let resources: Language
    /// `except` with a type.
    let handler: Language
    let function: Language
    let type: Language
    /// With its comment.
    let decorator: Language

    init(_ statements: PythonStatements) {
        let (line, inside, name) = (statements.line, statements.inside, statements.words.name)
        let builder = statements.builder
        func apart(_ word: String) -> Language { .joined([line.space, .text(word)]) }
        let comma = Language.joined([line.gap, .text(","), line.gap])
        condition = builder.add("condition", line.spacedCondition)
        iteration = builder.add(
            "for",
            .joined([.text("for"), line.space, line.targets, apart("in"), line.spacedList])
        )
        let resource = Language.joined([
            line.expression, .optional(.joined([apart("as"), line.space, line.target])),
        ])
        resources = builder.add(
            "with",
            .joined([.text("with"), line.space, resource, .star(.joined([comma, resource]))])
        )
        handler = builder.add(
            "except",
            .joined([
                .text("except"), line.spacedExpression, .optional(.joined([apart("as"), line.space, name])),
            ])
        )
        let parameters = PythonParameters.function(
            name,
            gap: inside.gap,
            annotation: inside.expression,
            default: inside.expression
        )
        let result = Language.joined([line.gap, .text("->"), line.gap, line.expression])
        function = builder.add(
            "def",
            .joined([
                .text("def"), line.space, name, line.gap, .text("("), inside.gap,
                .optional(.joined([parameters, inside.gap])), .text(")"), .optional(result),
            ])
        )
        type = builder.add(
            "class",
            .joined([
                .text("class"), line.space, name, .optional(.joined([line.gap, statements.brackets.bases])),
            ])
        )
        decorator = builder.add(
            "decorator",
            .joined([.text("@"), line.gap, line.primary, line.gap, .optional(statements.comment)])
        )
    }
}
