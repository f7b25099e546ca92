import CKernels
import Common
import Kernels

/// What a token says about its successor, whatever the context: a low-rank table added to a canvas row's logits once its
/// left neighbour is known.
///
/// A canvas predicts all its tokens at once, each as if it did not know the others; written together, two of them may
/// belong to different texts (`return` and `:`). With `score(y → x) = a(y) · b(x)` they are chosen one after the other
/// instead, each in view of the one before, for the price of `vocabulary × rank` multiply-adds and no forward.
///
/// Source: Sun et al., "Fast structured decoding for sequence models", 2019, section 3.2 (low-rank transitions of a CRF);
/// Ankner et al., "Hydra: sequentially-dependent draft heads", 2024, for drafts that see the drafts before them.
package final class TransitionScores: Sendable {
    private let rank: Int
    /// a, `vocabulary × rank`, row-major.
    private let previous: [Float]
    /// b, `vocabulary × rank`.
    private let next: PackedMatrix

    init(previous: [Float], next: PackedMatrix) {
        self.previous = previous
        self.next = next
        rank = next.columns
    }

    /// Adds the scores of all successors of `token` to a row of logits. Single-threaded; cost: one read of b.
    func add(to logits: UnsafeMutablePointer<Float>, after token: TokenID) {
        let kernels = KernelTable.active
        let left = PackedRows()
        previous.withUnsafeBufferPointer {
            left.pack(
                $0.baseAddress! + Int(token) * rank,
                rows: 1,
                columns: rank,
                format: next.format,
                kernels: kernels
            )
        }
        kernels.functions.pointee.gemm(
            logits,
            next.rows,
            left.data,
            next.data,
            1,
            next.rows,
            rank,
            0,
            next.panels,
            1,
            next.format.packed
        )
    }
}
