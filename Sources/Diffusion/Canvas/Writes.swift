package import Common

/// What a policy decided after one forward. Indices are into the canvas it was given.
package struct Writes: Sendable, Hashable {
    package struct Write: Sendable, Hashable {
        package var index: Int
        package var token: TokenID
        package var confidence: Float
    }

    /// Masks that become tokens.
    package var unmasked: [Write] = []
    /// Tokens that become other tokens.
    package var edited: [Write] = []
    /// Tokens that become masks.
    package var remasked: [Int] = []
    /// Whether the remasks are a revision round of a complete canvas.
    package var isRevision = false
    /// Cells at the front that leave the canvas after the writes.
    package var commit = 0
    /// Whether the text ends with the last of them.
    package var finishes = false

    package init() {}

    package var changesNothing: Bool { unmasked.isEmpty && edited.isEmpty && remasked.isEmpty }
}

extension Canvas {
    /// Writes tokens and masks, and remembers what the forward said of the tokens that stay.
    package mutating func apply(_ writes: Writes, readings: [Reading], options: DecodingOptions) {
        let wasComplete = isComplete(options)
        for reading in readings where cells[reading.index].state == .decided {
            cells[reading.index].survived += 1
            cells[reading.index].correctness = reading.correctness
        }
        let current = Dictionary(uniqueKeysWithValues: readings.map { ($0.index, $0.currentProbability) })
        for write in writes.unmasked { self.write(write) }
        for write in writes.edited {
            abandon(write.index, probability: current[write.index] ?? 0)
            self.write(write)
        }
        for index in writes.remasked {
            abandon(index, probability: current[index] ?? 0)
            cells[index].remasks += 1
            cells[index].state = .masked
            cells[index].token = options.maskToken
            cells[index].confidence = 0
        }
        if writes.isRevision { revisions += 1 }
        if wasComplete { extraSteps += 1 }
        version += 1
    }

    private mutating func write(_ write: Writes.Write) {
        cells[write.index].token = write.token
        cells[write.index].state = .decided
        cells[write.index].confidence = write.confidence
    }

    private mutating func abandon(_ index: Int, probability: Double) {
        let token = cells[index].token
        cells[index].abandoned.removeAll { $0.token == token }
        cells[index].abandoned.append(Abandoned(token: token, probability: probability))
        cells[index].changes += 1
        cells[index].survived = 0
        cells[index].correctness = nil
    }
}
