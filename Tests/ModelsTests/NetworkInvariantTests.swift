import Common
import Kernels
import Models
import Synchronization
import Testing

/// design.md §6, points 1-4, on every instruction set of the machine.
@Suite struct NetworkInvariantTests {
    static let formats = NumberFormat.allCases

    /// Texts are dealt out to the network's threads, and rows of a text within them; several engines may share a network.
    @Test func workWithinWorkIsDoneOnce() async {
        let network = TinyNetwork.make(threads: 3)
        let counts = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let done = Atomic(0)
                    for _ in 0..<200 {
                        network.concurrently(5) { _ in
                            network.concurrently(7) { _ in done.add(1, ordering: .relaxed) }
                        }
                        network.concurrently(1) { _ in
                            network.concurrently(3) { _ in done.add(1, ordering: .relaxed) }
                        }
                    }
                    return done.load(ordering: .relaxed)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts == Array(repeating: 200 * (35 + 3), count: 4))
    }

    @Test func cleanRowsNeverReadCanvases() throws {
        let network = TinyNetwork.make()
        let clean = TinyNetwork.tokens(20, seed: 1)
        let alone = try network.predict(clean: clean)
        let canvas = CanvasInput(start: 7, tokens: TinyNetwork.tokens(9, seed: 2), wanted: [])
        let beside = try network.predict(clean: clean, canvases: [canvas])
        #expect(alone.logits == beside.logits)
    }

    @Test func canvasesNeverReadEachOtherNorLaterCleanTokens() throws {
        let network = TinyNetwork.make()
        let clean = TinyNetwork.tokens(20, seed: 1)
        let canvas = CanvasInput(start: 7, tokens: TinyNetwork.tokens(6, seed: 2), wanted: Array(0..<6))
        let other = CanvasInput(start: 9, tokens: TinyNetwork.tokens(6, seed: 5), wanted: [])
        let alone = try network.predict(clean: clean, wantedClean: [], canvases: [canvas])
        let together = try network.predict(clean: clean, wantedClean: [], canvases: [canvas, other])
        #expect(alone.logits == together.logits)
        #expect(alone.correctness == together.correctness)
        var changed = clean
        changed[7] = (changed[7] + 1) % 53
        let later = try network.predict(clean: changed, wantedClean: [], canvases: [canvas])
        #expect(alone.logits == later.logits)
        // And it does read what it may: the token before its start and its own tokens on both sides.
        changed = clean
        changed[6] = (changed[6] + 1) % 53
        #expect(try network.predict(clean: changed, wantedClean: [], canvases: [canvas]).logits != alone.logits)
        var last = canvas
        last.tokens[5] = (last.tokens[5] + 1) % 53
        let moved = try network.predict(clean: clean, wantedClean: [], canvases: [last])
        #expect(Array(moved.logits.prefix(53)) != Array(alone.logits.prefix(53)))
    }

    @Test(arguments: formats, KernelTable.available.map(\.name))
    func cachedEqualsUncachedForAnySplit(format: NumberFormat, isa: String) throws {
        let kernels = try #require(KernelTable.available.first { $0.name == isa })
        let network = TinyNetwork.make(format: format, kernels: kernels)
        let clean = TinyNetwork.tokens(70, seed: 9)
        let canvas = CanvasInput(start: 70, tokens: TinyNetwork.tokens(16, seed: 4), wanted: Array(0..<16))
        let whole = try network.predict(clean: clean, canvases: [canvas])
        for seed in 1...6 as ClosedRange<UInt64> {
            var random = SplitMix64(seed: seed)
            let cache = network.makeCache(capacity: 160)
            var logits: [Float] = []
            var at = 0
            while at < clean.count {
                let size = min(Int.random(in: 1...25, using: &random), clean.count - at)
                let part = Array(clean[at..<at + size])
                let isLast = at + size == clean.count
                logits += try network.forward([
                    ForwardItem(
                        cache: cache,
                        clean: part,
                        wantedClean: Array(part.indices),
                        canvases: isLast ? [canvas] : []
                    )
                ])[0].logits
                at += size
            }
            // Bit for bit: the order of every sum is fixed.
            #expect(logits == whole.logits, "seed \(seed), \(isa)")
        }
    }

    @Test func truncateAndRegrowEqualsAFreshRun() throws {
        let network = TinyNetwork.make()
        let clean = TinyNetwork.tokens(40, seed: 9)
        let fresh = try network.predict(clean: clean, wantedClean: [39])
        let cache = network.makeCache(capacity: 160)
        _ = try network.forward([
            ForwardItem(cache: cache, clean: Array(clean[..<30]) + TinyNetwork.tokens(50, seed: 8))
        ])
        for length in [77, 31, 30] { cache.truncate(to: length) }
        let regrown = try network.forward([
            ForwardItem(cache: cache, clean: Array(clean[30...]), wantedClean: [9])
        ])[0]
        #expect(regrown.logits == fresh.logits)
        #expect(cache.length == 40)
    }

    /// The order of a reduction never depends on the number of rows, threads or batch neighbours.
    @Test(arguments: formats, KernelTable.available.map(\.name))
    func aRowDependsOnItselfOnly(format: NumberFormat, isa: String) throws {
        let kernels = try #require(KernelTable.available.first { $0.name == isa })
        let prefix = TinyNetwork.tokens(33, seed: 1)
        var expected: [Float]?
        for threads in [1, 2, 3] {
            let network = TinyNetwork.make(format: format, threads: threads, kernels: kernels)
            for rows in [1, 2, 17, 64] {
                let clean = Array(TinyNetwork.tokens(64, seed: 6).prefix(rows))
                let first = try network.predict(prefix: prefix, clean: clean, wantedClean: [0]).logits
                #expect(expected == nil || first == expected, "\(rows) rows, \(threads) threads, \(isa)")
                expected = first
            }
            // Among neighbours of a batch.
            let caches = (0..<3).map { _ in network.makeCache(capacity: 160) }
            let items = try caches.enumerated().map { index, cache in
                _ = try network.forward([
                    ForwardItem(cache: cache, clean: index == 1 ? prefix : TinyNetwork.tokens(20 + index, seed: 77))
                ])
                return ForwardItem(cache: cache, clean: TinyNetwork.tokens(5, seed: 6), wantedClean: [0])
            }
            #expect(try network.forward(items)[1].logits == expected)
        }
    }

    /// bf16 storage changes logits by rounding only, and all instruction sets agree within rounding.
    @Test func formatsAndInstructionSetsAgree() throws {
        let clean = TinyNetwork.tokens(30, seed: 2)
        let canvas = CanvasInput(start: 12, tokens: TinyNetwork.tokens(8, seed: 3), wanted: Array(0..<8))
        let reference = try TinyNetwork.make(kernels: KernelTable.available.last!).predict(
            clean: clean,
            canvases: [canvas]
        )
        for kernels in KernelTable.available {
            let exact = try TinyNetwork.make(kernels: kernels).predict(clean: clean, canvases: [canvas])
            let worst = zip(exact.logits, reference.logits).map { abs($0 - $1) }.max() ?? 0
            #expect(worst < 1e-4, "\(kernels.name): \(worst)")
            let rounded = try TinyNetwork.make(format: .bf16, kernels: kernels).predict(
                clean: clean,
                canvases: [canvas]
            )
            let scale = reference.logits.map(abs).max() ?? 1
            let loose = zip(rounded.logits, reference.logits).map { abs($0 - $1) }.max() ?? 0
            #expect(loose < 0.05 * scale, "\(kernels.name): \(loose) of \(scale)")
        }
    }

    @Test func requestsThatDoNotFitAreRefused() throws {
        let network = TinyNetwork.make()
        #expect(throws: CinnabarError.self) { try network.predict(clean: [53]) }
        #expect(throws: CinnabarError.self) { try network.predict(clean: [-1]) }
        #expect(throws: CinnabarError.self) { try network.predict(clean: [1, 2], wantedClean: [2]) }
        #expect(throws: CinnabarError.self) {
            try network.predict(clean: [1, 2], canvases: [CanvasInput(start: 3, tokens: [1], wanted: [0])])
        }
        #expect(throws: CinnabarError.self) { try network.predict(clean: TinyNetwork.tokens(161, seed: 1)) }
    }
}
