/// How many tokens a canvas has. It shapes the text of the parallel modes and the speed of all.
public enum CanvasLength: Sendable, Hashable {
    /// The model's own for the mode.
    case standard
    case tokens(Int)
    /// In the modes that verify drafts, the length that should write the most tokens a second by what forwards take on this
    /// machine, measured once a model: a fraction of a second, and the one choice that depends on a clock. Elsewhere as
    /// `standard`. The result says what was chosen.
    case automatic
}
