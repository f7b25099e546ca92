import CoreMetrics
import Engine
import Synchronization

/// The engine's counts as metrics. Texts divided by calls is the size of a batch.
final class EngineMetrics: Sendable {
    private let calls, texts, rows: Counter
    private let prefixBytes: Meter
    private let known = Mutex(EngineCounters())

    init(_ factory: any MetricsFactory) {
        calls = Counter(label: "cinnabar_network_calls", factory: factory)
        texts = Counter(label: "cinnabar_network_texts", factory: factory)
        rows = Counter(label: "cinnabar_network_rows", factory: factory)
        prefixBytes = Meter(label: "cinnabar_prefix_cache_bytes", factory: factory)
    }

    func update(_ counters: EngineCounters) {
        known.withLock { known in
            // Of two readers at once the later one may come first.
            calls.increment(by: max(0, counters.forwards - known.forwards))
            texts.increment(by: max(0, counters.items - known.items))
            rows.increment(by: max(0, counters.rows - known.rows))
            if counters.forwards >= known.forwards { known = counters }
        }
        prefixBytes.set(counters.prefixBytes)
    }
}
