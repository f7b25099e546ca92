import Common
import HTTPTypes
import Serving
import Synchronization
import Testing

@Suite struct AdmissionTests {
    private func admission(running: Int, perKey: Int? = nil, queued: Int, wait: Duration = .seconds(60)) -> Admission {
        Admission(.init(running: running, runningPerKey: perKey, queued: queued, wait: wait))
    }

    private func status(_ body: () async throws -> some Sendable) async -> Int? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? APIError)?.status.code
        }
    }

    private func waiting(_ admission: Admission, _ count: Int) async {
        while admission.load.queued < count { await Task.yield() }
    }

    @Test func whoFindsTheQueueFullIsTurnedAway() async throws {
        let admission = admission(running: 1, queued: 1)
        let first = try await admission.enter(key: "", weight: 1)
        let second = Task { try await admission.enter(key: "", weight: 1) }
        await waiting(admission, 1)
        #expect(await status { try await admission.enter(key: "", weight: 1) } == 429)
        first.giveBack()
        try await second.value.giveBack()
        #expect(admission.load.running == 0 && admission.load.queued == 0)
    }

    @Test func waitingTooLongEndsWith429() async throws {
        let admission = admission(running: 1, queued: 1, wait: .milliseconds(1))
        let first = try await admission.enter(key: "", weight: 1)
        #expect(await status { try await admission.enter(key: "", weight: 1) } == 429)
        #expect(admission.load.queued == 0)
        first.giveBack()
    }

    @Test func aTicketGivesBackOnce() async throws {
        let admission = admission(running: 2, queued: 0)
        do {
            let ticket = try await admission.enter(key: "", weight: 2)
            #expect(admission.load.running == 2)
            ticket.giveBack()
            ticket.giveBack()
        }
        #expect(admission.load.running == 0)
        _ = try await admission.enter(key: "", weight: 1)
        #expect(admission.load.running == 0, "a forgotten ticket is given back")
    }

    @Test func cancelledWaitersLeaveTheQueue() async throws {
        let admission = admission(running: 1, queued: 4)
        let first = try await admission.enter(key: "", weight: 1)
        let waiter = Task { try await admission.enter(key: "", weight: 1) }
        await waiting(admission, 1)
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        #expect(admission.load.queued == 0)
        first.giveBack()
        _ = try await admission.enter(key: "", weight: 1)
    }

    /// One key with many requests does not keep another one waiting behind all of them.
    @Test func keysTakeTurns() async throws {
        let admission = admission(running: 1, queued: 16)
        let first = try await admission.enter(key: "a", weight: 1)
        let order = Recorder<[String]>([])
        var waiters: [Task<Void, any Error>] = []
        for (index, key) in ["a", "a", "a", "b"].enumerated() {
            waiters.append(
                Task {
                    let ticket = try await admission.enter(key: key, weight: 1)
                    order.value.withLock { $0.append(key) }
                    ticket.giveBack()
                }
            )
            await waiting(admission, index + 1)
        }
        first.giveBack()
        for waiter in waiters { try await waiter.value }
        #expect(order.value.withLock { $0 } == ["a", "b", "a", "a"])
    }

    @Test func aKeysOwnLimitLetsOthersPass() async throws {
        let admission = admission(running: 4, perKey: 1, queued: 4)
        let first = try await admission.enter(key: "a", weight: 1)
        let second = Task { try await admission.enter(key: "a", weight: 1) }
        await waiting(admission, 1)
        let other = try await admission.enter(key: "b", weight: 1)
        #expect(admission.load.running == 2)
        first.giveBack()
        try await second.value.giveBack()
        other.giveBack()
    }

    /// Never more than allowed, and everyone gets in, under random requests and cancellations.
    @Test func limitsHoldUnderRandomLoad() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        let admission = admission(running: 5, perKey: 3, queued: 1000)
        let most = Recorder(0)
        await withTaskGroup(of: Void.self) { group in
            var random = SplitMix64(seed: seed)
            for _ in 0..<300 {
                let (key, weight) = ("\(Int.random(in: 0..<4, using: &random))", Int.random(in: 1...3, using: &random))
                let isCancelled = Int.random(in: 0..<5, using: &random) == 0
                group.addTask {
                    let task = Task {
                        let ticket = try await admission.enter(key: key, weight: weight)
                        most.value.withLock { $0 = max($0, admission.load.running) }
                        await Task.yield()
                        ticket.giveBack()
                    }
                    if isCancelled { task.cancel() }
                    _ = await task.result
                }
            }
        }
        #expect(most.value.withLock { $0 } <= 5)
        #expect(admission.load.running == 0 && admission.load.queued == 0)
    }
}

/// What several tasks write down.
private final class Recorder<Value: Sendable>: Sendable {
    let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }
}

@Suite struct RateLimiterTests {
    @Test func aBucketEmptiesAndRefills() throws {
        let limiter = RateLimiter()
        let begin = ContinuousClock.now
        #expect(try limiter.take("a", perMinute: 2, at: begin).remaining == 1)
        #expect(try limiter.take("a", perMinute: 2, at: begin).remaining == 0)
        #expect(throws: APIError.self) { try limiter.take("a", perMinute: 2, at: begin) }
        #expect(try limiter.take("b", perMinute: 2, at: begin).remaining == 1, "others have their own")
        #expect(throws: APIError.self) { try limiter.take("a", perMinute: 2, at: begin + .seconds(29)) }
        #expect(try limiter.take("a", perMinute: 2, at: begin + .seconds(31)).remaining == 0)
    }
}
