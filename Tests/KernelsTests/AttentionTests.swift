import CKernels
import Common
import Kernels
import Testing

/// Attention of every fast path against the scalar reference, over small lengths on both sides of each tile.
@Suite struct AttentionTests {
    static let fast = KernelTable.available.dropLast().map(\.name)
    /// Largest permitted difference; outputs are means of standard normal values.
    private static let tolerance: Float = 2e-5
    /// A weight that lies between two bf16 may be rounded either way.
    private static let halfTolerance: Float = 8e-3

    private func randoms(_ count: Int, _ random: inout SplitMix64) -> [Float] {
        (0..<count).map { _ in Float(random.normal()) }
    }

    private func worst(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }

    /// One call of the decoding kernel: queries of different numbers of clean keys over the same cache and canvas.
    private struct Decoding {
        let width, canvas: Int
        let clean: [Int]
        let queries: [Float]
        let format: ck_format
        let keys, values, canvasKeys, canvasValues: [Float]

        init(width: Int, clean: [Int], canvas: Int, format: ck_format, _ random: inout SplitMix64) {
            func randoms(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
            func stored(_ count: Int, by store: (UnsafeMutableRawPointer, [Float], Int, Int, ck_format) -> Void)
                -> [Float]
            {
                var words = [Float](repeating: 0, count: ck_cache_words(count, width, format))
                for position in 0..<count {
                    words.withUnsafeMutableBytes { store($0.baseAddress!, randoms(width), position, width, format) }
                }
                return words
            }
            (self.width, self.clean, self.canvas, self.format) = (width, clean, canvas, format)
            queries = randoms(clean.count * width)
            let most = clean.max() ?? 0
            keys = stored(most) { ck_store_key($0, $1, $2, $3, $4) }
            values = stored(most) { ck_store_value($0, $1, $2, $3, $4) }
            canvasKeys = stored(canvas) { ck_store_key($0, $1, $2, $3, $4) }
            canvasValues = stored(canvas) { ck_store_value($0, $1, $2, $3, $4) }
        }

        /// Outputs of the queries in `range`, in one call.
        func run(_ k: ck_table, _ range: Range<Int>) -> [Float] {
            var out = [Float](repeating: 0, count: range.count * width)
            var scratch = [Float](repeating: 0, count: ck_attend_scratch(clean.max() ?? 0, canvas, width))
            out.withUnsafeMutableBufferPointer { out in
                queries.withUnsafeBufferPointer { queries in
                    k.attend(
                        range.count,
                        range.indices.map { out.baseAddress! + $0 * width - range.lowerBound * width },
                        range.map { queries.baseAddress! + $0 * width },
                        Array(clean[range]),
                        keys,
                        values,
                        canvasKeys,
                        canvasValues,
                        canvas,
                        width,
                        0.3,
                        format,
                        &scratch
                    )
                }
            }
            return out
        }
    }

    @Test(arguments: fast, [CK_F32, CK_BF16]) func decodingEqualsReference(isa: String, format: ck_format) throws {
        let fast = try #require(KernelTable.available.first { $0.name == isa }).functions.pointee
        let slow = KernelTable.available.last!.functions.pointee
        let tolerance = format == CK_BF16 ? Self.halfTolerance : Self.tolerance
        var random = SplitMix64(seed: 3)
        for width in [2, 8, 12, 16, 33, 64, 80] {
            for clean in [0, 1, 15, 16, 17, 63, 64, 65, 130] {
                for canvas in [0, 1, 16, 17] where clean + canvas > 0 {
                    for count in 1...Int(CK_QUERIES) {
                        // Neighbouring clean rows see one key more each; rows of a canvas see the same.
                        let counts = (0..<count).map { clean + (canvas == 0 ? $0 : 0) }
                        let call = Decoding(width: width, clean: counts, canvas: canvas, format: format, &random)
                        let together = call.run(fast, 0..<count)
                        let difference = worst(together, call.run(slow, 0..<count))
                        let what = "width \(width), \(counts) clean, \(canvas) canvas, \(format), \(isa)"
                        #expect(difference <= tolerance, "\(what): \(difference)")
                        let alone = (0..<count).flatMap { call.run(fast, $0..<$0 + 1) }
                        #expect(together == alone, "\(what): a query depends on its neighbours")
                    }
                }
            }
        }
    }

    /// Two documents and canvases cut at random, forward and backward.
    @Test(arguments: fast) func trainingEqualsReference(isa: String) throws {
        let fast = try #require(KernelTable.available.first { $0.name == isa }).functions.pointee
        let slow = KernelTable.available.last!.functions.pointee
        for seed in 1...12 as ClosedRange<UInt64> {
            var random = SplitMix64(seed: seed)
            let width = [4, 12, 32, 40, 64][Int(seed % 5)]
            let cleanRows = Int.random(in: 3...150, using: &random)
            let second = Int.random(in: 1..<cleanRows, using: &random)
            var spans = (0..<cleanRows).map {
                ck_span(
                    clean_lo: Int32($0 < second ? 0 : second),
                    clean_hi: Int32($0 + 1),
                    canvas_lo: 0,
                    canvas_hi: 0
                )
            }
            var start = 1
            while start < cleanRows {
                if start == second { start += 1 }
                let length = Int.random(in: 1...16, using: &random)
                let first = Int32(spans.count)
                let segment = start < second ? 0 : second
                for _ in 0..<length {
                    spans.append(
                        ck_span(
                            clean_lo: Int32(segment),
                            clean_hi: Int32(start),
                            canvas_lo: first,
                            canvas_hi: first + Int32(length)
                        )
                    )
                }
                start += length + Int.random(in: 0...5, using: &random)
                if start == second { start += 1 }
            }
            let n = spans.count
            let (q, k, v) = (randoms(n * width, &random), randoms(n * width, &random), randoms(n * width, &random))
            let dout = randoms(n * width, &random)
            func run(_ kernels: ck_table) -> [[Float]] {
                let scratch = UnsafeMutableRawPointer.allocate(
                    byteCount: ck_attention_scratch(n, width),
                    alignment: 64
                )
                defer { scratch.deallocate() }
                var out = [Float](repeating: 0, count: n * width)
                var lse = [Float](repeating: 0, count: n)
                kernels.attention(
                    &out,
                    &lse,
                    q,
                    k,
                    v,
                    spans,
                    cleanRows,
                    n,
                    width,
                    width,
                    width,
                    width,
                    0.3,
                    CK_F32,
                    scratch
                )
                let dots = (0..<n).map { i in
                    (0..<width).reduce(Float(0)) { $0 + dout[i * width + $1] * out[i * width + $1] }
                }
                var (dq, dk, dv) = (
                    out, [Float](repeating: 0, count: n * width), [Float](repeating: 0, count: n * width)
                )
                kernels.attention_backward(
                    &dq,
                    &dk,
                    &dv,
                    dout,
                    dots,
                    lse,
                    q,
                    k,
                    v,
                    spans,
                    cleanRows,
                    n,
                    width,
                    width,
                    width,
                    width,
                    0.3,
                    CK_F32,
                    scratch
                )
                return [out, lse, dq, dk, dv]
            }
            for (name, pair) in zip(["out", "lse", "dq", "dk", "dv"], zip(run(fast), run(slow))) {
                let scale = max(1, pair.1.map(abs).max() ?? 1)
                let difference = worst(pair.0, pair.1)
                #expect(difference <= Self.tolerance * scale, "\(name), seed \(seed), \(n) rows, \(isa): \(difference)")
            }
        }
    }
}
