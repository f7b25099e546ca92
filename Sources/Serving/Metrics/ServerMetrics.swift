import CoreMetrics
import Engine

/// What a server counts and times.
struct ServerMetrics: Sendable {
    private let factory: any MetricsFactory
    let running: Meter
    let queued: Meter
    private let queueTime, firstTextTime: Timer
    private let promptTokens, cachedTokens, outputTokens, forwards, disconnections: Counter
    private let tokensPerForward: Recorder
    private let engine: EngineMetrics

    init(_ factory: any MetricsFactory) {
        self.factory = factory
        running = Meter(label: "cinnabar_running_texts", factory: factory)
        queued = Meter(label: "cinnabar_queued_requests", factory: factory)
        queueTime = Timer(label: "cinnabar_queue", factory: factory)
        firstTextTime = Timer(label: "cinnabar_time_to_first_text", factory: factory)
        promptTokens = Counter(label: "cinnabar_prompt_tokens", factory: factory)
        cachedTokens = Counter(label: "cinnabar_cached_prompt_tokens", factory: factory)
        outputTokens = Counter(label: "cinnabar_output_tokens", factory: factory)
        forwards = Counter(label: "cinnabar_forwards", factory: factory)
        disconnections = Counter(label: "cinnabar_disconnected_requests", factory: factory)
        tokensPerForward = Recorder(label: "cinnabar_tokens_per_forward", factory: factory)
        engine = EngineMetrics(factory)
    }

    func answered(route: String, status: Int, after time: Duration) {
        let dimensions = [("route", route), ("status", "\(status)")]
        Counter(label: "cinnabar_requests", dimensions: dimensions, factory: factory).increment()
        Timer(label: "cinnabar_request", dimensions: [("route", route)], factory: factory).record(time)
    }

    func waited(_ time: Duration) { queueTime.record(time) }
    func showedText(after time: Duration) { firstTextTime.record(time) }
    /// Brings what the engine has counted up to date.
    func update(_ counters: EngineCounters) { engine.update(counters) }
    func disconnected() { disconnections.increment() }

    func wrote(_ completions: [Completion], choicesPerPrompt: Int) {
        let usage = TokenUsage(completions, choicesPerPrompt: choicesPerPrompt)
        promptTokens.increment(by: usage.prompt)
        cachedTokens.increment(by: usage.cached)
        outputTokens.increment(by: usage.output)
        forwards.increment(by: usage.forwards)
        for completion in completions where completion.usage.forwards > 0 {
            tokensPerForward.record(Double(completion.usage.output) / Double(completion.usage.forwards))
        }
    }
}

extension Timer {
    fileprivate func record(_ time: Duration) {
        recordNanoseconds(Int64(time / .nanoseconds(1)))
    }
}
