package import Common

/// Tokens by which a network changes the length of its text: predicted like others, and never kept.
package struct LengthTokens: Sendable, Hashable {
    /// Its place is taken out of the text (LLaDA2.2; of DreamOn the end marker).
    package var delete: TokenID
    /// Becomes a mask before the token that stood there (LLaDA2.2's split): where that is a mask, two masks (DreamOn's expand).
    package var insert: TokenID
    /// With a deletion go all masks behind it (DreamOn's `pad_delete_to_right`).
    package var deletesToRight = false

    package init(delete: TokenID, insert: TokenID) { (self.delete, self.insert) = (delete, insert) }
}

extension Array {
    /// Without the elements at `deleted`, and with `filler` before those at `inserted`; both ascending.
    func spliced(deleted: [Int], inserted: [Int], filler: Element) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(count + inserted.count)
        var (deleted, inserted) = (deleted[...], inserted[...])
        for (index, element) in enumerated() {
            if deleted.first == index {
                deleted.removeFirst()
                continue
            }
            if inserted.first == index {
                inserted.removeFirst()
                result.append(filler)
            }
            result.append(element)
        }
        return result
    }

    /// As many elements: the last ones are cut off, or `filler` is put behind them.
    func fitted(to count: Int, filler: Element) -> [Element] {
        prefix(count) + Array(repeating: filler, count: Swift.max(0, count - self.count))
    }
}

extension BlockSession {
    /// Whether the text itself grows and shrinks; otherwise blocks keep their length.
    var isVariable: Bool { options.isVariable }

    /// Masks that may yet be inserted.
    var insertionsLeft: Int {
        let most = options.maxInsertions ?? 2 * options.maxTokens
        return max(0, min(options.maxTokens - (end - prompt.count), most - insertions))
    }

    /// Never written by the next forward.
    var forbiddenTokens: [TokenID] {
        // A mask may be written again where a block is rewritten.
        guard rewriting == nil else { return options.suppressedTokens.filter { $0 != options.maskToken } }
        let full = insertionsLeft > 0 ? nil : options.lengthTokens?.insert
        return options.suppressedTokens + [options.maskToken] + (isVariable ? [full].compactMap(\.self) : [])
    }

    /// Makes deletions and insertions of the length tokens among what is to be written at masks. Where there is no room a mask
    /// stays what it is.
    mutating func takeLengthTokens(from writes: inout DenoisingRule.Writes, masks: [Int]) {
        guard let special = options.lengthTokens else { return }
        if special.deletesToRight, let first = writes.unmasked.first(where: { $0.token == special.delete })?.position {
            writes.unmasked.removeAll { $0.position >= first }
            writes.deleted = masks.filter { $0 >= first }
        } else {
            writes.deleted = writes.unmasked.filter { $0.token == special.delete }.map(\.position)
        }
        let wanted = writes.unmasked.filter { $0.token == special.insert }.map(\.position)
        writes.inserted = Array(wanted.prefix(insertionsLeft))
        insertions += writes.inserted.count
        writes.unmasked.removeAll { $0.token == special.insert || $0.token == special.delete }
    }

    /// Writes; then takes out and puts in, inside the open block, which keeps its length where blocks are committed.
    mutating func apply(_ writes: DenoisingRule.Writes) {
        for write in writes.unmasked + writes.edited { tokens[write.position] = write.token }
        for position in writes.remasked { tokens[position] = options.maskToken }
        guard !writes.deleted.isEmpty || !writes.inserted.isEmpty else { return }
        let open = openBlock
        var stretch = Array(tokens[open]).spliced(
            deleted: writes.deleted.map { $0 - open.lowerBound },
            inserted: writes.inserted.map { $0 - open.lowerBound },
            filler: options.maskToken
        )
        if isVariable {
            end += stretch.count - open.count
            block = block.lowerBound..<end
        } else {
            stretch = stretch.fitted(to: open.count, filler: options.maskToken)
        }
        tokens.replaceSubrange(open, with: stretch)
    }
}
