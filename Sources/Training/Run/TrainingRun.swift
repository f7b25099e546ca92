import Checkpoints
import Common
package import Foundation
import Models
package import Tokenizers

/// A whole run as the command line starts it: corpus, tokenizer, trainer, measurements, checkpoints, pictures.
package final class TrainingRun {
    package let trainer: Trainer
    package let folder: RunFolder
    package let tokenizer: Tokenizer
    private let heldOut: HeldOutLoss
    private var curves = TrainingCurves()

    /// Seconds between checkpoints and between measurements on held-out text.
    package var checkpointInterval = 180.0
    package var evaluationInterval = 300.0

    /// - Parameter initial: a model folder to start from; its shape and tokenizer replace those of the options.
    package init(
        options: TrainingOptions,
        folder url: URL,
        corpus: Corpus,
        tokenizer given: Tokenizer?,
        initial: URL?,
        resume: Bool,
        threads: Int
    ) throws {
        folder = RunFolder(url)
        var options = options
        var parameters: [Float]?
        if resume {
            guard folder.hasState else {
                throw CinnabarError(.file, "no run to resume in \(url.path)", hint: "start one without --resume")
            }
            tokenizer = try Tokenizer(folder: url)
            AtomicFile.removeLeftovers(in: url)
        } else {
            guard !folder.hasState else {
                throw CinnabarError(
                    .invalidArgument,
                    "\(url.path) holds a run already",
                    hint: "continue it with --resume, or choose another folder"
                )
            }
            if let initial {
                var (model, values) = try NativeCheckpoint.read(ModelFolder(initial))
                if options.trainsTransitions, model.transitionRank == 0 {
                    values = ParameterInitialisation.addingTransitions(
                        rank: options.transitionRank,
                        to: values,
                        of: &model,
                        seed: options.seed
                    )
                }
                (options.model, parameters) = (model, values)
                tokenizer = try Tokenizer(folder: initial)
            } else if let given {
                tokenizer = given
            } else {
                tokenizer = try TrainingRun.learnTokenizer(corpus, size: options.model.vocabularySize)
            }
            if options.trainsTransitions, initial == nil { options.model.transitionRank = options.transitionRank }
            guard tokenizer.vocabularySize == options.model.vocabularySize else {
                throw CinnabarError(
                    .invalidArgument,
                    "the tokenizer has \(tokenizer.vocabularySize) tokens, the model \(options.model.vocabularySize)"
                )
            }
            try OutputFolder.make(url)
            try tokenizer.write(to: url)
        }
        let split = corpus.train
        let source = RowSource(
            documents: split.count,
            length: { split.length($0) },
            document: { split.document($0) }
        )
        let vocabulary = try TrainingRun.vocabulary(tokenizer, corpus)
        trainer = try Trainer(
            options: options,
            folder: folder,
            source: source,
            vocabulary: vocabulary,
            initial: parameters,
            initialName: initial?.lastPathComponent,
            resume: resume,
            threads: threads
        )
        heldOut = try HeldOutLoss(corpus: corpus.heldOut, tokenizer: tokenizer)
        if resume { curves = try TrainingCurves(folder.metrics, upTo: trainer.state.step) }
    }

    /// Learns merges from some 30 MB spread over the corpus.
    package static func learnTokenizer(_ corpus: Corpus, size: Int) throws -> Tokenizer {
        var trainer = try BPETrainer(vocabularySize: size)
        let stride = max(1, corpus.train.byteCount / 30_000_000)
        for index in Swift.stride(from: 0, to: corpus.train.count, by: stride) {
            trainer.add(corpus.train.document(index))
        }
        return try trainer.train()
    }

    static func vocabulary(_ tokenizer: Tokenizer, _ corpus: Corpus) throws -> RowVocabulary {
        func id(_ token: SpecialToken) throws -> TokenID {
            guard let id = tokenizer.id(of: token) else {
                throw CinnabarError(
                    .unsupported,
                    "the tokenizer has no token \(token.text)",
                    hint: "use a native tokenizer"
                )
            }
            return id
        }
        let sample = (0..<min(400, corpus.train.count)).flatMap { tokenizer.encode(bytes: corpus.train.document($0)) }
        return RowVocabulary(
            encode: { tokenizer.encode(bytes: Array($0)) },
            size: tokenizer.vocabularySize,
            bos: try id(.bos),
            eos: try id(.eos),
            eom: try id(.eom),
            pad: try id(.pad),
            mask: try id(.mask),
            fimPrefix: try id(.fimPrefix),
            fimSuffix: try id(.fimSuffix),
            fimMiddle: try id(.fimMiddle),
            bytes: { tokenizer.isSpecial($0) ? nil : tokenizer.bytes(ofToken: $0) },
            sample: sample
        )
    }

    /// Trains to the end of the plan, or until `shouldStop` says so after a step; then a checkpoint is written and the
    /// model exported.
    package func run(shouldStop: () -> Bool) throws {
        try trainer.makePlan()
        if trainer.state.step == 0 { try trainer.save() }
        let plan = trainer.state.plan
        for leg in plan.legs {
            log("phase \(leg.phase.name): \(leg.steps) steps of \(leg.rowsPerStep) rows of \(leg.phase.rowLength)")
        }
        let bar = ProgressBar("train", total: plan.steps, unit: "steps", start: trainer.state.step)
        let clock = ContinuousClock()
        var mark = (wall: clock.now, processor: ProcessUsage.processorSeconds)
        var (lastSave, lastEvaluation) = (clock.now, clock.now)
        func account() {
            let now = (wall: clock.now, processor: ProcessUsage.processorSeconds)
            trainer.account(seconds: (now.wall - mark.wall).seconds, processorSeconds: now.processor - mark.processor)
            mark = now
        }
        while !trainer.isFinished, !shouldStop() {
            let begin = clock.now
            let result = try trainer.step()
            let seconds = (clock.now - begin).seconds
            account()
            curves.append(
                trainer.state,
                result.sums,
                phase: result.phase.name,
                rate: result.rate,
                norm: result.norm,
                seconds: seconds
            )
            bar.update(trainer.state.step, suffix: "\(result.phase.name) \(curves.summary)")
            if (clock.now - lastEvaluation).seconds > evaluationInterval {
                try evaluate()
                lastEvaluation = clock.now
            }
            if (clock.now - lastSave).seconds > checkpointInterval {
                try checkpoint()
                lastSave = clock.now
            }
        }
        account()
        try evaluate()
        try checkpoint()
        bar.finish(suffix: curves.summary)
        log(
            "trained \(trainer.state.tokens) tokens in \(Int(trainer.state.seconds)) s of wall time, "
                + String(format: "%.2f core-hours of processor time, ", trainer.state.processorSeconds / 3600)
                + "peak memory \(ProcessUsage.peakBytes / 1_000_000) MB"
        )
    }

    private func evaluate() throws {
        let values = trainer.heldOutLoss(heldOut)
        curves.append(held: values, step: trainer.state.step)
        log("step \(trainer.state.step): \(values.description)")
    }

    private func checkpoint() throws {
        // Before the state: lines beyond it are dropped when a run resumes, lines that are missing would stay so.
        try curves.write(metrics: folder.metrics, picture: folder.curves)
        try trainer.save()
        try export()
    }

    /// Writes the averaged parameters as a model folder.
    package func export() throws {
        try ModelExport.write(
            parameters: trainer.average,
            configuration: trainer.state.options.model,
            tokenizer: tokenizer,
            metadata: [
                "step": "\(trainer.state.step)", "tokens": "\(trainer.state.tokens)",
                "core_hours": String(format: "%.3f", trainer.state.processorSeconds / 3600),
            ],
            to: folder.model
        )
    }

    private func log(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
}
