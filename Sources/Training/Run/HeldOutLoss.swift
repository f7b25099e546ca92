import CKernels
package import Common
import Kernels
import Models
package import Tokenizers

/// Fixed held-out text and what the network makes of it: AR bits per byte and the canvas bound, both for the same bytes.
package struct HeldOutLoss: Sendable {
    package struct Values: Codable, Sendable, CustomStringConvertible {
        /// Bits per byte of next-token prediction.
        package var autoregressive: Double
        /// Upper bound in bits per byte of canvases by length: the order-averaged bound, estimated with one number of
        /// masks a canvas, low-discrepancy over canvases.
        package var canvas: [Int: Double]
        package var bytes: Int

        package var description: String {
            func text(_ x: Double) -> String { "\((x * 1000).rounded() / 1000)" }
            return "held-out \(text(autoregressive)) bits/byte AR"
                + canvas.sorted { $0.key < $1.key }.map { ", \(text($0.value)) canvas \($0.key)" }.joined()
        }
    }

    private let rows: [(row: TrainingRow, bytes: Int)]
    private let mask: TokenID
    private let rowLength: Int

    /// - Parameter limit: bytes of held-out text to use.
    package init(
        corpus: Corpus.Split,
        tokenizer: Tokenizer,
        rowLength: Int = 512,
        limit: Int = 120_000
    ) throws {
        guard let bos = tokenizer.id(of: .bos), let mask = tokenizer.id(of: .mask) else {
            throw CinnabarError(.unsupported, "the tokenizer lacks begin or mask token", hint: "use a native tokenizer")
        }
        self.mask = mask
        self.rowLength = rowLength
        var rows: [(TrainingRow, Int)] = []
        var used = 0
        // Even shares of many documents, so that no long file dominates.
        let share = max(2000, limit / max(corpus.count, 1))
        for index in 0..<corpus.count where used < limit {
            let bytes = Array(corpus.document(index).prefix(share))
            used += bytes.count
            let tokens = tokenizer.encode(bytes: bytes)
            for start in stride(from: 0, to: tokens.count, by: rowLength - 1) {
                let part = Array(tokens[start..<min(start + rowLength - 1, tokens.count)])
                var row = TrainingRow()
                row.tokens = [bos] + part
                row.segmentStart = Array(repeating: 0, count: row.tokens.count)
                row.nextTokenWeight = Array(repeating: 1, count: row.tokens.count - 1) + [0]
                rows.append((row, part.reduce(0) { $0 + tokenizer.bytes(ofToken: $1).count }))
            }
        }
        self.rows = rows
    }

    var count: Int { rows.count }
    var bytes: Int { rows.reduce(0) { $0 + $1.bytes } }
    /// Positions of a row; canvases end with it.
    package var positions: Int { rowLength }
    package var longestRow: Int { rowLength * 2 + 32 }

    /// Nats of row `index`: AR, and of canvases of `length` tiled over the row. The same draw at every call.
    func nats(
        _ index: Int,
        length: Int?,
        pass: RowPass,
        parameters: UnsafePointer<Float>,
        weights: TrainingWeights
    ) -> Double {
        Self.nats(
            of: rows[index].row,
            length: length,
            mask: mask,
            random: SplitMix64.stream(seed: 17, UInt64(index), UInt64(length ?? 0)),
            pass: pass,
            parameters: parameters,
            weights: weights
        )
    }

    /// Nats of a row's tokens behind the first one: by next-token prediction without `length`, else one draw of the
    /// order-averaged bound with canvases of `length` tiled over the row.
    package static func nats(
        of row: TrainingRow,
        length: Int?,
        mask: TokenID,
        random: SplitMix64,
        pass: RowPass,
        parameters: UnsafePointer<Float>,
        weights: TrainingWeights
    ) -> Double {
        var row = row
        var factors: [Double] = []
        if let length {
            var random = random
            let offset = random.uniform()
            for (n, start) in stride(from: 1, to: row.tokens.count, by: length).enumerated() {
                let targets = Array(row.tokens[start..<min(start + length, row.tokens.count)])
                let size = targets.count
                // Golden-ratio steps spread the numbers of masks evenly over neighbouring canvases.
                let level = (offset + Double(n) * 0.618_033_988_749_894_9).truncatingRemainder(dividingBy: 1)
                let masks = 1 + min(size - 1, Int(level * Double(size)))
                var canvas = TrainingCanvas(
                    segmentStart: 0,
                    start: start,
                    tokens: targets,
                    targets: targets,
                    roles: Array(repeating: .ignored, count: size)
                )
                for i in (0..<size).shuffled(using: &random).prefix(masks) {
                    canvas.tokens[i] = mask
                    canvas.roles[i] = .masked
                }
                row.canvases.append(canvas)
                // −log p ≤ Σ_k E[mean CE with k masks]: one k of `size`, each masked token counts size/k.
                factors.append(Double(size) / Double(masks))
            }
        }
        var input = NetworkInput(row)
        input.targets.removeAll { $0.supervision != (length == nil ? .next : .masked) }
        var total = 0.0
        let k = KernelTable.active.functions.pointee
        _ = pass.evaluate(input, parameters: parameters, weights: weights) { target, logits in
            var s = ck_row_statistics()
            k.statistics(&s, logits, pass.c.vocabularySize)
            let t = input.targets[target]
            let factor = t.canvas < 0 ? 1 : factors[Int(t.canvas)]
            total += factor * Double(s.log_sum_exp - logits[Int(t.token)])
        }
        return total
    }
}
