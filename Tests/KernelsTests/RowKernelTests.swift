import CKernels
import Common
import Foundation
import Kernels
import Testing

@Suite struct RowKernelTests {
    static let fast = KernelTable.available.dropLast().map(\.name)
    /// Largest permitted difference, relative to the largest value.
    private static let tolerance: Float = 4e-6

    private func pair(_ isa: String) throws -> (ck_table, ck_table) {
        let table = try #require(KernelTable.available.first { $0.name == isa })
        return (table.functions.pointee, KernelTable.available.last!.functions.pointee)
    }

    private func close(_ a: [Float], _ b: [Float], _ what: String) {
        let scale = max(1, b.map(abs).max() ?? 1)
        let worst = zip(a, b).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= Self.tolerance * scale, "\(what): \(worst) of \(scale)")
    }

    /// All lengths from one to beyond two vectors, at odd addresses too.
    @Test(arguments: fast) func passesOverRowsEqualReference(isa: String) throws {
        let (fast, slow) = try pair(isa)
        var random = SplitMix64(seed: 5)
        for width in 1...40 {
            for misalignment in [0, 1, 3] {
                let rows = 3
                let x = (0..<rows * width * 2 + misalignment).map { _ in Float(random.normal()) }
                let gain = (0..<width).map { _ in Float(random.normal()) }
                func run(_ k: ck_table) -> [[Float]] {
                    x.withUnsafeBufferPointer { buffer in
                        let p = buffer.baseAddress! + misalignment
                        var normed = [Float](repeating: 0, count: rows * width)
                        var inverse = [Float](repeating: 0, count: rows)
                        k.rmsnorm(&normed, &inverse, p, gain, rows, width, width, width, 1e-6)
                        var dx = [Float](repeating: 0.5, count: rows * width)
                        var dgain = [Float](repeating: 0.25, count: width)
                        k.rmsnorm_backward(
                            &dx,
                            &dgain,
                            p + width,
                            p,
                            inverse,
                            gain,
                            rows,
                            width,
                            width,
                            width,
                            1
                        )
                        var activated = [Float](repeating: 0, count: rows * width)
                        k.swiglu(&activated, p, rows, width)
                        var dgate = [Float](repeating: 0, count: rows * 2 * width)
                        k.swiglu_backward(&dgate, normed, p, rows, width)
                        var sum = normed
                        k.axpby(&sum, p, rows * width, 0.3, -0.7)
                        var (w, m, v) = (normed, activated, normed.map { $0 * $0 })
                        k.adamw(&w, &m, &v, p, rows * width, 0.5, 0.01, 0.9, 0.95, 1e-8, 0.1, 1.5, 2.5)
                        return [
                            normed, inverse, dx, dgain, activated, dgate, sum, w, m, v,
                            [k.dot(p, p + width, width), k.sum_of_squares(p, width)],
                        ]
                    }
                }
                for (i, (a, b)) in zip(run(fast), run(slow)).enumerated() {
                    close(a, b, "output \(i), width \(width), misalignment \(misalignment), \(isa)")
                }
            }
        }
    }

    @Test(arguments: KernelTable.available.map(\.name)) func rotationUndoesItself(isa: String) throws {
        let k = try #require(KernelTable.available.first { $0.name == isa }).functions.pointee
        var random = SplitMix64(seed: 8)
        for width in [2, 6, 16, 34, 64] {
            var table: [Float] = []
            for position in 0..<9 {
                let angles = (0..<width / 2).map { Double(position) / Double($0 + 1) }
                table += angles.map { Float(cos($0)) }
                table += angles.map { Float(sin($0)) }
            }
            let x = (0..<4 * width).map { _ in Float(random.normal()) }
            var y = x
            k.rope(&y, table, [8, 0, 3, 5], 4, width, width, 1)
            #expect(Array(y[width..<2 * width]) == Array(x[width..<2 * width]), "position 0 stays")
            k.rope(&y, table, [8, 0, 3, 5], 4, width, width, -1)
            close(y, x, "width \(width) \(isa)")
        }
    }

    /// Reductions against float64, with ties, forbidden tokens and extreme values.
    @Test(arguments: KernelTable.available.map(\.name)) func statisticsEqualFloat64(isa: String) throws {
        let k = try #require(KernelTable.available.first { $0.name == isa }).functions.pointee
        var random = SplitMix64(seed: 21)
        for width in [1, 2, 5, 15, 16, 17, 33, 64, 100, 4096] {
            for kind in 0..<4 {
                var row = (0..<width).map { _ in Float(random.normal() * [1, 10, 0, 40][kind]) }
                if kind == 1, width > 4 { for i in 0..<width / 4 { row[4 * i] = -.infinity } }
                var s = ck_row_statistics()
                k.statistics(&s, row, width)
                let top = row.max()!
                #expect(Int(s.argmax) == row.firstIndex(of: top)!, "width \(width) kind \(kind)")
                #expect(s.max == top)
                var rest = row
                rest.remove(at: Int(s.argmax))
                #expect(s.second == rest.max() ?? -.infinity)
                let exps = row.map { exp(Double($0) - Double(top)) }
                let total = exps.reduce(0, +)
                let entropy = exps.reduce(0) { $1 > 0 ? $0 - $1 / total * log($1 / total) : $0 }
                #expect(abs(Double(s.log_sum_exp) - Double(top) - log(total)) < 2e-5 * (1 + abs(Double(top))))
                #expect(
                    abs(Double(s.entropy) - entropy) < 3e-5 * (1 + entropy),
                    "\(s.entropy) and \(entropy), kind \(kind)"
                )
            }
        }
    }

    /// Cross-entropy's gradient equals finite differences, with and without the certainty term.
    @Test(arguments: KernelTable.available.map(\.name), [0, 0.5] as [Float])
    func crossEntropyGradient(isa: String, sharpen: Float) throws {
        let k = try #require(KernelTable.available.first { $0.name == isa }).functions.pointee
        var random = SplitMix64(seed: 31)
        for width in [3, 17, 40] {
            let logits = (0..<width).map { _ in Float(random.normal()) }
            let target = logits.firstIndex(of: logits.max()!)!
            func loss(_ z: [Double]) -> Double {
                let top = z.max()!
                let lse = top + log(z.reduce(0) { $0 + exp($1 - top) })
                let q = z.map { exp(2 * ($0 - top)) }
                let total = q.reduce(0, +)
                let entropy = -q.reduce(0) { $0 + $1 / total * log($1 / total) }
                return 0.7 * (lse - z[target] + Double(sharpen) * entropy)
            }
            var gradient = logits
            let value = k.cross_entropy(&gradient, width, Int32(target), 0.7, sharpen)
            let z = logits.map(Double.init)
            #expect(abs(Double(value) - (log(z.reduce(0) { $0 + exp($1) }) - z[target])) < 1e-5)
            for i in 0..<width {
                var (plus, minus) = (z, z)
                plus[i] += 1e-5
                minus[i] -= 1e-5
                #expect(abs((loss(plus) - loss(minus)) / 2e-5 - Double(gradient[i])) < 1e-5, "\(isa) entry \(i)")
            }
        }
    }
}
