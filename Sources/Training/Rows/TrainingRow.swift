package import Common

/// What a canvas position asks of the network.
package enum CanvasRole: UInt8, Sendable {
    /// A mask whose token is to be found.
    case masked
    /// A wrong token, to be noticed and replaced.
    case replaced
    /// A right token.
    case visible
    /// Behind the first padding position: nothing is asked.
    case ignored
}

/// A noisy copy of some tokens of a row, denoised in both directions given the clean tokens before it.
package struct TrainingCanvas: Sendable, Hashable {
    /// Row index of the first token of its document.
    package var segmentStart: Int
    /// Row index of its first position; it sees clean tokens `segmentStart..<start`, at least one.
    package var start: Int
    package var tokens: [TokenID]
    package var targets: [TokenID]
    package var roles: [CanvasRole]

    package init(segmentStart: Int, start: Int, tokens: [TokenID], targets: [TokenID], roles: [CanvasRole]) {
        precondition(
            tokens.count == targets.count && tokens.count == roles.count,
            "\(tokens.count) tokens, \(targets.count) targets, \(roles.count) roles"
        )
        self.segmentStart = segmentStart
        self.start = start
        self.tokens = tokens
        self.targets = targets
        self.roles = roles
    }

    /// Puts guesses in the place of masks, so that the network learns to repair its own mistakes.
    ///
    /// - Parameter guess: a token for masked position `index`, or nil to leave the mask.
    package mutating func fillMasks(_ guess: (_ index: Int) -> TokenID?) {
        for i in tokens.indices where roles[i] == .masked {
            guard let token = guess(i) else { continue }
            tokens[i] = token
            roles[i] = token == targets[i] ? .visible : .replaced
        }
    }
}

/// A row of packed documents and the canvases cut from it.
package struct TrainingRow: Sendable, Hashable {
    package var tokens: [TokenID] = []
    /// For each token the row index of its document's first token: attention and positions stop there.
    package var segmentStart: [Int] = []
    /// For each token the weight of predicting its successor; 0 for the last of a document.
    package var nextTokenWeight: [Float] = []
    /// Sorted by start.
    package var canvases: [TrainingCanvas] = []

    package init() {}

    /// True if token `index` has a successor in its own document.
    package func hasSuccessor(_ index: Int) -> Bool {
        index + 1 < tokens.count && segmentStart[index + 1] == segmentStart[index]
    }
}
