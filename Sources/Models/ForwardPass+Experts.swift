import CKernels
import Kernels

/// A feed-forward of experts: the router of each row chooses some, each expert multiplies the rows that chose it, and each
/// row adds up what its experts said, in the order of its choice, so that nothing depends on the other rows; only the experts
/// to choose among are those of a block where a network has pools.
extension ForwardPass {
    func mix(_ number: Int, _ experts: NativeWeights.Experts, norm: [Float]) {
        guard let mixture = c.variant.experts, let mixed = memory.mixture else { return }
        let router = ExpertRouter(mixture: mixture, bias: experts.bias)
        timed(.routing, number) { score(number, experts, norm, mixed) }
        // A pool needs the scores of all rows of a block.
        if mixture.pool != nil { meet(number) }
        timed(.routing, number) { choose(number, router, mixed) }
        meet(number)
        timed(.experts, number) {
            for (expert, slots) in work(of: number, experts, mixed) where !slots.isEmpty {
                compute(number, experts.all[expert], slots, mixed)
            }
        }
        meet(number)
        timed(.routing, number) { addUp(number, mixed) }
    }

    /// Norms this worker's rows and computes what their router says.
    private func score(_ number: Int, _ experts: NativeWeights.Experts, _ norm: [Float], _ mixed: MixtureMemory) {
        let mine = split.prepared(number)
        guard !mine.isEmpty else { return }
        let hidden = c.hiddenSize
        let x = mixed.normed.base + mine.lowerBound * hidden
        let residual = memory.residual.base + mine.lowerBound * hidden
        k.rmsnorm(x, nil, residual, norm, mine.count, hidden, hidden, hidden, c.normEpsilon)
        let count = experts.router.rows
        product(number, x, rows: mine.count, by: experts.router, into: mixed.logits.base + mine.lowerBound * count)
    }

    /// Chooses the experts of this worker's rows.
    private func choose(_ number: Int, _ router: ExpertRouter, _ mixed: MixtureMemory) {
        let mine = split.prepared(number)
        func logits(_ row: Int) -> UnsafeBufferPointer<Float> {
            let count = router.mixture.experts
            return UnsafeBufferPointer(start: mixed.logits.base + row * count, count: count)
        }
        guard let pool = router.mixture.pool else {
            for row in mine { mixed.choices[row] = router.choose(logits(row)) }
            return
        }
        for block in rows.blocks(of: pool.block, overlapping: mine) {
            let experts = router.pool(block.map(logits), pool.experts)
            for row in block.clamped(to: mine) { mixed.choices[row] = router.choose(logits(row), among: experts) }
        }
    }

    /// The experts of a worker, each with the rows and places of its outputs: by turns to the worker that has least to do.
    private func work(
        of number: Int,
        _ experts: NativeWeights.Experts,
        _ mixed: MixtureMemory
    ) -> [(expert: Int, slots: [MixtureMemory.Slot])] {
        var slots = [[MixtureMemory.Slot]](repeating: [], count: experts.all.count)
        for row in rows.rows.indices {
            for (rank, choice) in mixed.choices[row].enumerated() {
                slots[choice.expert].append(.init(row: row, rank: rank))
            }
            if experts.all.count > experts.router.rows {
                slots[experts.router.rows].append(.init(row: row, rank: mixed.ranks - 1))
            }
        }
        var load = [Int](repeating: 0, count: split.workers)
        return slots.enumerated().filter { expert, slots in
            guard !slots.isEmpty, let least = load.indices.min(by: { load[$0] < load[$1] }) else { return false }
            // Reading an expert's weights costs about as much as some rows of products.
            load[least] += experts.all[expert].width * (8 + slots.count)
            return least == number
        }.map { ($0.offset, $0.element) }
    }

    private func compute(
        _ number: Int,
        _ expert: NativeWeights.Gated,
        _ slots: [MixtureMemory.Slot],
        _ mixed: MixtureMemory
    ) {
        let hidden = c.hiddenSize
        let worker = mixed.workers[number]
        for (i, slot) in slots.enumerated() {
            (worker.gathered.base + i * hidden).update(from: mixed.normed.base + slot.row * hidden, count: hidden)
        }
        product(number, worker.gathered.base, rows: slots.count, by: expert.gateUp, into: worker.gateUp.base)
        k.swiglu(worker.wide.base, worker.gateUp.base, slots.count, expert.width)
        product(number, worker.wide.base, rows: slots.count, by: expert.down, into: worker.gathered.base)
        for (i, slot) in slots.enumerated() {
            let target = mixed.outputs.base + (slot.row * mixed.ranks + slot.rank) * hidden
            target.update(from: worker.gathered.base + i * hidden, count: hidden)
        }
    }

    private func addUp(_ number: Int, _ mixed: MixtureMemory) {
        let hidden = c.hiddenSize
        for row in split.prepared(number) {
            let choices = mixed.choices[row]
            for rank in 0..<mixed.ranks {
                // The shared expert comes last, with its whole weight.
                let weight = rank < choices.count ? choices[rank].weight : 1
                let output = mixed.outputs.base + (row * mixed.ranks + rank) * hidden
                k.axpby(memory.residual.base + row * hidden, output, hidden, weight, 1)
            }
        }
    }

    /// x[rows, weight.columns] · weightᵀ, all of it by this worker.
    private func product(
        _ number: Int,
        _ x: UnsafePointer<Float>,
        rows: Int,
        by weight: PackedMatrix,
        into out: UnsafeMutablePointer<Float>
    ) {
        multiply(number, x, rows: rows, by: weight, panels: 0..<weight.panels, into: out, accumulate: false)
    }
}

/// What the experts of a forward write and read, reused by the next layer.
///
/// `@unchecked Sendable`: workers write disjoint rows, and barriers order writes before reads.
final class MixtureMemory: @unchecked Sendable {
    /// A place among the outputs: of a row, which of its experts.
    struct Slot {
        let row, rank: Int
    }

    struct Worker {
        let gathered, gateUp, wide: FloatBuffer
    }

    /// Experts of each row, the shared one included.
    let ranks: Int
    /// `rows × hidden`.
    let normed: FloatBuffer
    /// What the router says: `rows × experts`.
    let logits: FloatBuffer
    /// `rows × ranks × hidden`.
    let outputs: FloatBuffer
    let workers: [Worker]
    let choices: UnsafeMutablePointer<[ExpertRouter.Choice]>
    private let rows: Int

    init(_ mixture: MixtureOfExperts, hidden: Int, rows: Int, workers: Int) {
        self.rows = rows
        ranks = mixture.chosen + (mixture.sharedWidth > 0 ? 1 : 0)
        normed = FloatBuffer(count: rows * hidden)
        logits = FloatBuffer(count: rows * mixture.experts)
        outputs = FloatBuffer(count: rows * ranks * hidden)
        let width = max(mixture.width, mixture.sharedWidth)
        self.workers = (0..<workers).map { _ in
            Worker(
                gathered: FloatBuffer(count: rows * hidden),
                gateUp: FloatBuffer(count: rows * 2 * width),
                wide: FloatBuffer(count: rows * width)
            )
        }
        choices = .allocate(capacity: rows)
        choices.initialize(repeating: [], count: rows)
    }

    deinit {
        choices.deinitialize(count: rows)
        choices.deallocate()
    }
}
