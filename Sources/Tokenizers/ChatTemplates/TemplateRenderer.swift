import Common
import Foundation

/// Runs the statements of a template. The facets: statements, loops, expressions, operators, attributes, calls, printing.
///
/// One renderer renders once. Everything that can change lives in its tables; values name it by its place there.
final class TemplateRenderer {
    let limits: TemplateLimits
    let now: Date
    private(set) var work = 0
    private var depth = 0
    private var output: Text = []
    var scope: Scope

    var namespaces: [Namespace] = []
    var macros: [Closure] = []
    /// Only the loops that run: one that has ended leaves the table.
    var loops: [Loop] = []
    /// What each one-time iterator has still to give, last item first.
    var iterators: [[PythonValue]] = []

    /// The names of a block, and those around it.
    final class Scope {
        var variables: [Text: PythonValue]
        let parent: Scope?

        init(_ variables: [Text: PythonValue] = [:], in parent: Scope?) {
            self.variables = variables
            self.parent = parent
        }

        subscript(name: Text) -> PythonValue? {
            var scope: Scope? = self
            while let current = scope {
                if let value = current.variables[name] { return value }
                scope = current.parent
            }
            return nil
        }
    }

    /// The one object that a template can change.
    struct Namespace {
        var attributes: [Text: PythonValue] = [:]
    }

    /// A macro and the scope where it was defined.
    struct Closure {
        let macro: TemplateMacro
        let scope: Scope
    }

    init(variables: [Text: PythonValue], now: Date, limits: TemplateLimits) {
        self.limits = limits
        self.now = now
        let globals = Scope(Dictionary(uniqueKeysWithValues: Functions.table.keys.map { ($0, .function($0)) }), in: nil)
        scope = Scope(in: Scope(variables, in: globals))
    }

    func render(_ statements: [TemplateStatement]) throws -> Text {
        _ = try execute(statements)
        return output
    }

    /// Pays for work before it is done; by default for a node, which takes about as long as eight code points.
    func charge(_ cost: Int = 8) throws {
        guard cost <= limits.work - work else {
            throw CinnabarError(.resource, "the chat template takes more than \(limits.work) steps")
        }
        work += cost
    }

    /// Refuses a result before memory is taken for it; whoever makes it charges it.
    func reserve(_ count: Int, times factor: Int = 1) throws {
        let (product, overflow) = max(0, count).multipliedReportingOverflow(by: max(0, factor))
        guard !overflow, product <= limits.output else {
            throw CinnabarError(.resource, "the chat template makes more than \(limits.output) characters or items")
        }
        try charge(product)
    }

    func write(_ text: Text) throws {
        try charge(text.count)
        guard text.count <= limits.output - output.count else {
            throw CinnabarError(.resource, "the chat template writes more than \(limits.output) characters")
        }
        output += text
    }

    /// Goes one level down, no deeper than the limit.
    func descend<Result>(_ body: () throws -> Result) throws -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else {
            throw CinnabarError(.resource, "the chat template nests calls deeper than \(limits.depth) levels")
        }
        return try body()
    }

    func within<Result>(_ inner: Scope, _ body: () throws -> Result) rethrows -> Result {
        let outer = scope
        scope = inner
        defer { scope = outer }
        return try body()
    }

    /// What a body writes, in place of writing it.
    func capture(_ body: () throws -> Flow) throws -> (text: Text, flow: Flow) {
        let before = output
        output = []
        defer { output = before }
        let flow = try body()
        return (output, flow)
    }
}
