package import Common
package import Models

/// Keys and values of texts that were written or are being written, for prompts that begin alike (algorithms.md C3).
///
/// What is kept is only ever copied from, so that its owner may go on with it: committed tokens do not change.
package struct PrefixCache<Cache: DecodingCache> {
    private struct Entry {
        var tokens: [TokenID]
        var cache: Cache
        var use: Int
    }

    /// Shorter ones are computed as fast as they are found.
    static var shortest: Int { 16 }

    private let memory: Int
    private var entries: [Entry] = []
    private var uses = 0

    /// - Parameter memory: bytes that all caches may take.
    package init(memory: Int) { self.memory = memory }

    /// The cache that holds the longest beginning of `prompt`, and how many of its tokens, the last one of the prompt not
    /// counted; nil if none is worth it.
    package mutating func find(_ prompt: [TokenID]) -> (cache: Cache, count: Int)? {
        var best: (index: Int, count: Int)?
        for (index, entry) in entries.enumerated() {
            // Its owner may have taken tokens back since.
            let known = entry.tokens.prefix(entry.cache.length)
            let count = zip(known, prompt.dropLast()).prefix { $0 == $1 }.count
            if count > best?.count ?? (Self.shortest - 1) { best = (index, count) }
        }
        guard let best else { return nil }
        uses += 1
        entries[best.index].use = uses
        return (entries[best.index].cache, best.count)
    }

    /// Keeps `tokens`, which the cache holds. What another entry contains needs none of its own.
    package mutating func insert(_ tokens: [TokenID], _ cache: Cache) {
        guard tokens.count >= Self.shortest, cache.byteCount <= memory else { return }
        uses += 1
        entries.removeAll { $0.cache === cache || tokens.starts(with: $0.tokens) }
        if let longer = entries.firstIndex(where: { $0.tokens.starts(with: tokens) }) {
            entries[longer].use = uses
            return
        }
        entries.append(Entry(tokens: tokens, cache: cache, use: uses))
        while byteCount > memory, let oldest = entries.indices.min(by: { entries[$0].use < entries[$1].use }) {
            entries.remove(at: oldest)
        }
    }

    package mutating func remove(_ cache: Cache) { entries.removeAll { $0.cache === cache } }

    package var byteCount: Int { entries.reduce(0) { $0 + $1.cache.byteCount } }
}
