import Common
import Diffusion
import Kernels
import Models
import Synchronization

/// Writes middles as the network itself would, greedily from left to right: what canvases are to learn when they are
/// distilled from the causal stream (``RowOptions/ownMiddles``).
final class OwnMiddles: Sendable {
    private let network: NativeNetwork
    private let options: DecodingOptions
    private let end: TokenID
    private let failure = Mutex<(any Error)?>(nil)

    /// Takes a copy of the averaged parameters, which are what a run delivers.
    init(_ trainer: Trainer) {
        let model = trainer.state.options.model
        let parameters = FlatParameters(trainer.average, configuration: model)
        let weights = NativeWeights(parameters, format: trainer.format)
        // One thread each: rows are built side by side.
        network = NativeNetwork(weights: weights, pool: ThreadPool(threads: 1))
        let vocabulary = trainer.vocabulary
        end = vocabulary.eom
        var options = DecodingOptions(
            .autoregressive,
            maskToken: vocabulary.mask,
            padToken: vocabulary.pad,
            endTokens: [vocabulary.eom, vocabulary.eos]
        )
        // Text only, as a decoder writes it.
        let others = [vocabulary.eom, vocabulary.eos, vocabulary.pad]
        options.suppressedTokens = vocabulary.specialTokens.filter { !others.contains($0) }
        self.options = options
    }

    /// Nil if the text does not end in time or is empty, or the prompt fills the context: the document's own middle is then
    /// the better target. A failure, for example weights that are no numbers any more, is kept for ``check()``.
    func complete(_ prompt: [TokenID], _ most: Int) -> [TokenID]? {
        guard prompt.count < network.contextLength else { return nil }
        var options = options
        options.maxTokens = most
        do {
            var session = try DecodingSession(network: network, prompt: prompt, options: options)
            while try session.next() != nil {}
            guard session.finish == .stop, !session.text.isEmpty else { return nil }
            return session.text + [end]
        } catch {
            failure.withLock { $0 = $0 ?? error }
            return nil
        }
    }

    /// - Throws: the first failure of a completion.
    func check() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
