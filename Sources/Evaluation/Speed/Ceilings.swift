import CKernels
import Common
import Foundation
package import Kernels

/// What this machine can do at most, measured on the spot: products without memory, memory without products.
package struct Ceilings: Sendable, Codable {
    /// Billions of operations (a multiply-add is two) a second, all threads.
    package var gops: Double
    /// Billions of bytes read a second from memory beyond all caches, all threads.
    package var gbps: Double

    package init(gops: Double, gbps: Double) { (self.gops, self.gbps) = (gops, gbps) }

    private static let bufferBytes = 256 << 20
    private static let rounds = 5

    /// - Parameter format: what the products multiply.
    package static func measure(_ format: NumberFormat, threads: Int, kernels: KernelTable = .active) -> Ceilings {
        let k = kernels.functions.pointee
        let pool = ThreadPool(threads: threads)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bufferBytes, alignment: 4096)
        memory.initializeMemory(as: UInt8.self, repeating: 1, count: bufferBytes)
        defer { memory.deallocate() }
        nonisolated(unsafe) let source = memory
        // Some milliseconds, beside which waking the threads is nothing.
        let steps = 4_000_000
        let products = k.spin(format.packed, 1) * Double(steps * threads)
        return Ceilings(
            gops: best { pool.run { _ in _ = k.spin(format.packed, steps) } }.map { 2 * products / $0 / 1e9 } ?? 0,
            gbps: best {
                pool.run { worker in
                    let part = ThreadPool.share(of: bufferBytes / 4096, worker: worker, workers: threads)
                    _ = k.read(source + part.lowerBound * 4096, part.count * 4096)
                }
            }.map { Double(bufferBytes) / $0 / 1e9 } ?? 0
        )
    }

    /// Seconds of the fastest of some rounds: a ceiling is what nothing disturbs.
    private static func best(_ work: () -> Void) -> Double? {
        let clock = ContinuousClock()
        return (0..<rounds).map { _ in clock.measure(work) / .seconds(1) }.min()
    }
}
