package import Cinnabar
import Common
import Foundation

/// What `cinnabar bench` tells of a model on this machine.
package struct BenchReport: Sendable, Codable {
    package var hardware: String
    package var instructionSet: String
    package var threads: Int
    package var network: String
    /// From the folder to a network that can run.
    package var loadMs: Double
    /// Most resident memory of the process, the measurement included.
    package var peakMegabytes: Int
    package var forwards: ForwardTimes

    package init(load: () throws -> Model, context: Int, rows: [Int], repetitions: Int) throws {
        let clock = ContinuousClock()
        let begin = clock.now
        let model = try load()
        loadMs = (clock.now - begin) / .milliseconds(1)
        hardware = Hardware.description
        instructionSet = model.instructionSet
        threads = model.threads
        network = model.summary
        forwards = try ForwardTimes.measure(
            model.network,
            mask: model.maskToken,
            context: context,
            rows: rows,
            repetitions: repetitions
        )
        peakMegabytes = ProcessUsage.peakBytes / 1_000_000
    }

    package var table: String {
        var lines = [
            "\(hardware); \(instructionSet), \(threads) threads", network,
            String(format: "loaded in %.0f ms, peak memory %d MB", loadMs, peakMegabytes),
            "forwards behind \(forwards.context) tokens, median of \(forwards.repetitions)", "",
            "  rows        ms   tokens/s   GFLOP/s      GB/s   T(n)/T(1)",
        ]
        for row in forwards.rows {
            let numbers = String(
                format: "%6d %9.3f %10.0f %9.0f %9.1f",
                row.rows,
                row.ms,
                row.tokensPerSecond,
                row.gflops,
                row.gbps
            )
            lines.append(numbers + (row.breakEven.map { String(format: "%12.2f", $0) } ?? "           -"))
        }
        return lines.joined(separator: "\n")
    }
}
