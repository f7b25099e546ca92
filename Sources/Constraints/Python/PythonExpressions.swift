/// Expressions at one level of brackets: on a line, or within so many brackets.
///
/// Precedence decides how a text is read, not whether it is one, so that all binary operators are one list of operands;
/// `not`, conditions and `lambda`, which stand only where nothing binds tighter, have rules of their own.
struct PythonExpressions {
    /// What may stand between tokens, and what must stand between words.
    let gap: Language
    let space: Language

    /// Operands with binary operators, without comparisons: what may follow a star.
    let arithmetic: Language
    /// Comparisons with `not`, `and` and `or`.
    let disjunction: Language
    /// Anything but a bare tuple, `:=` and `yield`.
    let expression: Language
    /// An expression, or several with commas, some of them with a star.
    let list: Language
    /// `yield` and what belongs to it.
    let yield: Language
    /// A value with its trailers.
    let primary: Language
    /// What one value is assigned to.
    let target: Language
    /// What is assigned to by one name, attribute or subscript.
    let place: Language
    /// Several targets with commas, at most one of them with a star, or one target.
    let targets: Language
    /// Behind `in`, `if`, `return` …: a space, or a bracket at once.
    let spacedDisjunction: Language
    let spacedExpression: Language
    let spacedList: Language
    /// With `:=`.
    let spacedCondition: Language

    static let operators = ["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"]
    private static let comparisons = ["==", "!=", "<", ">", "<=", ">="]

    static func signs(_ signs: [String]) -> Language { .literals(signs.map { Array($0.utf8) }) }

