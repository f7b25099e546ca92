import Common
import Diffusion
import Models

/// Someone who waits for forwards of a text.
struct Turn<Network: Denoiser> {
    enum Answer {
        case once(CheckedContinuation<TextState?, any Error>)
        case all(@Sendable (TextState) -> Bool, CheckedContinuation<Void, any Error>)
    }

    let text: Text<Network>
    let answer: Answer

    /// Whether another forward is wanted behind this state.
    func takes(_ state: TextState) -> Bool {
        switch answer {
        case .once: false
        case .all(let wants, _): wants(state)
        }
    }

    func finish(_ state: TextState? = nil) {
        switch answer {
        case .once(let continuation): continuation.resume(returning: state)
        case .all(_, let continuation): continuation.resume()
        }
    }

    func fail(_ error: any Error) {
        switch answer {
        case .once(let continuation): continuation.resume(throwing: error)
        case .all(_, let continuation): continuation.resume(throwing: error)
        }
    }
}

/// The items of one forward.
struct Batch<Network: Denoiser> {
    private(set) var turns: [Turn<Network>] = []
    private var items: [ForwardItem<Network.Cache>] = []
    private(set) var rows = 0

    func contains(_ text: Text<Network>) -> Bool { turns.contains { $0.text === text } }

    mutating func append(_ turn: Turn<Network>, _ item: ForwardItem<Network.Cache>) {
        turns.append(turn)
        items.append(item)
        rows += item.clean.count + item.canvases.reduce(0) { $0 + $1.tokens.count }
    }

    /// A prediction for each item.
    func forward(_ network: Network) throws -> [Prediction] {
        let predictions = try network.forward(items)
        guard predictions.count == items.count else { throw Self.miscount(predictions.count, items.count) }
        return predictions
    }

    /// What each text makes of its prediction, side by side: no text knows of another. The predictions are taken away.
    func receive(_ predictions: inout [Prediction], _ network: Network) -> [Result<DecodingStep, any Error>] {
        // Each prediction has one owner, who changes its rows in place: a second one would cost a copy of all logits.
        var waiting = predictions.map(Optional.some)
        predictions = []
        var steps = [Result<DecodingStep, any Error>?](repeating: nil, count: turns.count)
        waiting.withUnsafeMutableBufferPointer { waiting in
            steps.withUnsafeMutableBufferPointer { steps in
                network.concurrently(turns.count) { index in
                    guard let prediction = waiting[index].take() else { return }
                    do {
                        steps[index] = .success(try turns[index].text.writer.receive(consume prediction))
                    } catch {
                        steps[index] = .failure(error)
                    }
                }
            }
        }
        return steps.compactMap(\.self)
    }

    /// The prediction for one item, by a forward of its own.
    func forward(_ network: Network, only index: Int) throws -> Prediction {
        var predictions = try network.forward([items[index]])
        guard predictions.count == 1 else { throw Self.miscount(predictions.count, 1) }
        return predictions.removeLast()
    }

    private static func miscount(_ predictions: Int, _ items: Int) -> CinnabarError {
        CinnabarError(.malformed, "the network returned \(predictions) predictions for \(items) items")
    }
}
