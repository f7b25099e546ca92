import Common
import Diffusion
import Foundation
import Kernels
import Models

/// What `cinnabar bench` tells of a network on this machine.
package struct BenchReport: Sendable, Codable {
    package var hardware: String
    package var instructionSet: String
    package var threads: Int
    package var network: String
    package var weights: String
    /// Packed matrices.
    package var weightMegabytes: Double
    /// From the folder, or from nothing for a shape, to a network that can run.
    package var loadMs: Double
    /// Most resident memory of the process, the measurement included, before the ceilings are measured.
    package var peakMegabytes: Int
    package var ceilings: Ceilings
    package var forwards: ForwardTimes?
    package var generation: ForcedGeneration?

    package init(
        load: () throws -> BenchNetwork,
        measure: (BenchNetwork) throws -> (ForwardTimes?, ForcedGeneration?)
    ) throws {
        let clock = ContinuousClock()
        let begin = clock.now
        let subject = try load()
        loadMs = (clock.now - begin) / .milliseconds(1)
        hardware = Hardware.description
        let loaded = subject.network
        instructionSet = loaded.kernels.name
        threads = loaded.threads
        network = loaded.configuration.summary
        weights = loaded.weights.format.rawValue
        weightMegabytes = Double(loaded.weights.packedBytes) / 1e6
        (forwards, generation) = try measure(subject)
        peakMegabytes = ProcessUsage.peakBytes / 1_000_000
        ceilings = Ceilings.measure(loaded.weights.format, threads: threads, kernels: loaded.kernels)
        forwards?.relate(to: ceilings, weightBytes: loaded.weights.packedBytes)
    }

    package var table: String {
        var lines = [
            "\(hardware); \(instructionSet), \(threads) threads", network,
            String(
                format: "%@ weights, %.1f MB; loaded in %.0f ms, peak memory %d MB",
                weights,
                weightMegabytes,
                loadMs,
                peakMegabytes
            ),
            String(format: "ceilings measured here: %.0f GOP/s, %.1f GB/s", ceilings.gops, ceilings.gbps),
        ]
        if let forwards { lines += Self.lines(forwards) }
        if let generation { lines += ["", Self.line(generation)] }
        return lines.joined(separator: "\n")
    }

    private static func lines(_ forwards: ForwardTimes) -> [String] {
        var lines = [
            "forwards behind \(forwards.context) tokens, logits at \(forwards.oneLogitsRow ? "one row" : "all rows"), "
                + "median of \(forwards.repetitions)",
            "",
            "  rows        ms   tokens/s     GOP/s      GB/s   % of peak   T(n)/T(1)",
        ]
        for row in forwards.rows {
            let numbers = String(
                format: "%6d %9.3f %10.0f %9.0f %9.1f %11.0f",
                row.rows,
                row.ms,
                row.tokensPerSecond,
                row.gops,
                row.gbps,
                row.percentOfPeak ?? 0
            )
            lines.append(numbers + (row.breakEven.map { String(format: "%12.2f", $0) } ?? "           -"))
        }
        return lines + forwards.rows.flatMap(\.operationLines) + canvasLine(forwards)
    }

    /// What `--canvas auto` would choose on this machine.
    private static func canvasLine(_ forwards: ForwardTimes) -> [String] {
        let times = forwards.rows.map { (rows: $0.rows, seconds: $0.ms / 1e3) }.sorted { $0.rows < $1.rows }
        var options = DecodingOptions(.lossless, maskToken: 0)
        let chances = [0.5, 0.7, 0.9]
        let choices = chances.compactMap { chance in
            options.draftAcceptance = chance
            return CanvasChoice(times: times, options: options)
        }
        guard choices.count == chances.count else { return [] }
        let lengths = zip(chances, choices).map { chance, choice in
            String(
                format: "%d at %.1f (%.2f tokens a forward, %.0f tokens/s)",
                choice.canvasLength,
                chance,
                choice.tokensPerForward,
                choice.tokensPerSecond
            )
        }
        return ["", "best canvas by the chance that a draft is accepted: " + lengths.joined(separator: ", ")]
    }

    private static func line(_ generation: ForcedGeneration) -> String {
        String(
            format:
                "%d tokens in %d forwards of %d tokens, %d undecided: %.3f s, %.0f tokens/s; reading the logits takes %.3f s more",
            generation.tokens,
            generation.forwards,
            generation.tokensPerForward,
            generation.canvas,
            generation.seconds,
            generation.tokensPerSecond,
            generation.readingSeconds
        )
    }
}
