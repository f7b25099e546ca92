import Foundation

/// Writes training rows as JSON lines, for programs that train on the same rows.
///
/// For each phase one line with its name, its loss weights and the rows of a step; then one line for each row with the
/// number of its step. `segment_start` counts tokens of the row; roles are those of ``CanvasRole``: 0 masked, 1 replaced,
/// 2 visible, 3 ignored. Rows are those of the builder: no mask is filled with the network's own guesses yet.
enum RowDump {
    private struct Phase: Encodable {
        let phase: String
        let rowsPerStep: Int
        let weights: LossWeights
    }

    private struct Row: Encodable {
        let step: Int
        let tokens: [Int32]
        let segmentStart: [Int]
        let nextTokenWeight: [Float]
        let canvases: [Canvas]
    }

    private struct Canvas: Encodable {
        let segmentStart, start: Int
        let tokens, targets: [Int32]
        let roles: [UInt8]
    }

    static func line(_ phase: TrainingPhase, rowsPerStep: Int) throws -> Data {
        try line(Phase(phase: phase.name, rowsPerStep: rowsPerStep, weights: phase.weights))
    }

    static func line(_ row: TrainingRow, step: Int) throws -> Data {
        try line(
            Row(
                step: step,
                tokens: row.tokens,
                segmentStart: row.segmentStart,
                nextTokenWeight: row.nextTokenWeight,
                canvases: row.canvases.map {
                    Canvas(
                        segmentStart: $0.segmentStart,
                        start: $0.start,
                        tokens: $0.tokens,
                        targets: $0.targets,
                        roles: $0.roles.map(\.rawValue)
                    )
                }
            )
        )
    }

    private static func line(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try encoder.encode(value) + Data("\n".utf8)
    }
}
