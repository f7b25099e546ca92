import Common
package import Constraints
import Foundation

/// What a text must be: valid by construction in every mode, wherever the text is broken off.
public struct Constraint: Sendable, Hashable {
    package let grammar: Grammar
    /// Given text before and behind the written one: all three together are a text of the grammar.
    package private(set) var prefix: [UInt8] = []
    package private(set) var suffix: [UInt8] = []

    package init(_ grammar: Grammar) { self.grammar = grammar }

    /// JSON that a schema of draft 2020-12 or 7 validates, written without white space, properties in the schema's order.
    ///
    /// - Throws: `unsupported` for a keyword that cannot be guaranteed, which the error names with its place;
    ///   `invalidArgument` if nothing satisfies the schema; `malformed` if it is none.
    public static func jsonSchema(_ schema: String) throws -> Constraint { Constraint(try Grammar(jsonSchema: schema)) }

    /// Any JSON value without white space.
    public static var json: Constraint { Constraint(.json()) }

    /// Any JSON object without white space.
    public static var jsonObject: Constraint { Constraint(.jsonObject()) }

    /// A text that the regular expression matches as a whole.
    public static func regex(_ pattern: String) throws -> Constraint { Constraint(try Grammar(regex: pattern)) }

    /// A text of a context-free grammar in GBNF, llama.cpp's form; its first rule is `root`.
    public static func grammar(_ gbnf: String) throws -> Constraint { Constraint(try Grammar(gbnf: gbnf)) }

    /// Python statements of a subset that CPython's parser always reads, indented by so many levels of four spaces (0...15).
    public static func python(indentation: Int = 0) throws -> Constraint {
        Constraint(try .python(indentation: indentation))
    }

    /// One Python expression of the same subset.
    public static var pythonExpression: Constraint { Constraint(.pythonExpression) }

    /// The same of a whole of which only the middle is written, as of a file with a hole.
    ///
    /// - Throws: where it is used, `invalidArgument` if nothing fits between the two.
    public func between(prefix: String, suffix: String) -> Constraint {
        var constraint = self
        (constraint.prefix, constraint.suffix) = (Array(prefix.utf8), Array(suffix.utf8))
        return constraint
    }

    /// One of some texts.
    public static func choice(_ texts: [String]) throws -> Constraint { Constraint(try Grammar(choices: texts)) }
}

extension Model {
    /// The automaton of a constraint over the model's vocabulary, shared by all sessions that use it.
    package func automaton(_ constraint: Constraint) throws -> TokenAutomaton { try automata.automaton(constraint) }
}
