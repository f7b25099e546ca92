import Common

extension RowBuilder {
    /// A smaller room is left to plain text: a hole in a few lines is hardly to be filled.
    static let leastExample = 64

    /// `<suffix> … <prefix> … <middle> … <eom>` (SPM: while one types at the end of the prefix, the suffix stays cached),
    /// at most `limit` tokens; nil if there is no line to take out, it is too long
    /// or the room too small.
    ///
    /// Suffix, prefix and middle are encoded each on its own, at training as at decoding, so that a hole may begin or end
    /// inside what would be one token: behind a newline but before the indentation, for example. All three together are
    /// one stretch of the document. Instead of the document's middle the network's own may stand there.
    func fillInTheMiddle(
        _ passage: Passage,
        near offset: Int,
        tokens limit: Int,
        _ complete: Completion?,
        _ random: inout SplitMix64
    ) -> Segment? {
        let document = passage.document
        guard limit >= RowBuilder.leastExample else { return nil }
        guard
            let hole = MiddleChooser(passage: passage, options: options.middles).choose(
                near: offset,
                most: Int(0.6 * Double(limit) * vocabulary.bytesPerToken),
                &random
            )
        else { return nil }
        let middle = vocabulary.encode(document[hole.middle])
        let markers = 4
        let own = complete != nil && random.uniform() < options.ownMiddles
        // The network's own middle may turn out longer.
        let most = own ? min(2 * middle.count + 16, limit / 2) : middle.count
        let room = limit - markers - max(most, middle.count)
        guard room >= 0 else { return nil }
        let ends = contextEnds(&random)
        // Not all of the room is used, else the end marker would stand at the row's end too often to need learning.
        let least = Double(RowBuilder.leastExample) / Double(limit)
        var bytes = Double(room) * vocabulary.bytesPerToken * max(least, 0.4 + 0.6 * random.uniform())
        // Bytes a token differ from text to text: what turns out too long is cut shorter.
        for _ in 0..<4 {
            let window = hole.window(passage, bytes: Int(bytes), prefix: ends.prefix, suffix: ends.suffix)
            let suffix = vocabulary.encode(document[hole.middle.upperBound..<window.upperBound])
            let prefix = vocabulary.encode(document[window.lowerBound..<hole.middle.lowerBound])
            guard suffix.count + prefix.count > room else {
                let prompt =
                    [vocabulary.fimSuffix] + suffix + [vocabulary.fimPrefix] + prefix + [vocabulary.fimMiddle]
                let written = own ? complete?(prompt, most) : nil
                let tokens = prompt + (written ?? middle + [vocabulary.eom])
                let span = prompt.count..<tokens.count
                return Segment(
                    tokens: tokens,
                    span: span,
                    kind: written == nil ? .middle : .ownMiddle,
                    suffix: 1..<1 + suffix.count,
                    own: written == nil ? 0..<0 : span
                )
            }
            bytes *= 0.9 * Double(room) / Double(suffix.count + prefix.count)
        }
        return nil
    }

    /// Shares of the context before and behind the hole; sometimes one of them is empty, as at the ends of a file.
    private func contextEnds(_ random: inout SplitMix64) -> (prefix: Double, suffix: Double) {
        let u = random.uniform()
        if u < options.middles.withoutPrefix { return (0, 1) }
        if u < options.middles.withoutPrefix + options.middles.withoutSuffix { return (1, 0) }
        return (2.0 / 3, 1.0 / 3)
    }
}
