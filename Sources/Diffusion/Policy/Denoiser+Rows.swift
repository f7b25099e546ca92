package import Models

/// Logits that are read one row after the other: 0.2 ms on a core without AVX-512. Other threads are met for more only,
/// since a meeting is waited for where another program has their processor.
private let fewLogits = 1 << 18

extension Denoiser {
    /// Calls `body` once for each of some rows of a prediction, at the same time where there is much to read and the network
    /// has threads of its own. A row is `body`'s to change.
    ///
    /// - Parameter body: gets the number of a row among those, and its logits.
    /// - Throws: what `body` throws for the first row that fails.
    package func read<Reading>(
        _ prediction: inout Prediction,
        rows: Range<Int>,
        _ body: (Int, UnsafeMutableBufferPointer<Float>) throws -> Reading
    ) throws -> [Reading] {
        var readings = [Result<Reading, any Error>?](repeating: nil, count: rows.count)
        let width = prediction.vocabularySize
        prediction.logits.withUnsafeMutableBufferPointer { logits in
            readings.withUnsafeMutableBufferPointer { readings in
                func read(_ index: Int) {
                    let first = (rows.lowerBound + index) * width
                    let row = UnsafeMutableBufferPointer(rebasing: logits[first..<first + width])
                    readings[index] = Result { try body(index, row) }
                }
                if rows.count * width < fewLogits {
                    for index in 0..<rows.count { read(index) }
                } else {
                    concurrently(rows.count, read)
                }
            }
        }
        return try readings.compactMap { try $0?.get() }
    }
}
