public import ArgumentParser
public import Cinnabar
import Foundation

/// Which model, and how it runs.
struct LoadOptions: ParsableArguments {
    @Option(help: "A model folder, a GGUF file or a pulled ORG/NAME; default the model that ships with the program.")
    var model: String?

    @Option(help: "Processors to use; default all.")
    var threads: Int?

    @Option(
        name: [.long, .customLong("weights")],
        help: "Weights and products: int8, int4, bf16 or fp32; default int8, or what the folder is packed in."
    )
    var precision: Model.Precision?

    func load() throws -> Model {
        try Model(folder: ModelPlace.find(model), threads: threads, precision: precision)
    }
}

/// Options of every command that writes text.
struct ModelOptions: ParsableArguments {
    @OptionGroup var loading: LoadOptions

    @Option(
        help: """
            quality: parallel with a tight error bound. speed: parallel drafts, accepted if nearly as probable as the \
            best token. lossless: parallel drafts, exactly the text of autoregressive. autoregressive: one token a forward.
            """
    )
    var mode: Mode = .speed

    @Option(help: "Most tokens to write (default 256, for a hole 128).")
    var maxTokens: Int?

    @OptionGroup(title: "Sampling") var sampling: SamplingOptions

    @Option(help: "Tokens of the canvas (default the model's own), or auto: what this machine drafts fastest with.")
    var canvas: CanvasLength = .standard

    @Flag(help: "Draft from repetitions in the text instead of canvases (not in quality mode).")
    var promptLookup = false

    @OptionGroup(title: "Constraints") var constraints: ConstraintOptions

    @Flag(help: "Look at written tokens again while their block is open (LLaDA2.1; 2.2 always does).")
    var editing = false

    @OptionGroup(title: "Unmasking") var unmasking: UnmaskingOptions

    func load() throws -> Model { try loading.load() }

    func generation() throws -> GenerationOptions {
        GenerationOptions(
            mode: mode,
            maxTokens: maxTokens,
            temperature: sampling.temperature,
            sampling: sampling.sampling,
            seed: sampling.seed,
            canvas: canvas,
            promptLookup: promptLookup,
            constraint: try constraints.constraint(),
            editing: editing,
            unmasking: unmasking.unmasking
        )
    }
}

extension Mode: ExpressibleByArgument {}

extension CanvasLength: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    public var defaultValueDescription: String { description }
}

extension Model.Precision: ExpressibleByArgument {}
