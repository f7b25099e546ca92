import ArgumentParser
import Cinnabar

/// What shapes the choice of a token beside the temperature.
struct SamplingOptions: ParsableArguments {
    @Option(help: "0 takes the best token, above samples.")
    var temperature = 0.0

    @Option(help: "Seed of the sampling.")
    var seed: UInt64 = 0

    @Option(help: "Draw from so many of the most probable tokens only.")
    var topK: Int?

    @Option(help: "Draw from the most probable tokens that together have this probability.")
    var topP = 1.0

    @Option(help: "Draw from tokens at least this share as probable as the best.")
    var minP = 0.0

    @Option(help: "Taken off the logits of tokens that the text has already.")
    var presencePenalty = 0.0

    @Option(help: "The same, once for each time that it has them.")
    var frequencyPenalty = 0.0

    @Option(help: "Divides the logits of tokens that text or prompt have already.")
    var repetitionPenalty = 1.0

    var sampling: Sampling {
        var sampling = Sampling()
        (sampling.topK, sampling.topP, sampling.minP) = (topK, topP, minP)
        (sampling.presencePenalty, sampling.frequencyPenalty) = (presencePenalty, frequencyPenalty)
        sampling.repetitionPenalty = repetitionPenalty
        return sampling
    }
}
