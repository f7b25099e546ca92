import Common
import Foundation

/// How rotations are slowed for contexts longer than those of pre-training: a pair of dimensions that turns often within the
/// original context keeps its frequency, one that turns seldom is slowed by the factor, and between the two it is a mixture.
package struct RotaryScaling: Codable, Sendable, Hashable {
    package enum Kind: String, Codable, Sendable {
        /// Mixed linearly in the number of the pair (Peng et al., YaRN, 2023, section 3.2, as transformers computes it).
        case yarn
        /// Mixed linearly in the number of turns (Llama 3.1).
        case llama3
    }

    package var kind: Kind
    package var factor: Double
    /// Positions of pre-training.
    package var original: Double
    /// Turns within them from which on a frequency is kept, and below which it is slowed.
    package var fast: Double
    package var slow: Double
    /// Of cosines and sines.
    package var amplitude: Double

    package init(
        kind: Kind,
        factor: Double,
        original: Double,
        fast: Double,
        slow: Double,
        amplitude: Double = 1
    ) {
        (self.kind, self.factor, self.original) = (kind, factor, original)
        (self.fast, self.slow, self.amplitude) = (fast, slow, amplitude)
    }

    /// - Parameters:
    ///   - frequencies: radians a position, of each pair of dimensions.
    ///   - theta: what they are powers of.
    func scale(_ frequencies: [Double], theta: Double) -> [Double] {
        let kept: (Int) -> Double
        switch kind {
        case .yarn:
            // The pair that makes so many turns.
            func pair(_ turns: Double) -> Double {
                Double(frequencies.count) * log(original / (turns * 2 * .pi)) / log(theta)
            }
            let first = max(pair(fast).rounded(.down), 0)
            let last = min(pair(slow).rounded(.up), Double(2 * frequencies.count - 1))
            let width = last == first ? 0.001 : last - first
            kept = { 1 - min(max((Double($0) - first) / width, 0), 1) }
        case .llama3:
            kept = { [self] in
                let turns = original * frequencies[$0] / (2 * .pi)
                return min(max((turns - slow) / (fast - slow), 0), 1)
            }
        }
        return frequencies.enumerated().map { $1 / factor * (1 - kept($0)) + $1 * kept($0) }
    }
}

extension RotaryScaling {
    /// What `rope_parameters` or `rope_scaling` of a configuration says; nil for plain rotations.
    ///
    /// - Throws: for kinds that are not computed and numbers that make no sense.
    init?(_ file: ConfigurationFile, theta: Double) throws {
        let name = try file.string("rope_type") ?? file.string("type") ?? "default"
        guard name != "default" else { return nil }
        guard let kind = Kind(rawValue: name), try file.bool("truncate") ?? true else {
            throw CinnabarError(
                .unsupported,
                "\(file.label) is of type '\(name)', which this build does not compute",
                hint: "it computes yarn and llama3"
            )
        }
        func positive(_ key: String, _ standard: Double? = nil) throws -> Double {
            let value = try file.number(key) ?? standard ?? 0
            guard value > 0, value.isFinite else {
                throw CinnabarError(.malformed, "\(file.label): '\(key)' is \(value), expected a positive number")
            }
            return value
        }
        let factor = try positive("factor")
        var (fast, slow, amplitude) = (32.0, 1.0, 1.0)
        switch kind {
        case .yarn:
            (fast, slow) = (try positive("beta_fast", fast), try positive("beta_slow", slow))
            func magnitude(_ key: Double) -> Double { factor <= 1 ? 1 : 0.1 * key * log(factor) + 1 }
            if let stated = try file.number("attention_factor") {
                amplitude = stated
            } else if let over = try file.number("mscale"), let under = try file.number("mscale_all_dim"),
                over != 0, under != 0
            {
                amplitude = magnitude(over) / magnitude(under)
            } else {
                amplitude = magnitude(1)
            }
        case .llama3:
            (fast, slow) = (try positive("high_freq_factor"), try positive("low_freq_factor"))
        }
        guard fast > slow, theta > 1, theta.isFinite, amplitude.isFinite else {
            throw CinnabarError(
                .malformed,
                "\(file.label): frequencies kept from \(fast) turns on and slowed below \(slow), theta \(theta)"
            )
        }
        self.init(
            kind: kind,
            factor: factor,
            original: try positive("original_max_position_embeddings"),
            fast: fast,
            slow: slow,
            amplitude: amplitude
        )
    }
}

/// Queries grow with their position, so that attention over long contexts stays sharp (Llama 4, Ministral 3):
/// `1 + beta · ln(1 + floor(position / period))`.
package struct QueryScaling: Codable, Sendable, Hashable {
    package var beta: Double
    package var period: Double

    package init(beta: Double, period: Double) { (self.beta, self.period) = (beta, period) }

    /// Nil where a configuration has none.
    init?(_ file: ConfigurationFile) throws {
        guard let beta = try file.number("llama_4_scaling_beta"), beta != 0 else { return nil }
        let period = try file.number("original_max_position_embeddings") ?? 0
        guard period >= 1, period.isFinite, abs(beta) <= 100 else {
            throw CinnabarError(
                .malformed,
                "\(file.label): queries are scaled by \(beta) every \(period) positions"
            )
        }
        (self.beta, self.period) = (beta, period)
    }

    func factor(at position: Int) -> Float { Float(1 + beta * log(1 + (Double(position) / period).rounded(.down))) }
}
