/// An expression. Chains (`a + b + c`, `x.y[0]|trim`) are flat, so that the depth of the tree is that of the text's brackets.
indirect enum TemplateExpression: Sendable {
    case constant(PythonValue)
    case name(Text)
    case list([TemplateExpression])
    case tuple([TemplateExpression])
    case mapping([(key: TemplateExpression, value: TemplateExpression)])
    /// What follows an operand, applied from the left.
    case chain(TemplateExpression, [Suffix])
    case unary(isNegative: Bool, TemplateExpression)
    case arithmetic(TemplateExpression, [(sign: String, operand: TemplateExpression)])
    case comparison(TemplateExpression, [(sign: String, operand: TemplateExpression)])
    case not(TemplateExpression)
    case and([TemplateExpression])
    case or([TemplateExpression])
    case conditional(test: TemplateExpression, TemplateExpression, otherwise: TemplateExpression?)

    enum Suffix: Sendable {
        case attribute(Text)
        case item(TemplateExpression)
        case slice([TemplateExpression?])
        case call(TemplateArguments)
        case filter(TemplateRoutineCall)
        case test(TemplateRoutineCall, isNegated: Bool)
    }
}

/// A filter or test by its name, with arguments.
struct TemplateRoutineCall: Sendable {
    var name: Text
    var arguments = TemplateArguments()
}

/// The arguments of a call, `*spread` and `**keywordSpread` among them.
struct TemplateArguments: Sendable {
    var positional: [TemplateExpression] = []
    var keywords: [(name: Text, value: TemplateExpression)] = []
    var spread: TemplateExpression?
    var keywordSpread: TemplateExpression?
}

/// What can stand left of an assignment.
indirect enum TemplateTarget: Sendable {
    case name(Text)
    case attribute(of: Text, Text)
    case tuple([TemplateTarget])
}

struct TemplateStatement: Sendable {
    var line: Int
    var kind: Kind

    indirect enum Kind: Sendable {
        case text(Text)
        case output(TemplateExpression)
        case condition([(test: TemplateExpression, body: [TemplateStatement])], otherwise: [TemplateStatement])
        case loop(TemplateLoop)
        case assign(TemplateTarget, TemplateExpression)
        /// What the body writes, filtered, is assigned or, without a target, written.
        case capture(TemplateTarget?, [TemplateRoutineCall], [TemplateStatement])
        case macro(TemplateMacro)
        /// A call whose callee can call the macro `caller`.
        case call(TemplateExpression, caller: TemplateMacro)
        /// A scope of its own, with some names set.
        case scope([(target: TemplateTarget, value: TemplateExpression)], [TemplateStatement])
        case breakLoop
        case continueLoop
    }
}

struct TemplateLoop: Sendable {
    var target: TemplateTarget
    var iterable: TemplateExpression
    var test: TemplateExpression?
    var body: [TemplateStatement]
    var otherwise: [TemplateStatement]
}

struct TemplateMacro: Sendable {
    var name: Text
    var parameters: [(name: Text, value: TemplateExpression?)]
    var body: [TemplateStatement] = []
    /// Which of `varargs`, `kwargs` and `caller` the body mentions.
    var specials: Set<Text> = []

    static let specialNames: Set<Text> = [Text("varargs"), Text("kwargs"), Text("caller")]
}
