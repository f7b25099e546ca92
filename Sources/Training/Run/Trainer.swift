import CKernels
import Common
import Foundation
package import Kernels
import Models

/// Runs a plan: builds rows, accumulates gradients over shards, updates, and keeps the run folder.
package final class Trainer {
    package private(set) var state: RunState
    let source: RowSource
    let vocabulary: RowVocabulary
    let folder: RunFolder
    let pool: ThreadPool
    let layout: ParameterLayout
    let format: NumberFormat
    package let parameters: FloatBuffer
    let optimiser: Optimiser
    private let gradients: [FloatBuffer]
    private let passes: [RowPass]
    private var builders: [Int: RowBuilder] = [:]

    /// Opens a run: continues the one in `folder`, or begins with `parameters`.
    ///
    package init(
        options: TrainingOptions,
        folder: RunFolder,
        source: RowSource,
        vocabulary: RowVocabulary,
        initial: [Float]?,
        initialName: String? = nil,
        resume: Bool,
        threads: Int
    ) throws {
        self.folder = folder
        self.source = source
        self.vocabulary = vocabulary
        pool = ThreadPool(threads: threads)
        let stored = resume ? try folder.loadState() : nil
        let options = stored?.options ?? options
        layout = ParameterLayout(options.model)
        format = options.usesBF16 ? .bf16 : .fp32
        parameters = FloatBuffer(count: layout.count)
        optimiser = Optimiser(options: options.optimiser, configuration: options.model, format: format)
        gradients = (0..<options.shards).map { [count = layout.count] _ in FloatBuffer(count: count) }
        // A row's clean tokens and its canvases; a budget may be exceeded by one canvas.
        let longest = options.phases.map(\.rowLength).max() ?? 512
        let share = options.phases.map(\.canvasShare).max() ?? 0
        let widest = options.phases.flatMap(\.canvasLengths.keys).max() ?? 0
        let capacity = longest + Int(Double(longest) * share) + 8 * widest + 64
        passes = (0..<pool.threads).map { [format] _ in
            RowPass(configuration: options.model, capacity: capacity, positions: longest + widest + 1, format: format)
        }
        if let stored {
            state = stored
            try folder.load("parameters", into: parameters)
            try folder.load("first", into: optimiser.first)
            try folder.load("second", into: optimiser.second)
            try folder.load("average", into: optimiser.average)
            optimiser.step = stored.step
        } else {
            let values = initial ?? ParameterInitialisation.random(options.model, seed: options.seed)
            parameters.base.update(from: values, count: values.count)
            optimiser.average.base.update(from: values, count: values.count)
            state = RunState(
                options: options,
                plan: TrainingPlan(
                    phases: [],
                    allowance: 0,
                    rates: [],
                    tokensPerStep: options.tokensPerStep,
                    decay: options.decay
                ),
                initialModel: initialName
            )
        }
    }

    package var isFinished: Bool { !state.plan.legs.isEmpty && state.step >= state.plan.steps }

    /// Fixes the plan of a new run without measuring.
    package func usePlan(_ plan: TrainingPlan) {
        precondition(state.plan.legs.isEmpty, "a run keeps its plan")
        state.plan = plan
    }

    /// Measures each phase's speed and fixes the plan (once in a run's life).
    package func makePlan() throws {
        guard state.plan.legs.isEmpty else { return }
        var rates: [Double] = []
        for phase in state.options.phases {
            let builder = try makeBuilder(phase, progress: 0.5)
            let clock = ContinuousClock()
            var tokens = 0
            let start = clock.now
            repeat {
                let first = UInt64(tokens)
                let count = state.options.tokensPerStep / phase.rowLength
                let rows = try build(first..<first + UInt64(max(count, pool.threads)), by: builder)
                tokens += rows.reduce(0) { $0 + $1.tokens.count }
                _ = try accumulate(rows, phase)
            } while clock.now - start < .seconds(2)
            let seconds = (clock.now - start).seconds
            // The update, which is not measured, costs some per cent.
            rates.append(Double(tokens) / seconds / 1.04)
        }
        usePlan(
            TrainingPlan(
                phases: state.options.phases,
                allowance: state.options.allowance,
                rates: rates,
                tokensPerStep: state.options.tokensPerStep,
                decay: state.options.decay
            )
        )
    }

    func makeBuilder(_ phase: TrainingPhase, progress: Double) throws -> RowBuilder {
        var options = RowOptions()
        options.length = phase.rowLength
        options.fillInTheMiddle = state.options.fillInTheMiddle
        options.ownMiddles = phase.ownMiddles
        options.canvases.lengths = phase.canvasLengths
        options.canvases.share = phase.canvasShare
        if phase.drafts { options.canvases.practiseDrafts() }
        if phase.noiseWarmUp { options.canvases.noiseCeiling = 0.1 + 0.9 * progress }
        return try RowBuilder(options: options, source: source, vocabulary: vocabulary, seed: state.options.seed)
    }

    /// Rows of these numbers, the network's own middles written by the present average of the parameters.
    func build(_ numbers: Range<UInt64>, by builder: RowBuilder) throws -> [TrainingRow] {
        let own = builder.options.ownMiddles > 0 ? OwnMiddles(self) : nil
        var rows = [TrainingRow](repeating: TrainingRow(), count: numbers.count)
        rows.withUnsafeMutableBufferPointer { rows in
            nonisolated(unsafe) let rows = rows
            pool.run { worker in
                for i in stride(from: worker, to: rows.count, by: pool.threads) {
                    rows[i] = builder.row(numbers.lowerBound + UInt64(i), complete: own?.complete)
                }
            }
        }
        try own?.check()
        return rows
    }

    /// One step of the plan: losses of the step's rows and the gradient's norm.
    package func step() throws -> (sums: LossSums, norm: Float, phase: TrainingPhase, rate: Float) {
        let (leg, index) = state.plan.position(of: state.step)
        let legNumber = state.plan.legs.firstIndex(of: leg) ?? 0
        let builder: RowBuilder
        if leg.phase.noiseWarmUp {
            builder = try makeBuilder(leg.phase, progress: Double(index) / Double(max(leg.steps, 1)))
        } else if let cached = builders[legNumber] {
            builder = cached
        } else {
            builder = try makeBuilder(leg.phase, progress: 1)
            builders[legNumber] = builder
        }
        let first = leg.firstRow + UInt64(index * leg.rowsPerStep)
        let rows = try build(first..<first + UInt64(leg.rowsPerStep), by: builder)
        let rate = state.plan.rate(at: state.step)
        let (sums, norm) = try train(on: rows, leg.phase, rate: rate)
        return (sums, norm, leg.phase, rate)
    }

    /// Forward, backward and update on the rows of one step: their losses before the update and the gradient's norm.
    func train(on rows: [TrainingRow], _ phase: TrainingPhase, rate: Float) throws -> (sums: LossSums, norm: Float) {
        let sums = try accumulate(rows, phase)
        reduce()
        let norm = optimiser.update(parameters, gradient: gradients[0], rate: rate, pool: pool)
        guard norm.isFinite else {
            throw CinnabarError(
                .malformed,
                "the gradient of step \(state.step) is not finite",
                hint: "start a new leg from the run's model with --init and a lower rate"
            )
        }
        state.step += 1
        state.tokens += rows.reduce(0) { $0 + $1.tokens.count }
        return (sums, norm)
    }

    /// Clears the gradients and adds those of `rows`, each shard in its own order.
    private func accumulate(_ rows: [TrainingRow], _ phase: TrainingPhase) throws -> LossSums {
        let shards = gradients.count
        let weights = TrainingWeights(
            parameters.base,
            configuration: state.options.model,
            layout: layout,
            format: format
        )
        var rows = rows
        if phase.onPolicy > 0 { fillMasks(of: &rows, phase, weights) }
        let batch = StepBatch(rows.map(NetworkInput.init), weights: phase.weights)
        var sums = [LossSums](repeating: LossSums(), count: shards)
        sums.withUnsafeMutableBufferPointer { sums in
            nonisolated(unsafe) let sums = sums
            nonisolated(unsafe) let (gradients, passes, parameters) = (gradients, passes, parameters)
            pool.run { worker in
                for shard in stride(from: worker, to: shards, by: pool.threads) {
                    gradients[shard].zero()
                    for i in stride(from: shard, to: batch.inputs.count, by: shards) {
                        sums[shard] += passes[worker].train(
                            batch.inputs[i],
                            parameters: parameters.base,
                            weights: weights,
                            gradient: gradients[shard].base
                        )
                    }
                }
            }
        }
        return sums.reduce(into: LossSums()) { $0 += $1 }
    }

    /// Adds all shards to the first, in order.
    private func reduce() {
        nonisolated(unsafe) let gradients = gradients
        let k = KernelTable.active.functions.pointee
        pool.run { worker in
            let part = pool.share(of: layout.count, worker: worker)
            for shard in gradients.dropFirst() {
                k.axpby(gradients[0].base + part.lowerBound, shard.base + part.lowerBound, part.count, 1, 1)
            }
        }
    }

    /// Replaces masks of some rows by the model's own guesses: best tokens for half of the canvases, samples for a
    /// quarter, and for a quarter the less certain half stays masked (algorithms.md G2, on-policy step).
    private func fillMasks(of rows: inout [TrainingRow], _ phase: TrainingPhase, _ weights: TrainingWeights) {
        let filler = OnPolicyFiller(
            seed: state.options.seed,
            share: phase.onPolicy,
            vocabulary: state.options.model.vocabularySize
        )
        let step = UInt64(state.step)
        rows.withUnsafeMutableBufferPointer { rows in
            nonisolated(unsafe) let rows = rows
            nonisolated(unsafe) let (passes, parameters) = (passes, parameters)
            pool.run { worker in
                for i in stride(from: worker, to: rows.count, by: pool.threads) {
                    filler.fill(
                        &rows[i],
                        random: SplitMix64.stream(seed: filler.seed, 2, step, UInt64(i)),
                        pass: passes[worker],
                        parameters: parameters.base,
                        weights: weights
                    )
                }
            }
        }
    }

    /// Passes with room for `rows` rows and `positions` positions; those of training if they are large enough.
    func evaluationPasses(rows: Int, positions: Int) -> [RowPass] {
        if let first = passes.first, first.capacity >= rows, first.positions >= positions { return passes }
        return (0..<pool.threads).map { _ in
            RowPass(configuration: state.options.model, capacity: rows, positions: positions, format: format)
        }
    }

    /// Writes a checkpoint of the whole run.
    package func save() throws {
        try folder.save(
            state,
            arrays: [
                ("parameters", parameters), ("first", optimiser.first), ("second", optimiser.second),
                ("average", optimiser.average),
            ]
        )
    }

    /// Adds to the clocks of the run.
    package func account(seconds: Double, processorSeconds: Double) {
        state.seconds += seconds
        state.processorSeconds += processorSeconds
    }

    /// The averaged parameters, which are what a run delivers.
    package var average: [Float] { optimiser.average.array }
}

extension Duration {
    /// This duration in seconds.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
