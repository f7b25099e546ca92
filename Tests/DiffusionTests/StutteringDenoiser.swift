import Common
import Models
import TestSupport

/// A toy whose canvases are sure that every token is 7, and whose causal stream never says so.
struct StutteringDenoiser: Denoiser {
    let toy = ToyDenoiser(scale: 2)
    var vocabularySize: Int { toy.vocabularySize }
    var contextLength: Int { toy.contextLength }

    func makeCache(capacity: Int) -> ToyDenoiser.Cache { toy.makeCache(capacity: capacity) }

    func forward(_ items: [ForwardItem<ToyDenoiser.Cache>]) throws -> [Prediction] {
        var predictions = try toy.forward(items)
        for (index, item) in items.enumerated() {
            for row in item.wantedClean.indices { predictions[index].logits[row * vocabularySize + 7] = -30 }
            for row in item.wantedClean.count..<predictions[index].rows {
                predictions[index].logits[row * vocabularySize + 7] = 30
                predictions[index].correctness[row] = 1
            }
        }
        return predictions
    }
}
