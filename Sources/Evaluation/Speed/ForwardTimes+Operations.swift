import Foundation
package import Models

extension ForwardTimes {
    /// One part of a forward.
    package struct Operation: Sendable, Codable {
        package var name: ForwardOperation
        /// As one worker sees it, mean over the repetitions.
        package var ms: Double
        /// Of products: those of all workers in this time, packing of the activations included.
        package var gops: Double?
        package var gbps: Double?
        package var percentOfPeak: Double?

        static func list(
            _ times: OperationTimes,
            forwards: Int,
            _ products: [ForwardOperation: (operations: Double, bytes: Double)]
        ) -> [Operation] {
            ForwardOperation.allCases.map { name in
                let ms = times[name] / .milliseconds(1) / Double(forwards)
                let work = ms > 0 ? products[name] : nil
                return Operation(
                    name: name,
                    ms: ms,
                    gops: work.map { $0.operations / ms / 1e6 },
                    gbps: work.map { $0.bytes / ms / 1e6 }
                )
            }
        }
    }
}

extension ForwardTimes.Row {
    /// A line for each operation: share of the forward, and what products reach.
    var operationLines: [String] {
        guard let operations else { return [] }
        return ["", "  \(rows) rows                ms       %     GOP/s      GB/s   % of peak"]
            + operations.map { part in
                let name = part.name.rawValue.replacingOccurrences(of: "_", with: " ")
                let time = String(format: "%9.3f %7.1f", part.ms, 100 * part.ms / ms)
                guard let gops = part.gops, let gbps = part.gbps else {
                    return "  " + name.padding(toLength: 17, withPad: " ", startingAt: 0) + time
                }
                return "  " + name.padding(toLength: 17, withPad: " ", startingAt: 0) + time
                    + String(format: " %9.0f %9.1f %11.0f", gops, gbps, part.percentOfPeak ?? 0)
            }
    }
}
