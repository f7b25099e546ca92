/// What a recogniser may cost. Catastrophic languages end in an error that names the limit, never in a hang.
package struct RecogniserLimits: Sendable, Hashable {
    /// Bytes that expressions and transitions may take, over the life of a recogniser.
    package var memory = 128 << 20
    /// Elementary steps between two calls of ``Recogniser/refill()``; 20 million are about a second.
    package var work = 20_000_000
    /// Expressions that a search for a member of an intersection or a complement may expand.
    package var searchedStates = 10_000
    /// How deep expressions and rules may nest: what recursion on the stack costs.
    package var depth = 1_000

    package init() {}
}
