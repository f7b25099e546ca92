/// How many tokens a canvas has. It shapes the text of the parallel modes and the speed of all.
public enum CanvasLength: Sendable, Hashable {
    /// The model's own for the mode.
    case standard
    case tokens(Int)
    /// In the modes that verify drafts, the length that should write the most tokens a second by what forwards take on this
    /// machine, and drafts as sure as they must be there: measured once a model, a fraction of a second, and the one choice that
    /// depends on a clock. Where rows are dear that is 1: repetitions alone are drafted. Elsewhere as `standard`. The result says
    /// which length was chosen, the trace also how sure drafts had to be.
    case automatic
}

extension CanvasLength: CustomStringConvertible {
    /// A number of tokens, `auto` or `default`.
    public init?(_ text: String) {
        switch text {
        case "default": self = .standard
        case "auto": self = .automatic
        default:
            guard let tokens = Int(text) else { return nil }
            self = .tokens(tokens)
        }
    }

    public var description: String {
        switch self {
        case .standard: "default"
        case .tokens(let tokens): "\(tokens)"
        case .automatic: "auto"
        }
    }
}
