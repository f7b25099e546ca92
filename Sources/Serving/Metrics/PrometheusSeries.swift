import CoreMetrics
import Synchronization

/// One metric with one set of label values.
protocol PrometheusSeries: AnyObject, Sendable {
    static var type: String { get }
    func lines(_ name: String, _ labels: String) -> [String]
}

extension PrometheusSeries {
    static func line(_ name: String, _ labels: String, _ value: String) -> String {
        labels.isEmpty ? "\(name) \(value)" : "\(name){\(labels)} \(value)"
    }
}

final class CounterSeries: PrometheusSeries, CounterHandler {
    static let type = "counter"
    private let value = Mutex<Int64>(0)

    func increment(by amount: Int64) { value.withLock { $0 &+= amount } }
    func reset() { value.withLock { $0 = 0 } }
    func lines(_ name: String, _ labels: String) -> [String] { [Self.line(name, labels, "\(value.withLock { $0 })")] }
}

final class GaugeSeries: PrometheusSeries, MeterHandler, RecorderHandler {
    static let type = "gauge"
    private let value = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }
    func lines(_ name: String, _ labels: String) -> [String] { [Self.line(name, labels, "\(value.withLock { $0 })")] }
}

final class HistogramSeries: PrometheusSeries, RecorderHandler, TimerHandler {
    static let type = "histogram"
    static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
    static let counts = [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128, 256, 1024, 4096.0]

    private struct State {
        var counts: [Int]
        var sum = 0.0
        var count = 0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 }
        state.withLock { state in
            if let bucket { state.counts[bucket] += 1 }
            state.sum += value
            state.count += 1
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func lines(_ name: String, _ labels: String) -> [String] {
        let state = state.withLock { $0 }
        let comma = labels.isEmpty ? "" : ","
        var sum = 0
        var lines = zip(bounds, state.counts).map { bound, count in
            sum += count
            return "\(name)_bucket{\(labels)\(comma)le=\"\(bound)\"} \(sum)"
        }
        lines.append("\(name)_bucket{\(labels)\(comma)le=\"+Inf\"} \(state.count)")
        lines.append(Self.line("\(name)_sum", labels, "\(state.sum)"))
        lines.append(Self.line("\(name)_count", labels, "\(state.count)"))
        return lines
    }
}
