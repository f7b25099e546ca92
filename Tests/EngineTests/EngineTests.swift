import Common
import Diffusion
import Engine
import Foundation
import Models
import Synchronization
import TestSupport
import Testing

struct EngineTests {
    /// What one text of a random load asks for.
    struct Wish {
        var prompt: [TokenID]
        var options: DecodingOptions

        func session(_ network: ToyDenoiser) throws -> DecodingSession<ToyDenoiser> {
            try DecodingSession(network: network, prompt: prompt, options: options)
        }

        /// Prompts share beginnings, so that the prefix cache has something to find.
        static func random(_ random: inout SplitMix64) -> Wish {
            let shared = Array(repeating: [3, 4, 5, 6, 7, 8] as [TokenID], count: 6).flatMap(\.self)
            let mode = DecodingMode.allCases.randomElement(using: &random)!
            let temperature = Bool.random(using: &random) ? 0.0 : 0.9
            let (seed, tokens) = (random.next(), Int.random(in: 1...60, using: &random))
            return Wish(
                prompt: shared.prefix(Int.random(in: 0...36, using: &random)) + randomPrompt(&random),
                options: toyOptions(mode) {
                    ($0.temperature, $0.seed, $0.maxTokens) = (temperature, seed, tokens)
                    $0.prefillChunk = 10
                }
            )
        }
    }

    @Test("What a text says does not depend on the texts beside it, nor on what the prefix cache holds")
    func independence() async throws {
        for seed in UInt64(1)...12 {
            var random = SplitMix64(seed: seed)
            let network = ToyDenoiser(seed: seed, agreement: 0.6)
            var limits = EngineLimits()
            limits.rows = [1, 7, 64, 1000].randomElement(using: &random)!
            limits.prefixMemory = [0, 300, 1 << 20].randomElement(using: &random)!
            let engine = Engine(network, limits: limits)
            let wishes = (0..<40).map { _ in Wish.random(&random) }
            let results = try await withThrowingTaskGroup(of: (Int, [TokenID], Int).self) { group in
                for (index, wish) in wishes.enumerated() {
                    let text = Text(try wish.session(network))
                    group.addTask {
                        // Some are watched forward by forward.
                        if index % 3 == 0 {
                            while try await engine.step(text) != nil {}
                        } else {
                            try await engine.run(text)
                        }
                        return await engine.access(text) { (index, $0.writer.text, $0.writer.forwards) }
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = ($1.1, $1.2) }
            }
            for (index, wish) in wishes.enumerated() {
                var alone = try wish.session(network)
                _ = try alone.run()
                #expect(results[index]?.0 == alone.text, "seed \(seed), text \(index)")
                #expect(results[index]?.1 == alone.forwards, "seed \(seed), text \(index)")
            }
        }
    }

    @Test("A prompt that begins as another did is computed from there on")
    func sharedPrefix() async throws {
        let network = ToyDenoiser()
        let engine = Engine(network)
        let beginning = (0..<100).map { TokenID(3 + $0 % 9) }
        func shared(_ prompt: [TokenID]) async throws -> Int {
            let text = Text(try DecodingSession(network: network, prompt: prompt, options: toyOptions(.autoregressive)))
            try await engine.run(text)
            return await engine.access(text) { $0.sharedTokens }
        }
        #expect(try await shared(beginning + [3]) == 0)
        #expect(try await shared(beginning + [4, 5]) == 100)
        #expect(try await shared(beginning.prefix(40) + [11, 11]) == 40)
        // The last token is always computed: its row says what comes next.
        #expect(try await shared(beginning) == 99)
        #expect(try await shared(Array(beginning.prefix(10))) == 0)
    }

    @Test("A prompt is computed once for all continuations that are scored, and their scores are the causal stream's")
    func scores() async throws {
        let network = ToyDenoiser()
        let engine = Engine(network)
        let prompt = (0..<200).map { TokenID(3 + $0 % 9) }
        for continuation in [[3, 4, 5], [6], [7, 8]] as [[TokenID]] {
            let scores = try await engine.score(continuation, behind: prompt, top: 2)
            for (index, score) in scores.enumerated() {
                let logits = network.causalRow(after: prompt + continuation.prefix(index)).map(Double.init)
                let sum = log(logits.reduce(0) { $0 + exp($1) })
                #expect(abs(score.token.logProbability - (logits[Int(continuation[index])] - sum)) < 1e-5)
                let best = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }.prefix(2)
                #expect(score.top.map(\.token) == best.map { TokenID($0) })
            }
        }
        let text = Text(try DecodingSession(network: network, prompt: prompt, options: toyOptions(.autoregressive)))
        try await engine.run(text)
        #expect(await engine.access(text) { $0.sharedTokens } == prompt.count - 1)
    }

