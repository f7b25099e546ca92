package import Common

extension DecodingOptions {
    /// Takes what a request says of the way masks are written, of which this loop knows one number.
    ///
    /// - Throws: `invalidArgument` for all others.
    package mutating func apply(_ unmasking: Unmasking) throws {
        try unmasking.validate()
        var rest = unmasking
        if mode == .quality, let threshold = unmasking.threshold {
            try Unmasking.checkProbability(threshold)
            tauMin = threshold
            rest.threshold = nil
        }
        guard rest == Unmasking() else {
            throw CinnabarError(
                .invalidArgument,
                "how masks are unmasked is given, which mode '\(mode.rawValue)' of this model does not leave open",
                hint: "leave it out; mode quality of a native model takes a threshold, every mode a canvas length"
            )
        }
    }
}
