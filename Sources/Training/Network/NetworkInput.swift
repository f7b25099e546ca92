package import CKernels
package import Common

/// What a supervised row of the network is trained to say.
package enum Supervision: Int, Sendable, CaseIterable {
    /// A clean token predicts its successor.
    case next
    /// A mask on a canvas predicts its own token.
    case masked
    /// A wrong token on a canvas predicts the right one.
    case replaced
    /// A right token on a canvas predicts itself.
    case visible
    /// A mask on a canvas predicts its own token in view of the token before it (``TransitionScores``).
    case transition
}

/// One row of training in the form that the network reads: clean tokens first, then the tokens of all canvases.
package struct NetworkInput: Sendable {
    package struct Target: Sendable {
        /// Index of the row whose hidden state is read.
        package var row: Int32
        package var token: TokenID
        package var weight: Float
        package var supervision: Supervision
        /// The canvas it belongs to; -1 for clean rows.
        package var canvas: Int32
        /// For transitions, the token before it.
        package var previous: TokenID

        package init(
            row: Int32,
            token: TokenID,
            weight: Float,
            supervision: Supervision,
            canvas: Int32,
            previous: TokenID = 0
        ) {
            self.row = row
            self.token = token
            self.weight = weight
            self.supervision = supervision
            self.canvas = canvas
            self.previous = previous
        }
    }

    /// A visible canvas token and whether it is right.
    package struct Verdict: Sendable {
        package var row: Int32
        package var isRight: Bool
        package var weight: Float

        package init(row: Int32, isRight: Bool, weight: Float) {
            self.row = row
            self.isRight = isRight
            self.weight = weight
        }
    }

    package var tokens: [TokenID] = []
    package var positions: [Int32] = []
    package var spans: [ck_span] = []
    package var cleanRows = 0
    /// Clean rows first, then canvas rows, then transitions; ascending rows in each.
    package var targets: [Target] = []
    package var verdicts: [Verdict] = []
    /// Weight of the entropy of correct masked predictions, relative to each target's weight.
    package var sharpen: Float = 0

    package var rows: Int { tokens.count }

    package init() {}
}
