import Common
import Foundation
import Kernels
import Models
import Testing
import Training

/// A run on a few lines of text with a byte vocabulary: seconds, not minutes.
@Suite struct TrainerTests {
    private static let special = 8

    static let source = RowSource(
        documents: 3,
        length: { document($0).count },
        document: { document($0) }
    )

    private static func document(_ index: Int) -> [UInt8] {
        Array((0..<60).map { "def f\($0)_\(index)(a, b):\n    return a + b\n\n" }.joined().utf8)
    }

    static let vocabulary = RowVocabulary(
        encode: { $0.map { TokenID($0) + TokenID(special) } },
        size: 264,
        bos: 0,
        eos: 1,
        eom: 2,
        pad: 3,
        mask: 4,
        fimPrefix: 5,
        fimSuffix: 6,
        fimMiddle: 7,
        bytes: { $0 < special ? nil : [UInt8($0 - TokenID(special))] },
        sample: []
    )

    static var options: TrainingOptions {
        let model = ModelConfiguration(
            vocabularySize: 264,
            hiddenSize: 32,
            layers: 2,
            heads: 2,
            keyValueHeads: 1,
            headDimension: 16,
            feedForwardSize: 64,
            contextLength: 256
        )
        let canvases: [Int: Double] = [4: 0.5, 8: 0.5]
        let weights = LossWeights(masked: 1, replaced: 0.5, visible: 0.03, detector: 0.1)
        var options = TrainingOptions(
            model: model,
            phases: [
                TrainingPhase(name: "ar", share: 0.3, rowLength: 128, weights: LossWeights()),
                TrainingPhase(
                    name: "main",
                    share: 0.4,
                    rowLength: 128,
                    canvasLengths: canvases,
                    canvasShare: 0.5,
                    weights: weights
                ),
                TrainingPhase(
                    name: "correct",
                    share: 0.3,
                    rowLength: 128,
                    canvasLengths: canvases,
                    canvasShare: 0.5,
                    onPolicy: 0.5,
                    ownMiddles: 0.5,
                    weights: weights
                ),
            ],
            allowance: 10
        )
        options.tokensPerStep = 1024
        return options
    }

    private func trainer(_ folder: URL, resume: Bool = false, threads: Int = 2) throws -> Trainer {
        try Trainer(
            options: Self.options,
            folder: RunFolder(folder),
            source: Self.source,
            vocabulary: Self.vocabulary,
            initial: nil,
            resume: resume,
            threads: threads
        )
    }

    private func plan() -> TrainingPlan {
        TrainingPlan(
            phases: Self.options.phases,
            allowance: 10,
            rates: [4000, 4000, 4000],
            tokensPerStep: 1024,
            decay: 0.4
        )
    }

    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "cinnabar-\(UInt64.random(in: 0 ... .max))"
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    /// A run that is saved, dropped and resumed at any step has the parameters of one that never stopped, bit for bit;
    /// and the number of threads changes nothing.
    @Test func resumesBitForBitAtAnyThreadCount() throws {
        try withFolder { folder in
            let whole = try trainer(folder.appendingPathComponent("a"))
            whole.usePlan(plan())
            for _ in 0..<30 { _ = try whole.step() }
            let place = folder.appendingPathComponent("b")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            let first = try trainer(place, threads: 1)
            first.usePlan(plan())
            for _ in 0..<13 { _ = try first.step() }
            try first.save()
            // Work after the checkpoint is lost and done again.
            for _ in 0..<4 { _ = try first.step() }
            let second = try trainer(place, resume: true, threads: 3)
            #expect(second.state.step == 13)
            for _ in 0..<17 { _ = try second.step() }
            #expect(second.state.tokens == whole.state.tokens)
            #expect(second.parameters.array == whole.parameters.array)
            #expect(second.average == whole.average)
        }
    }

    @Test func learnsBothStreams() throws {
        try withFolder { folder in
            let trainer = try self.trainer(folder)
            trainer.usePlan(plan())
            var first: LossSums?
            var last: LossSums?
            var main: LossSums?
            for _ in 0..<trainer.state.plan.steps {
                let result = try trainer.step()
                if result.phase.name == "main", main == nil { main = result.sums }
                first = first ?? result.sums
                last = result.sums
            }
            #expect(trainer.isFinished)
            let start = try #require(first?.mean(.next))
            let end = try #require(last?.mean(.next))
            #expect(abs(start - log(264)) < 0.5, "random weights know nothing")
            #expect(end < 0.6 * start)
            #expect(try #require(last?.mean(.masked)) < 0.8 * #require(main?.mean(.masked)))
            #expect(last?.tokens[Supervision.replaced.rawValue] ?? 0 > 0)
        }
    }

    @Test func planDividesTheAllowanceOnceAndForAll() {
        let plan = plan()
        #expect(plan.legs.map(\.steps) == [11, 15, 11])
        #expect(plan.position(of: 11).leg.phase.name == "main")
        #expect(plan.position(of: 11).index == 0)
        // No row is used by two legs.
        for (a, b) in zip(plan.legs, plan.legs.dropFirst()) {
            #expect(b.firstRow == a.firstRow + UInt64(a.steps * a.rowsPerStep))
        }
        #expect(plan.rate(at: 0) > 0 && plan.rate(at: 0) < plan.rate(at: 19))
        #expect(plan.rate(at: plan.steps - 1) < 0.2)
    }

    @Test func damagedRunsAreRefused() throws {
        try withFolder { folder in
            #expect(throws: CinnabarError.self) { try trainer(folder, resume: true) }
            let run = try trainer(folder)
            run.usePlan(plan())
            try run.save()
            let file = folder.appendingPathComponent("state/parameters.bin")
            try Data(try Data(contentsOf: file).dropLast(4)).write(to: file)
            #expect(throws: CinnabarError.self) { try trainer(folder, resume: true) }
            try Data("{".utf8).write(to: folder.appendingPathComponent("state/state.json"))
            #expect(throws: CinnabarError.self) { try trainer(folder, resume: true) }
        }
    }
}
