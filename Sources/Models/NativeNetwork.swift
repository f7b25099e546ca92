import CKernels
package import Kernels
import Synchronization

/// The project's own network: token-causal clean stream, bidirectional canvases, one set of weights.
///
/// Every row is computed from that row and its keys alone, in an order that depends on nothing else (design.md §6.4).
package final class NativeNetwork: Denoiser {
    package let weights: NativeWeights
    let pool: ThreadPool
    package let kernels: KernelTable
    private let rope: RotaryTableBox
    /// Memory of forwards that are not running; as many as have run at the same time.
    private let idle = Mutex<[ForwardMemory]>([])
    private let governor = Mutex(WorkerGovernor())
    /// Somebody deals work out to the pool's threads.
    private let isDealing = Atomic(false)

    /// `@unchecked Sendable`: filled once, then only read.
    private final class RotaryTableBox: @unchecked Sendable {
        let table: FloatBuffer
        init(_ table: FloatBuffer) { self.table = table }
    }

    package init(weights: NativeWeights, pool: ThreadPool, kernels: KernelTable = .active) {
        self.weights = weights
        self.pool = pool
        self.kernels = kernels
        let c = weights.configuration
        rope = RotaryTableBox(
            RotaryTable.make(
                positions: c.contextLength,
                width: c.rotaryWidth,
                theta: c.ropeTheta,
                scaling: c.variant.rotaryScaling
            )
        )
    }

    package var threads: Int { pool.threads }
    package var configuration: ModelConfiguration { weights.configuration }
    package var vocabularySize: Int { configuration.vocabularySize }
    package var contextLength: Int { configuration.contextLength }

    package func makeCache(capacity: Int) -> NativeCache {
        NativeCache(
            configuration: configuration,
            format: weights.format.keyValues,
            capacity: min(capacity, contextLength)
        )
    }

    package func concurrently(_ count: Int, _ body: (Int) -> Void) {
        let next = Atomic(0)
        var isAlone = count < 2 || governor.withLock { $0.isAlone }
        // What is dealt out may come here again, for parts of its own: they are done where they are met.
        if !isAlone { isAlone = isDealing.exchange(true, ordering: .acquiring) }
        defer { if !isAlone { isDealing.store(false, ordering: .releasing) } }
        pool.run(alone: isAlone) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                body(index)
            }
        }
    }

    package func forward(_ items: [ForwardItem<NativeCache>]) throws -> [Prediction] {
        var untimed: OperationTimes?
        return try forward(items, times: &untimed)
    }

    /// - Parameter times: if not nil, the time of each operation is added.
    package func forward(_ items: [ForwardItem<NativeCache>], times: inout OperationTimes?) throws -> [Prediction] {
        let rows = try ForwardRows(items, configuration: configuration)
        guard !rows.rows.isEmpty else {
            return items.map { _ in Prediction(vocabularySize: vocabularySize, logits: [], correctness: []) }
        }
        for item in items { item.cache.extend(by: item.clean.count) }
        let memory = idle.withLock { $0.popLast() } ?? ForwardMemory(configuration, workers: pool.threads)
        memory.reserve(rows: rows.rows.count, canvasSlots: rows.canvasSlots, context: contextLength)
        let workers = governor.withLock { $0.workers(of: pool.threads) }
        let pass = ForwardPass(
            weights: weights,
            rows: rows,
            caches: items.map(\.cache),
            memory: memory,
            pool: pool,
            workers: workers,
            kernels: kernels,
            rope: rope.table
        )
        let begin = ContinuousClock.now
        swap(&memory.times, &times)
        let predictions = pass.run()
        swap(&memory.times, &times)
        let elapsed = ContinuousClock.now - begin
        governor.withLock { $0.note(workers: workers, waited: memory.takeWaited(), elapsed: elapsed) }
        idle.withLock { $0.append(memory) }
        return predictions
    }
}

/// Buffers of one forward, reused by the next.
///
/// `@unchecked Sendable`: handed from one forward to the next under a lock.
final class ForwardMemory: @unchecked Sendable {
    /// What one worker needs for itself.
    final class Worker {
        var normed = FloatBuffer(count: 0)
        var wide = FloatBuffer(count: 0)
        var scores = FloatBuffer(count: 0)
        let left = PackedRows()
        /// Time that it gave way to other threads while it waited.
        var waited = Duration.zero
    }

    private let c: ModelConfiguration
    let workers: [Worker]
    let barrier = Barrier()
    /// Written by the last worker; nil if nobody asked.
    var times: OperationTimes?
    private(set) var residual, fused, attention, gateUp, canvasKeys, canvasValues: FloatBuffer
    /// Nil for a dense network.
    private(set) var mixture: MixtureMemory?
    private var rowCapacity = 0
    private var slotCapacity = 0

    init(_ configuration: ModelConfiguration, workers: Int) {
        c = configuration
        self.workers = (0..<workers).map { _ in Worker() }
        let empty = FloatBuffer(count: 0)
        (residual, fused, attention, gateUp, canvasKeys, canvasValues) = (empty, empty, empty, empty, empty, empty)
    }

    /// What all workers waited since the last call.
    func takeWaited() -> Duration {
        workers.reduce(.zero) { sum, worker in
            defer { worker.waited = .zero }
            return sum + worker.waited
        }
    }

    func reserve(rows: Int, canvasSlots: Int, context: Int) {
        if rows > rowCapacity {
            rowCapacity = rows
            residual = FloatBuffer(count: rows * c.hiddenSize)
            fused = FloatBuffer(count: rows * c.fusedWidth)
            attention = FloatBuffer(count: rows * c.queryWidth)
            gateUp = FloatBuffer(count: rows * 2 * c.feedForwardSize)
            mixture = c.variant.experts.map {
                MixtureMemory($0, hidden: c.hiddenSize, rows: rows, workers: workers.count)
            }
            for worker in workers {
                worker.normed = FloatBuffer(count: rows * c.hiddenSize)
                worker.wide = FloatBuffer(count: rows * c.feedForwardSize)
                worker.scores = FloatBuffer(count: ck_attend_scratch(context, context, c.headDimension))
            }
        }
        if canvasSlots > slotCapacity {
            slotCapacity = canvasSlots
            // Of two layers: a worker may be one ahead of another that still reads. In fp32, the larger of the formats.
            canvasKeys = FloatBuffer(count: 2 * canvasSlots * c.keyValueWidth)
            canvasValues = FloatBuffer(count: 2 * canvasSlots * c.keyValueWidth)
        }
    }
}