    /// - Parameter inner: the expressions within brackets; nil where there are no more brackets.
    init(_ builder: GrammarBuilder, _ words: PythonWordRules, level: Int, inner: PythonBrackets?) {
        let blank = Language.byte(ByteSet(level == 0 ? [0x20] : [0x20, 0x0A]))
        let comment = Language.joined([.text("#"), words.strings.line, .text("\n")])
        let between = level == 0 ? blank : .either([blank, comment])
        let gap = Language.star(between)
        let space = Language.joined([between, gap])
        func rule(_ name: String, _ language: Language) -> Language { builder.add("\(name) \(level)", language) }
        func apart(_ word: String) -> Language { .joined([space, .text(word)]) }

        // Values and their trailers.
        let bytes = words.strings.bytes
        let text = words.strings.text
        let opened = inner?.atom ?? .nothing
        let atom = Language.either([
            words.value, .text("..."), opened, .joined([text, .star(.joined([space, text]))]),
            .joined([bytes, .star(.joined([space, bytes]))]),
        ])
        let attribute = Language.joined([gap, .text("."), gap, words.name])
        let subscription = Language.joined([gap, inner?.subscription ?? .nothing])
        let call = Language.joined([gap, inner?.call ?? .nothing])
        let trailers = rule(
            "trailers",
            .repeated(.either([attribute, subscription, call]), 0, PythonLimits.trailers)
        )
        let primary = Language.joined([atom, trailers])

        // Operators.
        let prefix = Language.optional(.joined([.byte(ByteSet("+-~".utf8)), gap]))
        let awaiting = Language.optional(.joined([.text("await"), space]))
        let operand = rule("operand", .joined([prefix, .either([words.number, .joined([awaiting, primary])])]))
        let sums = rule(
            "operators",
            .repeated(.joined([gap, Self.signs(Self.operators), gap, operand]), 0, PythonLimits.operators)
        )
        let arithmetic = rule("arithmetic", .joined([operand, sums]))
        let openedArithmetic = Language.joined([opened, trailers, sums])
        func spaced(_ language: Language, _ opened: Language) -> Language {
            .either([.joined([space, language]), opened])
        }
        let spacedArithmetic = spaced(arithmetic, openedArithmetic)
        let isIn = Language.either([
            apart("in"), .joined([apart("not"), apart("in")]), .joined([apart("is"), .optional(apart("not"))]),
        ])
        let comparisons = rule(
            "comparisons",
            .star(
                .either([
                    .joined([gap, Self.signs(Self.comparisons), gap, arithmetic]), .joined([isIn, spacedArithmetic]),
                ])
            )
        )
        let negations = Language.repeated(.joined([.text("not"), space]), 0, 2)
        let inversion = Language.either([
            .joined([negations, arithmetic, comparisons]), .joined([.text("not"), openedArithmetic, comparisons]),
        ])
        let openedInversion = Language.joined([openedArithmetic, comparisons])
        let junctions = rule(
            "junctions",
            .star(.joined([.either([apart("and"), apart("or")]), spaced(inversion, openedInversion)]))
        )
        let disjunction = rule("disjunction", .joined([inversion, junctions]))
        let openedDisjunction = Language.joined([openedInversion, junctions])
        let spacedDisjunction = spaced(disjunction, openedDisjunction)

        // Conditions and lambda.
        let condition = Language.joined([apart("if"), spacedDisjunction, apart("else")])
        let conditional = Language.repeated(.joined([condition, spacedDisjunction]), 0, PythonLimits.conditionals)
        let parameters = Language.optional(
            .joined([space, PythonParameters.lambda(words.name, gap: gap, default: disjunction)])
        )
        var tail = rule("conditional", conditional)
        var expression = Language.joined([disjunction, tail])
        for depth in 0..<PythonLimits.lambdas {
            let lambda = rule(
                "lambda \(depth)",
                .joined([.text("lambda"), parameters, gap, .text(":"), gap, expression])
            )
            tail = rule(
                "conditional \(depth)",
                .joined([conditional, .optional(.joined([condition, space, lambda]))])
            )
            expression = rule("expression \(depth)", .either([.joined([disjunction, tail]), lambda]))
        }
        let openedExpression = Language.joined([openedDisjunction, tail])

        // Lists.
        let comma = Language.joined([gap, .text(","), gap])
        let ending = Language.optional(.joined([gap, .text(",")]))
        let star = Language.joined([.text("*"), gap, arithmetic])
        let more = Language.star(.joined([comma, .either([expression, star])]))
        let list = rule(
            "list",
            .either([
                .joined([expression, more, ending]),
                .joined([star, gap, .text(","), .optional(.joined([gap, .either([expression, star]), more, ending]))]),
            ])
        )
        let spacedList = spaced(list, .joined([openedExpression, more, ending]))
        let spacedExpression = spaced(expression, openedExpression)
        let named = Language.optional(.joined([words.name, gap, .text(":="), gap]))

        // Targets.
        let place = rule(
            "place",
            .either([
                words.name,
                .joined([
                    atom, .repeated(.either([attribute, subscription, call]), 0, PythonLimits.trailers),
                    .either([attribute, subscription]),
                ]),
            ])
        )
        let target = rule("target", .either([place, inner?.target ?? .nothing]))
        (self.gap, self.space, self.arithmetic, self.disjunction) = (gap, space, arithmetic, disjunction)
        (self.expression, self.list, self.primary, self.target) = (expression, list, primary, target)
        (self.spacedDisjunction, self.spacedExpression, self.spacedList) =
            (spacedDisjunction, spacedExpression, spacedList)
        self.place = place
        targets = rule("targets", Self.targets(target, gap))
        spacedCondition = spaced(.joined([named, expression]), openedExpression)
        yield = rule(
            "yield",
            .joined([.text("yield"), .optional(.either([.joined([apart("from"), spacedExpression]), spacedList]))])
        )
    }

    /// One target, or several with commas and at most one star.
    private static func targets(_ target: Language, _ gap: Language) -> Language {
        let comma = Language.joined([gap, .text(","), gap])
        let more = Language.star(.joined([comma, target]))
        let ending = Language.optional(.joined([gap, .text(",")]))
        let star = Language.joined([.text("*"), gap, target])
        return .either([
            .joined([target, more, .optional(.joined([comma, star, more])), ending]),
            .joined([star, gap, .text(","), .optional(.joined([gap, target, more, ending]))]),
        ])
    }
}
