import Checkpoints
import Common
import Foundation
import Models
import Testing
import Tokenizers
import Training

/// `cinnabar train` under kill -9: whatever the moment, `--resume` ends with the parameters of a run that nothing
/// disturbed, bit for bit.
@Suite(.enabled(if: Program.url != nil, Program.isMissing)) struct KilledTrainingTests {
    private static let kills = 6

    private static let options: TrainingOptions = {
        let weights = LossWeights(masked: 1, replaced: 0.5, visible: 0.03, detector: 0.1)
        let model = ModelConfiguration(
            vocabularySize: SpecialToken.texts.count + 256,
            hiddenSize: 16,
            layers: 1,
            heads: 2,
            keyValueHeads: 1,
            headDimension: 8,
            feedForwardSize: 32,
            contextLength: 256
        )
        func phase(_ name: String, onPolicy: Double) -> TrainingPhase {
            TrainingPhase(
                name: name,
                share: 0.5,
                rowLength: 128,
                canvasLengths: [4: 0.5, 8: 0.5],
                canvasShare: 0.5,
                onPolicy: onPolicy,
                weights: weights
            )
        }
        let phases = [phase("main", onPolicy: 0), phase("correct", onPolicy: 0.5)]
        var options = TrainingOptions(model: model, phases: phases, allowance: 60)
        options.tokensPerStep = 512
        return options
    }()

    /// A corpus of made-up functions, prepared as the command prepares it.
    private func makeCorpus(_ folder: URL) throws -> URL {
        let sources = folder.appendingPathComponent("sources")
        try FileManager.default.createDirectory(at: sources, withIntermediateDirectories: true)
        for number in 0..<30 {
            var random = SplitMix64(seed: UInt64(number))
            func word() -> String {
                String((0..<7).map { _ in Character(UnicodeScalar(UInt8.random(in: 97...122, using: &random))) })
            }
            let text = (0..<5).map { _ in "def \(word())(\(word())):\n    return \(word())(\(word())) + 1\n\n" }
                .joined()
            try Data(text.utf8).write(to: sources.appendingPathComponent("\(number).py"))
        }
        let corpus = folder.appendingPathComponent("corpus")
        let source = CorpusBuilder.Source(name: "made-up", licence: "MIT", folder: sources)
        _ = try CorpusBuilder(sources: [source], evaluationFolder: nil).build(into: corpus)
        return corpus
    }

    /// A run folder as it stands when a run's plan is fixed: two copies of it have the same plan, which the command
    /// measures and the clock decides.
    private func makeRun(_ folder: URL, _ corpus: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let tokenizer = try BPETrainer(vocabularySize: Self.options.model.vocabularySize).train()
        try tokenizer.write(to: folder)
        let run = try TrainingRun(
            options: Self.options,
            folder: folder,
            corpus: Corpus(corpus),
            tokenizer: tokenizer,
            initial: nil,
            resume: false,
            threads: 1
        )
        let rates = Self.options.phases.map { _ in 1400.0 }
        let plan = TrainingPlan(
            phases: Self.options.phases,
            allowance: 60,
            rates: rates,
            tokensPerStep: Self.options.tokensPerStep,
            decay: Self.options.decay
        )
        run.trainer.usePlan(plan)
        try run.trainer.save()
    }

    private func train(_ run: String, checkpointSeconds: Int = 0) -> [String] {
        ["train", "corpus", "--run", run, "--resume", "--threads", "1", "--checkpoint-seconds", "\(checkpointSeconds)"]
    }

    @Test(.timeLimit(.minutes(3))) func endsAsIfNothingHadHappened() throws {
        try withScratchFolder { folder in
            let corpus = try makeCorpus(folder)
            try makeRun(folder.appendingPathComponent("whole"), corpus)
            try FileManager.default.copyItem(
                at: folder.appendingPathComponent("whole"),
                to: folder.appendingPathComponent("killed")
            )
            let clock = ContinuousClock()
            let begin = clock.now
            // No checkpoint but the last: writing one must not change anything either.
            let whole = try Program.run(train("whole", checkpointSeconds: 1000), in: folder, name: "whole")
            #expect(whole.status == 0, "\(whole.errors)")
            print("a whole run takes \(clock.now - begin)")

            let seed = UInt64.random(in: 0 ... .max)
            var random = SplitMix64(seed: seed)
            var reached: [Int] = []
            for kill in 0..<Self.kills {
                let process = try Program.start(train("killed"), in: folder, name: "killed\(kill)")
                // Every other kill may fall before the first step, those between fall behind the next checkpoint.
                let deadline = clock.now + .seconds(kill % 2 == 0 ? 0 : 10)
                while clock.now < deadline, step(folder, "killed") ?? 0 <= reached.last ?? 0 { usleep(2000) }
                usleep(UInt32.random(in: 0...150_000, using: &random))
                Foundation.kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                let state = try state(folder, "killed")
                reached.append(state.step)
                #expect(reached.dropLast().allSatisfy { $0 <= state.step }, "seed \(seed): steps \(reached)")
            }
            let killed = try Program.run(train("killed", checkpointSeconds: 1000), in: folder, name: "killed")
            #expect(killed.status == 0, "seed \(seed), killed at \(reached): \(killed.errors)")
            let steps = try state(folder, "killed").plan.steps
            print("killed at steps \(reached) of \(steps), seed \(seed)")
            #expect(reached.contains { (1..<steps).contains($0) }, "seed \(seed): no kill fell into the run")
            try compare(folder, "seed \(seed), killed at \(reached)")
        }
    }

    private func state(_ folder: URL, _ run: String) throws -> RunState {
        let state = folder.appendingPathComponent("\(run)/state")
        try AtomicFolder.recover(state)
        return try JSONDecoder().decode(
            RunState.self,
            from: Data(contentsOf: state.appendingPathComponent("state.json"))
        )
    }

    /// The step of the last checkpoint of a run that may be writing the next.
    private func step(_ folder: URL, _ run: String) -> Int? {
        let file = folder.appendingPathComponent("\(run)/state/state.json")
        return try? JSONDecoder().decode(RunState.self, from: Data(contentsOf: file)).step
    }

    /// Not in an expectation itself, which would print the difference of thousands of numbers.
    private func isSame<Value: Equatable>(_ a: Value, _ b: Value, _ label: String) {
        let isEqual = a == b
        #expect(isEqual, "\(label)")
    }

    private func compare(_ folder: URL, _ label: String) throws {
        let states = try ["whole", "killed"].map { try state(folder, $0) }
        #expect(states[0].step == states[0].plan.steps && states[1].step == states[0].step, "\(label)")
        #expect(states[0].tokens == states[1].tokens, "\(label)")
        for name in ["parameters", "first", "second", "average"] {
            let data = try ["whole", "killed"].map {
                try Data(contentsOf: folder.appendingPathComponent("\($0)/state/\(name).bin"))
            }
            isSame(data[0], data[1], "\(label): \(name)")
        }
        // The delivered model and the measurements are whole, too: each step once, in order.
        let models = try ["whole", "killed"].map { run in
            try NativeCheckpoint.read(ModelFolder(folder.appendingPathComponent("\(run)/model"))).parameters
        }
        isSame(models[0], models[1], "\(label): model")
        let lines = try String(contentsOf: folder.appendingPathComponent("killed/metrics.jsonl"), encoding: .utf8)
        struct Line: Decodable { var step, tokens: Int? }
        let steps = try lines.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
            .filter { $0.tokens != nil }.compactMap(\.step)
        isSame(steps, Array(1...states[0].step), "\(label): measurements")
        // Nothing half-written stays behind.
        let rest = try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("killed").path)
        #expect(Set(rest) == ["state", "model", "tokenizer.json", "metrics.jsonl", "curves.svg"], "\(label)")
    }
}