    @Test("A cancelled text stops within one forward, and the others go on")
    func cancellation() async throws {
        let network = ToyDenoiser(lowest: 3)
        let engine = Engine(network)
        let options = toyOptions(.autoregressive) { ($0.maxTokens, $0.suppressedTokens) = (2000, [2]) }
        let (left, stays) = (
            Text(try DecodingSession(network: network, prompt: [3, 4], options: options)),
            Text(try DecodingSession(network: network, prompt: [4, 5], options: options))
        )
        let other = Task { try await engine.run(stays) }
        let states = Guarded(0)
        // The engine waits at the fifth state until the task was cancelled, however late that comes.
        let isCancelled = DispatchSemaphore(value: 0)
        let task = Task {
            try await engine.run(left) { _ in
                if states.value.withLock({ count in
                    count += 1; return count
                }) == 5 {
                    isCancelled.wait()
                }
                return true
            }
        }
        while states.value.withLock({ $0 }) < 5 { await Task.yield() }
        task.cancel()
        isCancelled.signal()
        try await task.value
        #expect(states.value.withLock { $0 } == 5)
        #expect(await engine.access(left) { $0.writer.forwards } == 5)
        try await other.value
        #expect(await engine.access(stays) { $0.writer.text.count } == 2000)
        // Who was cancelled may be asked again.
        try await engine.run(left)
        #expect(await engine.access(left) { $0.writer.text.count } == 2000)
    }

    @Test("Who listens may stop a text, and a text may stop itself")
    func stops() async throws {
        let network = ToyDenoiser(lowest: 3)
        let engine = Engine(network)
        let options = toyOptions(.autoregressive) { ($0.maxTokens, $0.suppressedTokens) = (50, [2]) }
        let heard = Text(try DecodingSession(network: network, prompt: [3], options: options))
        try await engine.run(heard) { $0.step.forwards < 7 }
        #expect(await engine.access(heard) { $0.writer.forwards } == 7)
        let watched = Text(try DecodingSession(network: network, prompt: [3], options: options)) { $0.text.count < 9 }
        try await engine.run(watched)
        #expect(await engine.access(watched) { $0.writer.text.count } == 9)
        #expect(try await engine.step(watched) == nil)
    }

    @Test("A text that the network refuses fails alone")
    func refusal() async throws {
        let network = PickyDenoiser()
        let engine = Engine(network)
        let options = toyOptions(.autoregressive)
        let texts = try (0..<8).map { index in
            Text(try DecodingSession(network: network, prompt: [index == 3 ? 11 : 3, 4], options: options))
        }
        let failures = await withTaskGroup(of: Int?.self) { group in
            for (index, text) in texts.enumerated() {
                group.addTask {
                    do {
                        try await engine.run(text)
                        return nil
                    } catch {
                        return index
                    }
                }
            }
            return await group.reduce(into: Set()) { if let index = $1 { $0.insert(index) } }
        }
        #expect(failures == [3])
    }

    @Test("Nobody waits longer than the others take for one forward each")
    func fairness() async throws {
        let network = ToyDenoiser(lowest: 3)
        var limits = EngineLimits()
        limits.rows = 4
        let engine = Engine(network, limits: limits)
        let options = toyOptions(.autoregressive) { ($0.maxTokens, $0.suppressedTokens) = (200, [2]) }
        let order = Guarded<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<16 {
                let text = Text(
                    try DecodingSession(network: network, prompt: [TokenID(3 + index % 9)], options: options)
                )
                group.addTask {
                    try await engine.run(text) { _ in
                        order.value.withLock { $0.append(index) }
                        return true
                    }
                }
            }
            try await group.waitForAll()
        }
        // While all run, none gets a second turn before every other one had its turn, but for the order within a forward.
        let turns = order.value.withLock { $0 }
        let middle = turns[1200..<2000]
        var last: [Int: Int] = [:]
        for (position, index) in middle.enumerated() {
            if let before = last[index] { #expect(position - before < 16 + 4) }
            last[index] = position
        }
    }
}

/// A toy that refuses whatever holds token 11.
private struct PickyDenoiser: Denoiser {
    let toy = ToyDenoiser(lowest: 3)
    var vocabularySize: Int { toy.vocabularySize }
    var contextLength: Int { toy.contextLength }

    func makeCache(capacity: Int) -> ToyDenoiser.Cache { toy.makeCache(capacity: capacity) }

    func forward(_ items: [ForwardItem<ToyDenoiser.Cache>]) throws -> [Prediction] {
        if items.contains(where: { $0.clean.first == 11 && $0.cache.length == 0 }) {
            throw CinnabarError(.malformed, "token 11")
        }
        return try toy.forward(items)
    }
}

/// A value that several tasks change.
private final class Guarded<Value: Sendable>: Sendable {
    let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }
}
