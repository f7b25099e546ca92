import Common
import Diffusion
import Kernels
import Models

/// Writes middles as the network itself would, greedily from left to right: what canvases are to learn when they are
/// distilled from the causal stream (``RowOptions/ownMiddles``).
struct OwnMiddles: Sendable {
    private let network: NativeNetwork
    private let vocabulary: RowVocabulary

    /// Takes a copy of the averaged parameters, which are what a run delivers.
    init(_ trainer: Trainer) {
        let model = trainer.state.options.model
        let weights = NativeWeights(trainer.average, configuration: model, format: trainer.format)
        // One thread each: rows are built side by side.
        network = NativeNetwork(weights: weights, pool: ThreadPool(threads: 1))
        vocabulary = trainer.vocabulary
    }

    /// Nil also where the context is too short: the document's own middle is as good a target.
    var complete: RowBuilder.Completion {
        { prompt, most in
            var options = DecodingOptions(
                .autoregressive,
                maskToken: vocabulary.mask,
                padToken: vocabulary.pad,
                endTokens: [vocabulary.eom, vocabulary.eos]
            )
            options.suppressedTokens = vocabulary.specialTokens.filter {
                $0 != vocabulary.eom && $0 != vocabulary.eos && $0 != vocabulary.pad
            }
            options.maxTokens = most
            guard var session = try? DecodingSession(network: network, prompt: prompt, options: options) else {
                return nil
            }
            while (try? session.next()) ?? nil != nil {}
            guard session.finish == .stop, !session.text.isEmpty else { return nil }
            return session.text + [vocabulary.eom]
        }
    }
}
