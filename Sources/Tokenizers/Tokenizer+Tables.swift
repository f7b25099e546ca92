import Common

/// The checked tables behind a tokenizer.
extension Tokenizer {
    static func check(_ added: [AddedToken], _ tokens: [[UInt8]]) throws {
        var texts: Set<String> = []
        for (index, token) in added.enumerated() {
            let name = "added token '\(token.text.prefix(40))'"
            guard !token.text.isEmpty else {
                throw CinnabarError(.malformed, "the added token with id \(token.id) has no text")
            }
            guard token.id >= 0, Int(token.id) < tokens.count, tokens[Int(token.id)].elementsEqual(token.text.utf8)
            else {
                throw CinnabarError(.malformed, "\(name) has id \(token.id), which is another token's or none")
            }
            if index > 0, added[index - 1].id == token.id {
                throw CinnabarError(.malformed, "\(name) shares its id \(token.id) with another added token")
            }
            guard texts.insert(token.text).inserted else {
                throw CinnabarError(.malformed, "\(name) is there twice")
            }
        }
    }

    /// The tokens by their bytes, but for the added ones; `ids` gives the id of each entry.
    static func table(_ tokens: [[UInt8]], without added: Set<TokenID>) throws -> (BytesTable, ids: [TokenID]) {
        var table = BytesTable(minimumCapacity: tokens.count)
        var ids: [TokenID] = []
        for (index, bytes) in tokens.enumerated() where !bytes.isEmpty && !added.contains(TokenID(index)) {
            guard table.insert(bytes) == ids.count else {
                throw CinnabarError(.malformed, "tokens \(ids[table.insert(bytes)]) and \(index) have the same bytes")
            }
            ids.append(TokenID(index))
        }
        return (table, ids)
    }

    static func byteTokens(_ table: BytesTable, _ ids: [TokenID]) throws -> [TokenID] {
        try (UInt8.min...UInt8.max).map { byte in
            guard let entry = table.find([byte]) else {
                throw CinnabarError(
                    .malformed,
                    "the vocabulary has no token for the byte \(byte)",
                    hint: "a byte-level vocabulary has all 256 bytes"
                )
            }
            return ids[entry]
        }
    }

    static func mergeTable(
        _ merges: [(left: TokenID, right: TokenID)],
        _ tokens: [[UInt8]],
        _ table: BytesTable,
        _ ids: [TokenID]
    ) throws -> PairTable {
        var result = PairTable(minimumCapacity: merges.count)
        for (rank, merge) in merges.enumerated() {
            guard let left = bytes(merge.left, tokens), let right = bytes(merge.right, tokens) else {
                throw CinnabarError(
                    .malformed,
                    "merge \(rank) joins tokens \(merge.left) and \(merge.right), expected ids below \(tokens.count)"
                )
            }
            guard let entry = table.find(left + right) else {
                throw CinnabarError(
                    .malformed,
                    "merge \(rank) makes '\(ByteAlphabet.spell((left + right).prefix(40)))', which is not a token"
                )
            }
            let key = PairTable.key(merge.left, merge.right)
            guard result[key] == nil else {
                throw CinnabarError(
                    .malformed,
                    "merge \(rank) is there twice: '\(ByteAlphabet.spell(left.prefix(40)))' and "
                        + "'\(ByteAlphabet.spell(right.prefix(40)))'"
                )
            }
            result.update(key, to: UInt64(rank) << 32 | UInt64(ids[entry]))
        }
        return result
    }

    private static func bytes(_ id: TokenID, _ tokens: [[UInt8]]) -> [UInt8]? {
        guard id >= 0, Int(id) < tokens.count, !tokens[Int(id)].isEmpty else { return nil }
        return tokens[Int(id)]
    }

    /// The tokens whose own bytes encode to them: looking these up equals merging.
    static func wholePieces(
        _ table: BytesTable,
        _ ids: [TokenID],
        _ byteTokens: [TokenID],
        _ mergeTable: PairTable
    ) -> (BytesTable, [TokenID]) {
        var pieces = BytesTable(minimumCapacity: ids.count)
        var tokens: [TokenID] = []
        var merger = PairMerger()
        var output: [TokenID] = []
        for (entry, id) in ids.enumerated() {
            output.removeAll(keepingCapacity: true)
            table[entry].withUnsafeBufferPointer {
                merger.merge($0, byteTokens, mergeTable, into: &output)
                guard output == [id] else { return }
                if pieces.insert($0) == tokens.count { tokens.append(id) }
            }
        }
        return (pieces, tokens)
    }
}
