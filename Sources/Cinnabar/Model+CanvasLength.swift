import Common
import Diffusion
import Models
import Synchronization

/// What forwards of a model take on this machine, measured when first asked for.
final class MeasuredForwards: Sendable {
    private let times = Mutex<[(rows: Int, seconds: Double)]?>(nil)

    private static let rows = [1, 2, 4, 6, 8, 12, 16, 24, 32, 64]
    private static let context = 256
    /// A network of which one row takes longer is timed fewer times.
    private static let budget = 0.3

    func times(_ network: NativeNetwork, mask: TokenID) throws -> [(rows: Int, seconds: Double)] {
        try times.withLock { times in
            if let times { return times }
            let context = min(Self.context, network.contextLength / 2)
            let rows = Self.rows.filter { context + $0 <= network.contextLength }
            func measure(_ rows: [Int], _ repetitions: Int) throws -> [Double] {
                try ForwardSamples.measure(
                    network,
                    mask: mask,
                    context: context,
                    rows: rows,
                    repetitions: repetitions
                ).medians
            }
            let largest = try measure([rows[rows.count - 1]], 1)[0]
            let affordable = Self.budget / (largest * Double(rows.count) / 2)
            let measured = try measure(rows, min(25, max(3, Int(affordable))))
            times = Array(zip(rows, measured))
            return times ?? []
        }
    }
}

extension Model {
    /// The options with the canvas that was asked for.
    func sized(_ decoding: DecodingOptions, _ length: CanvasLength) throws -> DecodingOptions {
        var decoding = decoding
        switch length {
        case .standard: break
        case .tokens(let tokens):
            decoding.canvasLength = tokens
            decoding.lag = min(decoding.lag, max(tokens, 1) - 1)
        case .automatic:
            guard decoding.isVerified, decoding.drafting.usesCanvases else { break }
            let times = try measured.times(network, mask: decoding.maskToken)
            guard let choice = CanvasChoice(times: times, options: decoding) else { break }
            (decoding.canvasLength, decoding.draftFloor) = (choice.canvasLength, choice.draftFloor)
        }
        return decoding
    }
}
