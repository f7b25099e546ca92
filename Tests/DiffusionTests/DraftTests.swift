import Common
import Diffusion
import Testing

@Suite("Drafts")
struct DraftTests {
    @Test("canvases go to the most probable numbers of accepted drafts")
    func outcomes() {
        var random = SplitMix64(seed: 61)
        for round in 0..<200 {
            let drafts = (0..<Int.random(in: 0...6, using: &random)).map {
                Draft(token: TokenID($0 + 3), chance: random.uniform())
            }
            // Every pattern of agreement, weighed by its probability.
            var probability = [Double](repeating: 0, count: drafts.count + 1)
            for pattern in 0..<(1 << drafts.count) {
                let agrees = drafts.indices.map { pattern >> $0 & 1 == 1 }
                let weight = zip(drafts, agrees).reduce(1.0) { product, pair in
                    product * (pair.1 ? pair.0.chance : 1 - pair.0.chance)
                }
                probability[agrees.firstIndex(of: false) ?? drafts.count] += weight
            }
            let canvases = Int.random(in: 1...4, using: &random)
            let chosen = DraftPlan.outcomes(drafts, canvases: canvases, floor: 0)
            #expect(chosen == chosen.sorted() && chosen.count == min(canvases, drafts.count + 1), "round \(round)")
            let worst = chosen.map { probability[$0] }.min() ?? 0
            for other in probability.indices where !chosen.contains(other) {
                #expect(probability[other] <= worst + 1e-12, "round \(round)")
            }
            let floored = DraftPlan.outcomes(drafts, canvases: canvases, floor: 0.3)
            #expect(floored.count == 1 || floored.allSatisfy { probability[$0] > 0.3 - 1e-12 })
            #expect(Set(floored).isSubset(of: chosen) && !floored.isEmpty)
        }
        #expect(DraftPlan.outcomes([], canvases: 0, floor: 0) == [])
    }

    @Test("lookup continues the longest match, the later one on a tie, the reference before the text")
    func lookup() {
        func drafts(_ text: [TokenID], _ reference: [TokenID] = [], _ count: Int = 3) -> [TokenID] {
            var lookup = PromptLookup(text, reference: reference)
            return (0..<count).compactMap { _ in
                guard let guess = lookup.guess else { return nil }
                lookup.append(guess.token)
                return guess.token
            }
        }
        #expect(drafts([1, 2, 3, 4, 1, 2]) == [3, 4, 1])
        #expect(drafts([1, 2, 3, 1, 2, 4, 1, 2]) == [4, 1, 2])
        #expect(drafts([5, 1, 2, 3, 1, 2, 4, 5, 1, 2]) == [3, 1, 2])
        #expect(drafts([1, 2, 3, 1, 2], [7, 1, 2, 9, 8]) == [9, 8])
        #expect(drafts([1, 2, 3]) == [])
        #expect(drafts([], [1, 2]) == [])
        #expect(drafts([9], [9]) == [])
        #expect(drafts([1, 1, 1, 1], [], 0) == [])
    }

    @Test("a lookup that is followed goes on as a new search would, and is the surer the longer it held")
    func followedLookup() {
        var random = SplitMix64(seed: 62)
        for round in 0..<300 {
            // Three tokens: long repetitions by chance.
            func tokens(_ count: Int) -> [TokenID] {
                (0..<count).map { _ in TokenID.random(in: 1...3, using: &random) }
            }
            let (text, reference) = (tokens(Int.random(in: 0...30, using: &random)), tokens(10))
            var (lookup, written) = (PromptLookup(text, reference: reference), text)
            var last = lookup.guess
            for _ in 0..<12 {
                let followed = last != nil && random.uniform() < 0.7
                let token = followed ? last!.token : TokenID.random(in: 1...3, using: &random)
                let isSurer = last?.token == token
                lookup.append(token)
                written.append(token)
                let guess = lookup.guess
                let searched = PromptLookup(written, reference: reference).guess
                // At the end of the reference nothing follows; a new search finds another place.
                if let guess {
                    #expect(guess.chance == searched?.chance, "round \(round)")
                    if isSurer, let last { #expect(guess.chance > last.chance) }
                }
                #expect(guess == nil || written.contains(guess!.token) || reference.contains(guess!.token))
                last = guess
            }
        }
    }
}
