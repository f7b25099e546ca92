import Common

/// A subset of Python whose texts all pass CPython's parser, 3.9 and later (`ast.parse`). What is in it stands in
/// `docs/constraint-languages.md`.
///
/// Indentation needs a stack, which grammars do not have: blocks are indented by four spaces a level, and each level has
/// rules of its own. So have brackets, since within them line ends mean nothing; and since all depths are bounded, so is
/// the depth of the syntax tree, which CPython bounds too.
extension Grammar {
    /// Statements of a block, indented by `indentation` levels of four spaces; at level 0 a module.
    ///
    /// - Throws: `.invalidArgument` for a level that there is not.
    package static func python(indentation: Int = 0) throws -> Grammar {
        guard (0..<PythonLimits.blocks).contains(indentation) else {
            throw CinnabarError(
                .invalidArgument,
                "Python cannot begin at indentation level \(indentation), only at 0 to \(PythonLimits.blocks - 1)"
            )
        }
        return modules[indentation]
    }

    /// One expression, on one line except within brackets; no bare tuple.
    package static let pythonExpression: Grammar = {
        let statements = PythonStatements()
        return Grammar(start: statements.line.expression, rules: statements.builder.rules)
    }()

    private static let modules: [Grammar] = {
        let statements = PythonStatements()
        let blocks = PythonBlocks(statements)
        return blocks.starts.map { Grammar(start: $0, rules: statements.builder.rules) }
    }()
}

/// Depths and counts that keep the syntax tree below 2,000 levels; CPython 3.11 refuses 3,000.
enum PythonLimits {
    /// Levels of indentation.
    static let blocks = 16
    /// Brackets within brackets.
    static let brackets = 10
    /// Binary operators in a row, without comparisons and `and`, `or`.
    static let operators = 40
    /// Attributes, calls and subscripts of one value.
    static let trailers = 20
    /// `a if b else c if d else …`
    static let conditionals = 4
    /// `lambda: lambda: …`
    static let lambdas = 2
    /// `elif` of one `if`.
    static let branches = 32
    /// Digits of a decimal number; CPython refuses 4,301.
    static let digits = 100
}
