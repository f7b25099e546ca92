public import ArgumentParser
import Cinnabar
public import Common

/// How masks become tokens, where the way of a checkpoint's authors is not wanted.
struct UnmaskingOptions: ParsableArguments {
    @Option(help: "Which masks a forward writes, instead of the authors' rule.")
    var rule: Unmasking.Rule?

    @Option(help: "What makes one mask surer than another.")
    var score: Unmasking.Score?

    @Option(help: "Forwards over a block.")
    var steps: Int?

    @Option(help: "Of the rule: least probability, factor or nats; of a native model the probability in mode quality.")
    var threshold: Double?

    @Option(help: "Tokens of a block, of a network with full attention.")
    var blockLength: Int?

    @Option(help: "Weight of guidance by the text without its prompt (LLaDA); twice the work.")
    var guidance: Double?

    @Option(help: "Keys kept from the first forward over a block, with full attention: not exact, and faster.")
    var cache: Unmasking.Cache?

    var unmasking: Unmasking {
        var unmasking = Unmasking()
        (unmasking.rule, unmasking.score, unmasking.cache) = (rule, score, cache)
        (unmasking.steps, unmasking.threshold) = (steps, threshold)
        (unmasking.blockLength, unmasking.guidance) = (blockLength, guidance)
        return unmasking
    }
}

extension Unmasking.Rule: ExpressibleByArgument {}
extension Unmasking.Score: ExpressibleByArgument {}
extension Unmasking.Cache: ExpressibleByArgument {}
