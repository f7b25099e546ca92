import Common
package import Foundation
import Models
package import Tokenizers

/// Measures training steps phase by phase, each phase from the same parameters and on the same rows every time.
package struct TrainingBenchmark {
    /// What the steps of one phase took.
    package struct Measurement: Codable, Sendable {
        package let phase: String
        /// Wall seconds of each timed step, the building of its rows included.
        package var stepSeconds: [Double] = []
        /// The part of them in which rows were built.
        package var rowSeconds: [Double] = []
        /// Tokens of each timed step.
        package var cleanTokens: [Int] = []
        package var canvasTokens: [Int] = []
        /// Mean losses on the first step's rows with the parameters as given, by ``Supervision`` and `detector`.
        package var firstLosses: [String: Double] = [:]
        /// Norm of the first step's gradient.
        package var firstGradientNorm = 0.0

        package var medianStepSeconds: Double { stepSeconds.median ?? 0 }
        /// Median of clean tokens a second.
        package var tokensPerSecond: Double {
            zip(cleanTokens, stepSeconds).map { Double($0) / $1 }.median ?? 0
        }
    }

    package let options: TrainingOptions
    package let parameters: [Float]
    package let threads: Int
    private let source: RowSource
    private let vocabulary: RowVocabulary

    /// - Parameters:
    ///   - options: phases and settings; the allowance plays no part.
    ///   - parameters: what each phase starts from.
    package init(
        options: TrainingOptions,
        parameters: [Float],
        source: RowSource,
        vocabulary: RowVocabulary,
        threads: Int
    ) {
        self.options = options
        self.parameters = parameters
        self.source = source
        self.vocabulary = vocabulary
        self.threads = threads
    }

    package init(
        options: TrainingOptions,
        parameters: [Float],
        corpus: Corpus,
        tokenizer: Tokenizer,
        threads: Int
    ) throws {
        let split = corpus.train
        self.init(
            options: options,
            parameters: parameters,
            source: RowSource(
                documents: split.count,
                length: { split.length($0) },
                document: { split.document($0) }
            ),
            vocabulary: try TrainingRun.vocabulary(tokenizer, corpus),
            threads: threads
        )
    }

    /// Trains `warmUp` steps of each phase untimed, then `steps` timed ones. Step *s* takes the same rows in every call.
    ///
    /// - Parameter dump: receives all rows as the lines of ``RowDump``.
    package func run(steps: Int, warmUp: Int, dump: ((Data) throws -> Void)? = nil) throws -> [Measurement] {
        try options.phases.map { try measure($0, steps: steps, warmUp: warmUp, dump: dump) }
    }

    private func measure(
        _ phase: TrainingPhase,
        steps: Int,
        warmUp: Int,
        dump: ((Data) throws -> Void)?
    ) throws -> Measurement {
        var options = options
        options.phases = [phase]
        let trainer = try Trainer(
            options: options,
            // Nothing is saved, so that the folder never comes to be.
            folder: RunFolder(FileManager.default.temporaryDirectory.appendingPathComponent("unused")),
            source: source,
            vocabulary: vocabulary,
            initial: parameters,
            resume: false,
            threads: threads
        )
        let builder = try trainer.makeBuilder(phase, progress: 1)
        let rowsPerStep = max(1, options.tokensPerStep / phase.rowLength)
        try dump?(RowDump.line(phase, rowsPerStep: rowsPerStep))
        var result = Measurement(phase: phase.name)
        let clock = ContinuousClock()
        for step in 0..<warmUp + steps {
            let first = UInt64(step * rowsPerStep)
            let start = clock.now
            let rows = try trainer.build(first..<first + UInt64(rowsPerStep), by: builder)
            let built = clock.now
            let (sums, norm) = try trainer.train(on: rows, phase, rate: 1)
            let end = clock.now
            for row in rows { try dump?(RowDump.line(row, step: step)) }
            if step == 0 {
                result.firstLosses = sums.means
                result.firstGradientNorm = Double(norm)
            }
            guard step >= warmUp else { continue }
            result.stepSeconds.append((end - start).seconds)
            result.rowSeconds.append((built - start).seconds)
            result.cleanTokens.append(rows.reduce(0) { $0 + $1.tokens.count })
            result.canvasTokens.append(rows.reduce(0) { $1.canvases.reduce($0) { $0 + $1.tokens.count } })
        }
        return result
    }
}

extension LossSums {
    /// Mean losses in nats of everything that has tokens.
    fileprivate var means: [String: Double] {
        var means: [String: Double] = [:]
        for kind in Supervision.allCases { means["\(kind)"] = mean(kind) }
        if verdicts > 0 { means["detector"] = detectorNats / Double(verdicts) }
        return means
    }
}
