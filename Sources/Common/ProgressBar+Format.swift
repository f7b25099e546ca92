import Foundation

extension ProgressBar {
    /// The text for a state, pure: `Training  ███▌      35%  350/1,000 steps  12.4 steps/s  0:52 left  loss 2.31`.
    ///
    /// - Parameter width: columns of the terminal (the line is cut to fit in one less); nil makes a plain line, no bar.
    package static func line(_ state: State, width: Int?) -> String {
        var parts = [count(state)]
        let rate = rate(state)
        if let rate { parts.append("\(number(rate)) \(state.unit)/s") }
        if let total = state.total, state.done >= total {
            parts.append("\(duration(state.elapsed)) in all")
        } else if let total = state.total, let rate {
            parts.append("\(duration(Double(total - state.done) / rate)) left")
        } else {
            parts.append(duration(state.elapsed))
        }
        if !state.suffix.isEmpty { parts.append(state.suffix) }
        let fraction = fraction(state)
        if let fraction { parts.insert("\(Int(fraction * 100))%", at: 0) }
        let text = parts.joined(separator: "  ")
        guard let width else { return "\(state.label): \(text)" }
        var line = state.label
        // The bar takes what the text leaves, and goes first when the window is narrow.
        let space = min(32, width - 1 - line.count - text.count - 4)
        if let fraction, space >= 8 { line += "  " + bar(fraction, width: space) }
        return String((line + "  " + text).prefix(max(0, width - 1)))
    }

    /// A bar of `width` columns in steps of an eighth of a column; `fraction` in [0, 1].
    package static func bar(_ fraction: Double, width: Int) -> String {
        let eighths = Int((fraction * Double(width * 8)).rounded(.down))
        let full = String(repeating: "█", count: eighths / 8)
        let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return full + part + String(repeating: "░", count: width - eighths / 8 - (part.isEmpty ? 0 : 1))
    }

    /// `m:ss`, `h:mm:ss` or days and hours; a dash when it is not a sensible time.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
        let whole = Int(seconds.rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        if hours >= 48 { return "\(hours / 24)d \(hours % 24)h" }
        if hours > 0 { return "\(hours):\(padded(minutes)):\(padded(rest))" }
        return "\(minutes):\(padded(rest))"
    }

    private static func count(_ state: State) -> String {
        let done = grouped(state.done)
        return state.total.map { "\(done)/\(grouped($0)) \(state.unit)" } ?? "\(done) \(state.unit)"
    }

    private static func fraction(_ state: State) -> Double? {
        guard let total = state.total, total > 0 else { return nil }
        return min(1, max(0, Double(state.done) / Double(total)))
    }

    private static func rate(_ state: State) -> Double? {
        guard state.elapsed > 0, state.done > state.start else { return nil }
        return Double(state.done - state.start) / state.elapsed
    }

    /// Three significant figures, grouped in thousands from 1,000 up.
    private static func number(_ value: Double) -> String {
        guard value < 1000 else { return value < 1e15 ? grouped(Int(value.rounded())) : String(format: "%.2e", value) }
        return String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
    }

    private static func grouped(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
