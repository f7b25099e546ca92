import Common
import Engine
import TestSupport
import Testing

struct PrefixCacheTests {
    @Test("What the owner has taken back since is not found")
    func shortened() throws {
        var cache = PrefixCache<ToyDenoiser.Cache>(memory: 1 << 20)
        let tokens = (0..<40).map { TokenID(3 + $0 % 5) }
        let owner = ToyDenoiser.Cache(capacity: 100)
        owner.append(tokens)
        cache.insert(tokens, owner)
        let whole = cache.find(tokens + [9, 9])
        #expect(whole?.count == 40)
        owner.truncate(to: 39)
        let shorter = cache.find(tokens + [9, 9])
        let found = try #require(shorter)
        #expect(found.count == 39)
        #expect(found.cache.fork(length: found.count, capacity: 60).tokens == Array(tokens.prefix(39)))
    }

    @Test("Finds the longest beginning that is kept, and keeps within its memory")
    func bruteForce() {
        for seed in UInt64(1)...200 {
            var random = SplitMix64(seed: seed)
            let memory = Int.random(in: 100...2000, using: &random)
            var cache = PrefixCache<ToyDenoiser.Cache>(memory: memory)
            var kept: [[TokenID]] = []
            for _ in 0..<60 {
                let tokens = (0..<Int.random(in: 1...120, using: &random)).map {
                    TokenID($0 < 30 ? 3 : Int.random(in: 3...4, using: &random))
                }
                if Bool.random(using: &random) {
                    let owner = ToyDenoiser.Cache(capacity: 200)
                    owner.append(tokens)
                    cache.insert(tokens, owner)
                    kept.append(tokens)
                    #expect(cache.byteCount <= memory)
                } else {
                    let found = cache.find(tokens)
                    let best = kept.map { zip($0, tokens.dropLast()).prefix { $0 == $1 }.count }.max() ?? 0
                    // What is found is held by the cache that is returned, and nothing kept was longer.
                    #expect((found?.count ?? 0) <= best, "seed \(seed)")
                    if let found {
                        #expect(Array(found.cache.tokens.prefix(found.count)) == Array(tokens.prefix(found.count)))
                    }
                    // With room for all, the best is found.
                    if kept.reduce(0, { $0 + 4 * $1.count }) <= memory, best >= 16 { #expect(found?.count == best) }
                }
            }
        }
    }
}
