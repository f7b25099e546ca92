package import Common

/// The network's answer for the wanted rows of one sequence: first the wanted clean rows (predicting the *next*
/// position), then each canvas's wanted rows (predicting *their own* position), in the order they were asked for.
package struct Prediction: Sendable {
    package let vocabularySize: Int
    /// `rows × vocabularySize`, row-major, natural-log scale, not normalised.
    package var logits: [Float]
    /// For each row the detector's probability that the token visible there is right; 1 for clean rows.
    package var correctness: [Float]
    /// Nil for a network without them.
    package let transitions: TransitionScores?

    package var rows: Int { correctness.count }

    package init(
        vocabularySize: Int,
        logits: [Float],
        correctness: [Float],
        transitions: TransitionScores? = nil
    ) {
        precondition(logits.count == vocabularySize * correctness.count)
        self.vocabularySize = vocabularySize
        self.logits = logits
        self.correctness = correctness
        self.transitions = transitions
    }

    /// Makes a canvas row the prediction behind a known left neighbour. Once a row.
    package mutating func condition(row: Int, on previous: TokenID) {
        guard let transitions else { return }
        logits.withUnsafeMutableBufferPointer {
            transitions.add(to: $0.baseAddress! + row * vocabularySize, after: previous)
        }
    }

    /// Makes a row the product of itself and another, in equal parts: what two predictions of one position say together.
    package mutating func average(row: Int, with other: Int) {
        logits.withUnsafeMutableBufferPointer { logits in
            for token in 0..<vocabularySize {
                let sum = logits[row * vocabularySize + token] + logits[other * vocabularySize + token]
                logits[row * vocabularySize + token] = sum / 2
            }
        }
    }

    /// Changes a row as a whole, before any reduction is read.
    package mutating func change<Result>(
        row: Int,
        _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        try logits.withUnsafeMutableBufferPointer {
            try body(UnsafeMutableBufferPointer(rebasing: $0[row * vocabularySize..<(row + 1) * vocabularySize]))
        }
    }

    /// Makes tokens impossible in a row, before any reduction is read.
    package mutating func forbid(_ tokens: some Sequence<TokenID>, inRow row: Int) {
        for token in tokens { logits[row * vocabularySize + Int(token)] = -.infinity }
    }
}
