package import Common

/// Exact inference over (canvas position × automaton state): what the canvas says, given that the whole text obeys the
/// constraint (algorithms.md D3).
///
/// It keeps its working memory, so that a decode loop makes one and uses it for all forwards.
package struct CanvasInference: Sendable {
    package struct Options: Sendable, Hashable {
        /// Tokens that end the text, and the one that fills what is behind it; neither has bytes.
        package var endTokens: [TokenID]
        package var padToken: TokenID?
        /// States kept at each position, by the best way to them; the witness's are always kept.
        package var states = 64
        /// States are given up whose best way there is less probable than this share of the best way to any.
        package var leastReach = 1e-7
        /// Of a state with more successors than this only those are followed that a row names, and the closer's.
        package var successors = 8

        package init(endTokens: [TokenID], padToken: TokenID?) {
            (self.endTokens, self.padToken) = (endTokens, padToken)
        }

        /// Everything, as far as a machine can bear: for a question whose answer must not depend on what was left out.
        var widest: Options {
            var options = self
            (options.states, options.successors, options.leastReach) = (1 << 11, 1 << 12, 0)
            return options
        }
    }

    package let automaton: TokenAutomaton
    package let options: Options
    var lattice = CanvasLattice()
    /// Edges met so far, by state: the automaton's own are behind a lock.
    private var edgesIndex = NodeIndex()
    private var edgesMet: [TokenEdges] = []
    /// By token, its entry of the marginal that is being summed; -1 if it has none.
    var entryOf: [Int32]
    /// Padding and end markers: what says "nothing stands here".
    let nothing: [TokenID]

    package init(_ automaton: TokenAutomaton, options: Options) {
        (self.automaton, self.options) = (automaton, options)
        entryOf = Array(repeating: -1, count: automaton.vocabulary.size)
        nothing = Array(Set(options.endTokens + (options.padToken.map { [$0] } ?? []))).sorted()
    }

    /// - Parameters:
    ///   - start: the state behind the committed text.
    ///   - left: tokens that may be written behind the canvas.
    ///   - witness: a valid assignment that agrees with all pins, from the forward before; its way is never given up.
    ///   - draw: seed and absolute position of the first cell: the witness is then an exact draw from the constrained
    ///     distribution instead of its mode.
    /// - Returns: nil if no assignment is valid.
    package mutating func read(
        _ canvas: [CanvasPosition],
        from start: Recogniser.State,
        left: Int,
        witness: [TokenID]? = nil,
        draw: (seed: UInt64, position: Int)? = nil
    ) throws -> CanvasReading? {
        let guide = try witness ?? closingText(canvas.count, from: start)
        try build(canvas, from: start, left: left, guide: guide, options)
        if !sumBackwards() {
            guard lattice.isTruncated else { return nil }
            try build(canvas, from: start, left: left, guide: guide, options.widest)
            guard sumBackwards() else { return nil }
        }
        return reading(canvas, draw: draw)
    }

    /// Size of the last lattice, over all positions.
    package var latticeSize: (states: Int, edges: Int) { (lattice.nodes.count, lattice.edges.count) }

    /// Whether any assignment is valid. A no is final unless a position has more states than even the widest search keeps.
    package mutating func isFeasible(_ canvas: [CanvasPosition], from start: Recogniser.State, left: Int) throws -> Bool
    {
        try build(canvas, from: start, left: left, guide: closingText(canvas.count, from: start), options)
        if sumBackwards() { return true }
        guard lattice.isTruncated else { return false }
        try build(canvas, from: start, left: left, guide: nil, options.widest)
        return sumBackwards()
    }

    mutating func edges(_ state: Recogniser.State) throws -> TokenEdges {
        let number = Int(edgesIndex.number(of: Int64(state), ifNew: Int32(edgesMet.count)))
        if number < edgesMet.count { return edgesMet[number] }
        do {
            edgesMet.append(try automaton.edges(state))
            if edgesMet.count <= 1 << 14 { return edgesMet[number] }
        } catch {
            forgetEdges()
            throw error
        }
        defer { forgetEdges() }
        return edgesMet[number]
    }

    private mutating func forgetEdges() {
        edgesMet.removeAll()
        edgesIndex.removeAll()
    }

    /// The shortest ending, then nothing: valid wherever nothing is pinned.
    private func closingText(_ count: Int, from start: Recogniser.State) throws -> [TokenID]? {
        guard var tokens = try automaton.closing(start, first: count) else { return nil }
        if tokens.count < count, let end = options.endTokens.first { tokens.append(end) }
        if tokens.count < count, let pad = options.padToken ?? options.endTokens.first {
            tokens += Array(repeating: pad, count: count - tokens.count)
        }
        return Array(tokens.prefix(count))
    }
}
