import Common

extension TextWriter {
    /// Takes final text back, to its first `count` tokens.
    ///
    /// - Parameter keepsDraft: what was taken back is what the text is now drafted from; otherwise it is forgotten.
    package mutating func rollBack(to count: Int, keepsDraft: Bool) throws {
        guard (0...text.count).contains(count) else {
            throw CinnabarError(.invalidArgument, "cannot roll back to \(count) of \(text.count) tokens")
        }
        try replace(count..<(keepsDraft ? count : text.count), with: [], isDraftKept: keepsDraft)
    }

    /// Refuses pins outside the text, and such that contradict what is final.
    ///
    /// - Parameter room: tokens that the text may have.
    func checkPins(_ tokens: [Int: TokenID], room: Int, vocabularySize: Int, mask: TokenID) throws {
        guard finish == nil else {
            throw CinnabarError(.invalidArgument, "the text is finished", hint: "roll back first")
        }
        for (position, token) in tokens.sorted(by: { $0.key < $1.key }) {
            guard (0..<room).contains(position), (0..<vocabularySize).contains(Int(token)), token != mask else {
                throw CinnabarError(
                    .invalidArgument,
                    "token \(token) cannot be pinned at position \(position) of \(room)"
                )
            }
            guard position >= text.count || text[position] == token else {
                throw CinnabarError(
                    .invalidArgument,
                    "position \(position) is final as token \(text[position]), not \(token)",
                    hint: "roll back to it first"
                )
            }
        }
    }

    /// Refuses what cannot stand in the place of final tokens.
    ///
    /// - Parameters:
    ///   - pins: by position of the output.
    ///   - isText: whether a token may stand in a text: of the vocabulary, neither mask nor end marker.
    func checkReplacement(
        _ range: Range<Int>,
        _ tokens: [TokenID],
        room: Int,
        pins: [Int: TokenID],
        isText: (TokenID) -> Bool
    ) throws {
        guard range.lowerBound >= 0, range.upperBound <= text.count else {
            throw CinnabarError(.invalidArgument, "\(range) is outside the \(text.count) final tokens")
        }
        guard range.lowerBound + tokens.count <= room, tokens.allSatisfy(isText) else {
            throw CinnabarError(
                .invalidArgument,
                "\(tokens.count) tokens cannot stand at position \(range.lowerBound) of \(room)"
            )
        }
        for (offset, token) in tokens.enumerated() {
            let position = range.lowerBound + offset
            guard pins[position].map({ $0 == token }) != false else {
                throw CinnabarError(
                    .invalidArgument,
                    "position \(position) is pinned or locked",
                    hint: "unpin it first"
                )
            }
        }
    }

    /// Refuses positions outside the text.
    func checkPositions(_ range: Range<Int>, room: Int) throws {
        guard range.lowerBound >= 0, range.upperBound <= room else {
            throw CinnabarError(.invalidArgument, "positions \(range) are outside the output of \(room) tokens")
        }
    }

    static func nothingToLock(_ position: Int) -> CinnabarError {
        CinnabarError(
            .invalidArgument,
            "nothing is written at position \(position), which is to be locked",
            hint: "lock what is written, or pin a token"
        )
    }
}
