/// What a template may cost. The cost of real ones is far below all of these.
package struct TemplateLimits: Sendable {
    /// Code points of a template.
    package var source = 1 << 20
    /// Blocks, brackets and conditions inside one another in the text of a template.
    package var nesting = 100
    /// Statements, expressions and macro calls inside one another while it runs.
    package var depth = 500
    /// Containers inside one another.
    package var containers = 128
    /// Code points and items touched, nodes evaluated (eight for each): some seconds at most.
    package var work = 1 << 26
    /// Code points of the rendered text.
    package var output = 1 << 24
    /// Items of a `range`, as in Jinja's sandbox.
    package var range = 100_000

    package init() {}

    package static let standard = TemplateLimits()
}
