import Foundation

extension LineChart {
    /// One axis: the range of values it shows and where they lie between 0 and 1.
    package struct Axis: Sendable {
        package let scale: Scale
        package let lower: Double
        package let upper: Double

        /// The axis that shows all values it can, with a little air at both ends; 0 to 1 (1 to 10) if there are none.
        package init(_ values: [Double], scale: Scale) {
            self.scale = scale
            let shown = values.filter { Self.shows($0, on: scale) }
            guard let least = shown.min(), let most = shown.max() else {
                (lower, upper) = scale == .linear ? (0, 1) : (1, 10)
                return
            }
            switch scale {
            case .linear:
                let span = most - least
                // A flat line lies in the middle; one that is flat but for rounding errors counts as flat.
                let size = max(abs(least), abs(most))
                let air = span > size * 1e-9 ? span * 0.04 : max(size * 0.1, 1e-9)
                // Data that begins at zero keeps its corner.
                (lower, upper) = (least == 0 && span > 0 ? 0 : least - air, most + air)
            case .logarithmic:
                let ratio = most / least
                let air = ratio > 1 ? pow(ratio, 0.04) : 1.5
                (lower, upper) = (least / air, most * air)
            }
        }

        /// Whether the axis can show a value; the bounds keep all arithmetic on it finite.
        package func shows(_ value: Double) -> Bool { Self.shows(value, on: scale) }

        private static func shows(_ value: Double, on scale: Scale) -> Bool {
            switch scale {
            case .linear: abs(value) <= 1e100
            case .logarithmic: value >= 1e-100 && value <= 1e100
            }
        }

        /// 0 at the lower end, 1 at the upper.
        package func position(_ value: Double) -> Double {
            switch scale {
            case .linear: (value - lower) / (upper - lower)
            case .logarithmic: log(value / lower) / log(upper / lower)
            }
        }

        /// Round values inside the range, about `count` of them, ascending.
        package func ticks(count: Int) -> [Double] {
            switch scale {
            case .linear: linearTicks(count: count)
            case .logarithmic: logarithmicTicks(count: count)
            }
        }

        private func linearTicks(count: Int) -> [Double] {
            let step = roundStep((upper - lower) / Double(max(1, count)))
            guard step > 0, step.isFinite else { return [] }
            // From whole multiples: adding steps up would leave 0.30000000000000004.
            let first = (lower / step).rounded(.up)
            let last = (upper / step).rounded(.down)
            guard last >= first, last - first < 1000 else { return [] }
            return stride(from: first, through: last, by: 1).map { $0 == 0 ? 0 : $0 * step }
        }

        private func roundStep(_ raw: Double) -> Double {
            let power = pow(10, log10(raw).rounded(.down))
            let mantissa = raw / power
            return power * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10)
        }

        private func logarithmicTicks(count: Int) -> [Double] {
            let first = Int(log10(lower).rounded(.down))
            let last = Int(log10(upper).rounded(.up))
            func values(_ mantissas: [Double], every: Int = 1) -> [Double] {
                stride(from: first, through: last, by: every).flatMap { exponent in
                    mantissas.map { $0 * pow(10, Double(exponent)) }
                }.filter { lower <= $0 && $0 <= upper }
            }
            let decades = values([1])
            if decades.count > count { return values([1], every: (decades.count + count - 1) / count) }
            let finer = [values([1, 2, 5]), values([1, 3]), decades].first { $0.count <= count + 2 && $0.count >= 3 }
            // Less than about a decade: equal steps read better.
            return finer ?? linearTicks(count: count)
        }

        /// The text of a tick: `0.25`, `20k`, `1.5M`, with as many digits as its neighbours need.
        package func text(_ tick: Double, among ticks: [Double]) -> String {
            guard tick != 0 else { return "0" }
            let gaps = zip(ticks, ticks.dropFirst()).map { abs($1 - $0) }
            let finest = scale == .linear ? gaps.min() ?? abs(tick) : abs(tick)
            let largest = scale == .linear ? ticks.map(abs).max() ?? abs(tick) : abs(tick)
            if largest >= 1e15 || largest < 1e-4 { return String(format: "%.3g", tick) }
            let (unit, suffix) =
                largest >= 1e9 ? (1e9, "G") : largest >= 1e6 ? (1e6, "M") : largest >= 1e4 ? (1e3, "k") : (1, "")
            let digits = min(9, max(0, Int((-log10(finest / unit) - 1e-9).rounded(.up))))
            var text = String(format: "%.\(digits + 1)f", tick / unit)
            // One digit more was asked for than the step needs, for steps such as 2.5; it goes when it says nothing.
            if text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
            return text.replacingOccurrences(of: "-", with: "−") + suffix
        }
    }
}
