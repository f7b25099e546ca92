import Common

/// The checked tables behind a tokenizer.
extension Tokenizer {
    static func check(_ added: [AddedToken], _ tokens: [[UInt8]], _ normalizer: Normalizer) throws {
        var texts: Set<String> = []
        for (index, token) in added.enumerated() {
            let name = "added token '\(token.text.prefix(40))'"
            guard !token.text.isEmpty else {
                throw CinnabarError(.malformed, "the added token with id \(token.id) has no text")
            }
            guard token.id >= 0, Int(token.id) < tokens.count, tokens[Int(token.id)] == token.decoded(normalizer)
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

    static func check(_ named: [TokenID], _ tokens: [[UInt8]]) throws {
        for id in named where !tokens.indices.contains(Int(id)) || tokens[Int(id)].isEmpty {
            throw CinnabarError(
                .malformed,
                "the unknown token, or one that stands around a text, has the id \(id), which is no token's"
            )
        }
    }

    /// The tokens by their bytes; `ids` gives the id of each entry. Of the added ones only bytes that no other token is.
    static func table(_ tokens: [[UInt8]], added: Set<TokenID>) throws -> (BytesTable, ids: [TokenID]) {
        var table = BytesTable(minimumCapacity: tokens.count)
        var ids: [TokenID] = []
        for (index, bytes) in tokens.enumerated() where !bytes.isEmpty && !added.contains(TokenID(index)) {
            guard table.insert(bytes) == ids.count else {
                throw CinnabarError(.malformed, "tokens \(ids[table.insert(bytes)]) and \(index) have the same bytes")
            }
            ids.append(TokenID(index))
        }
        for id in added.sorted() where tokens[Int(id)].count == 1 && table.insert(tokens[Int(id)]) == ids.count {
            ids.append(id)
        }
        return (table, ids)
    }

    /// Pair → rank << 32 | id. An added token that a merge makes is put into the table, too.
    static func mergeTable(
        _ merges: [(left: TokenID, right: TokenID)],
        _ tokens: [[UInt8]],
        _ added: [AddedToken],
        _ table: inout BytesTable,
        _ ids: inout [TokenID]
    ) throws -> PairTable {
        let addedIDs = Dictionary(added.map { (tokens[Int($0.id)], $0.id) }) { first, _ in first }
        var result = PairTable(minimumCapacity: merges.count)
        for (rank, merge) in merges.enumerated() {
            guard let joined = joined(merge, tokens) else {
                throw CinnabarError(
                    .malformed,
                    "merge \(rank) joins tokens \(merge.left) and \(merge.right), expected ids below \(tokens.count)"
                )
            }
            var found = table.find(joined)
            if found == nil, let id = addedIDs[joined] {
                found = table.insert(joined)
                ids.append(id)
            }
            guard let entry = found else {
                throw CinnabarError(
                    .malformed,
                    "merge \(rank) makes '\(ByteAlphabet.spell(joined.prefix(40)))', which is not a token"
                )
            }
            let key = PairTable.key(merge.left, merge.right)
            guard result[key] == nil else {
                throw CinnabarError(
                    .malformed,
                    "merge \(rank), of tokens \(merge.left) and \(merge.right), is there twice: it makes "
                        + "'\(ByteAlphabet.spell(joined.prefix(40)))'"
                )
            }
            result.update(key, to: UInt64(rank) << 32 | UInt64(ids[entry]))
        }
        return result
    }

    /// What a merge makes; nil if its halves are not tokens.
    private static func joined(_ merge: (left: TokenID, right: TokenID), _ tokens: [[UInt8]]) -> [UInt8]? {
        func bytes(_ id: TokenID) -> [UInt8] { tokens.indices.contains(Int(id)) ? tokens[Int(id)] : [] }
        let (left, right) = (bytes(merge.left), bytes(merge.right))
        return left.isEmpty || right.isEmpty ? nil : left + right
    }

    /// The tokens whose own bytes encode to them: looking these up equals merging.
    static func wholePieces(
        _ table: BytesTable,
        _ ids: [TokenID],
        _ byteTokens: ByteTokens,
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
