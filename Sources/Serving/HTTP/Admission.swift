import HTTPTypes
import Synchronization

/// Who may write now. Texts beyond a number wait in a queue, one for each key, which take turns; requests beyond its length are turned
/// away.
package final class Admission: Sendable {
    package struct Limits: Sendable {
        /// Texts that are written at the same time.
        package var running: Int
        /// Of one key; nil for no limit of its own.
        package var runningPerKey: Int?
        /// Requests that wait.
        package var queued: Int
        package var wait: Duration

        package init(running: Int, runningPerKey: Int? = nil, queued: Int, wait: Duration) {
            (self.running, self.runningPerKey, self.queued, self.wait) = (running, runningPerKey, queued, wait)
        }
    }

    package struct Load: Sendable {
        package var running = 0
        package var queued = 0
    }

    private struct Waiter {
        let number: Int
        let weight: Int
        let resume: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var running = 0
        var runningByKey: [String: Int] = [:]
        /// Keys with waiters, the one whose turn it is first.
        var turns: [String] = []
        var waiters: [String: [Waiter]] = [:]
        var queued = 0
        var nextNumber = 0
        /// Of a text, in seconds, newer ones counting more.
        var usualTime = 1.0
    }

    package let limits: Limits
    private let state = Mutex(State())
    private let onChange: @Sendable (Load) -> Void

    package init(_ limits: Limits, onChange: @Sendable @escaping (Load) -> Void = { _ in }) {
        (self.limits, self.onChange) = (limits, onChange)
    }

    package var load: Load { state.withLock { Load(running: $0.running, queued: $0.queued) } }

    /// Room for a request's texts, given back by the ticket's end.
    ///
    /// - Parameter weight: number of texts, not above the limit of running ones.
    /// - Throws: 429 if the queue is full or the wait too long; `CancellationError`.
    package func enter(key: String, weight: Int) async throws -> Ticket {
        let weight = min(weight, limits.running, limits.runningPerKey ?? .max)
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        let timer = Task {
            try await Task.sleep(for: limits.wait)
            leaveQueue(number, key: key, tooBusy("the request waited \(limits.wait)"))
        }
        defer { timer.cancel() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                wait(Waiter(number: number, weight: weight, resume: continuation), key: key)
                if Task.isCancelled { leaveQueue(number, key: key, CancellationError()) }
            }
        } onCancel: {
            leaveQueue(number, key: key, CancellationError())
        }
        return Ticket(self, key: key, weight: weight)
    }

    private func tooBusy(_ message: String) -> APIError {
        let seconds = state.withLock { state in
            state.usualTime * Double(state.queued + 1) / Double(limits.running)
        }
        return APIError(
            .tooManyRequests,
            "the server is busy: \(message)",
            code: "rate_limit_reached",
            retryAfter: max(1, min(60, Int(seconds.rounded(.up))))
        )
    }

    private func wait(_ waiter: Waiter, key: String) {
        let isFull = state.withLock { state in
            let canEnter = state.queued == 0 && hasRoom(state, key, waiter.weight)
            guard canEnter || state.queued < limits.queued else { return true }
            state.queued += 1
            if state.waiters[key] == nil { state.turns.append(key) }
            state.waiters[key, default: []].append(waiter)
            return false
        }
        if isFull { waiter.resume.resume(throwing: tooBusy("\(limits.queued) requests wait already")) } else { admit() }
    }

    private func hasRoom(_ state: State, _ key: String, _ weight: Int) -> Bool {
        state.running + weight <= limits.running
            && state.runningByKey[key, default: 0] + weight <= limits.runningPerKey ?? .max
    }

    /// Lets in those who are next. A large request at the head of the queue holds back later ones, so that it gets its turn.
    private func admit() {
        let (admitted, load) = state.withLock { state in
            var admitted: [Waiter] = []
            var blocked = 0
            while blocked < state.turns.count {
                let key = state.turns[blocked]
                guard let waiter = state.waiters[key]?.first else { break }
                guard hasRoom(state, key, waiter.weight) else {
                    // Only its own key's limit lets others pass.
                    guard state.running + waiter.weight <= limits.running else { break }
                    blocked += 1
                    continue
                }
                state.running += waiter.weight
                state.runningByKey[key, default: 0] += waiter.weight
                state.queued -= 1
                state.waiters[key]?.removeFirst()
                state.turns.remove(at: blocked)
                if state.waiters[key]?.isEmpty == true { state.waiters[key] = nil } else { state.turns.append(key) }
                admitted.append(waiter)
                blocked = 0
            }
            return (admitted, Load(running: state.running, queued: state.queued))
        }
        onChange(load)
        for waiter in admitted { waiter.resume.resume() }
    }

    private func leaveQueue(_ number: Int, key: String, _ error: any Error) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters[key]?.firstIndex(where: { $0.number == number }) else { return nil }
            state.queued -= 1
            let waiter = state.waiters[key]?.remove(at: index)
            if state.waiters[key]?.isEmpty == true {
                state.waiters[key] = nil
                state.turns.removeAll { $0 == key }
            }
            return waiter
        }
        waiter?.resume.resume(throwing: error)
        if waiter != nil { admit() }
    }

    fileprivate func leave(key: String, weight: Int, after time: Duration) {
        state.withLock { state in
            state.running -= weight
            state.runningByKey[key, default: 0] -= weight
            if state.runningByKey[key] == 0 { state.runningByKey[key] = nil }
            state.usualTime += (time / .seconds(1) - state.usualTime) / 16
        }
        admit()
    }

    /// Room that a request has, until it is given back or forgotten.
    package final class Ticket: Sendable {
        private let admission: Admission
        private let key: String
        private let weight: Int
        private let begin = ContinuousClock.now
        private let isUsed = Mutex(true)

        fileprivate init(_ admission: Admission, key: String, weight: Int) {
            (self.admission, self.key, self.weight) = (admission, key, weight)
        }

        package func giveBack() {
            let isFirst = isUsed.withLock { isUsed in
                defer { isUsed = false }
                return isUsed
            }
            if isFirst { admission.leave(key: key, weight: weight, after: ContinuousClock.now - begin) }
        }

        deinit { giveBack() }
    }
}
