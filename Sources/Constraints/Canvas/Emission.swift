package import Common

/// What speaks for the tokens of one canvas position (algorithms.md D3).
package enum Emission: Sendable {
    /// This token and no other: given, locked, or decided and not open to edits.
    case pinned(TokenID)
    case masked(TokenRow)
    /// Decided, but the constraint or the row may overrule it: the token with 1 - doubt, the row with doubt.
    case decided(TokenID, TokenRow, doubt: Double = 0.05)
    /// No prediction, as behind a decided end marker: all tokens are alike.
    case unread

    /// The token that stands here.
    package var token: TokenID? {
        switch self {
        case .pinned(let token), .decided(let token, _, _): token
        case .masked, .unread: nil
        }
    }
}

/// One position of a canvas.
package struct CanvasPosition: Sendable {
    package var emission: Emission
    /// In a span of variable length, this position may be empty (padding, to be taken out); then so is the rest of the span.
    package var mayBeEmpty = false
    /// The last position of a span of variable length.
    package var endsSpan = false

    package init(_ emission: Emission, mayBeEmpty: Bool = false, endsSpan: Bool = false) {
        (self.emission, self.mayBeEmpty, self.endsSpan) = (emission, mayBeEmpty, endsSpan)
    }
}
