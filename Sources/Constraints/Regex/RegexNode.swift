/// A regular expression as it is read.
indirect enum RegexNode: Sendable, Hashable {
    /// One scalar of the set.
    case scalars(ScalarSet)
    case sequence([RegexNode])
    case choice([RegexNode])
    case repetition(RegexNode, minimum: Int, maximum: Int?)
    /// `^`
    case start
    /// `$`
    case end
    /// What follows here begins, or does not begin, with it.
    case lookahead(RegexNode, isNegative: Bool, position: Int)

    /// Whether an assertion stands in it anywhere.
    var hasAssertions: Bool {
        switch self {
        case .scalars: false
        case .sequence(let parts), .choice(let parts): parts.contains(where: \.hasAssertions)
        case .repetition(let part, _, _): part.hasAssertions
        case .start, .end, .lookahead: true
        }
    }
}
