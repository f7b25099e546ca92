import Checkpoints
@_exported public import Common
import Diffusion
package import Engine
public import Foundation
package import Kernels
package import Models
package import Tokenizers

/// A loaded model: network, tokenizer and its decoding defaults. Loaded once, shared by any number of sessions.
///
/// ```swift
/// let model = try Model()
/// let session = try model.infill(prefix: "def add(a, b):\n", suffix: "\n")
/// for try await state in session { print(state.text) }
/// ```
public struct Model: Sendable {
    package let network: NativeNetwork
    package let tokenizer: Tokenizer
    /// The folder the model was loaded from.
    public let folder: URL
    let settings: Settings
    let measured = MeasuredForwards()
    /// Writes all texts of the model.
    let engine: Engine<NativeNetwork>
    let automata: LazyAutomata
    /// Nil for a model without; a template that cannot be read is an error where it is used.
    let chatTemplates: Result<ChatTemplates, any Error>?

    /// How a model decodes.
    enum Settings: Sendable {
        case native(GenerationSettings)
        case family(FamilySettings)
    }

    /// Loads a Hugging Face folder, or the model that ships with the package.
    ///
    /// - Parameters:
    ///   - folder: `config.json`, `model.safetensors`, `tokenizer.json`, `generation_config.json`, of this project or of a
    ///     family that it knows; or a `.gguf` file; nil for the default model.
    ///   - threads: processors to use; default all that the process may use.
    ///   - precision: of weights and matrix products; default int8, or what a folder written by ``quantize(_:to:precision:)``
    ///     is packed in. Checkpoints hold bf16; int8 passes as many tests as that and is the fastest (docs/lab-log.md).
    public init(folder: URL? = nil, threads: Int? = nil, precision: Precision? = nil) throws {
        if let threads, !(1...1024).contains(threads) {
            throw CinnabarError(.invalidArgument, "\(threads) threads", hint: "use a number from 1 to 1024")
        }
        try KernelTable.checkEnvironment()
        let place = try folder ?? Model.defaultFolder
        let loaded = try LoadedModel(place, format: precision?.format)
        let (weights, tokenizer) = (loaded.weights, loaded.tokenizer)
        guard tokenizer.vocabularySize <= weights.configuration.vocabularySize else {
            throw CinnabarError(
                .malformed,
                "tokenizer.json has \(tokenizer.vocabularySize) tokens, config.json \(weights.configuration.vocabularySize)",
                hint: "do both files belong to the same model?"
            )
        }
        settings = loaded.settings
        chatTemplates = loaded.chatTemplates
        network = NativeNetwork(
            weights: weights,
            pool: ThreadPool(threads: threads ?? ThreadPool.availableProcessors)
        )
        engine = Engine(network)
        self.tokenizer = tokenizer
        automata = LazyAutomata(tokenizer)
        self.folder = place
    }

    /// How weights are stored and multiplied; sums are fp32, of int8 products exact.
    public enum Precision: String, Sendable, CaseIterable {
        case bf16, fp32
        /// Half the memory and about 1.7 times the arithmetic of bf16; weights and activations are rounded to 1/127 of their
        /// row's largest value.
        case int8
        /// Weights in groups of 64 that share a scale, input and output tables in int8: a quarter of bf16's memory.
        case int4

        package var format: NumberFormat {
            switch self {
            case .bf16: .bf16
            case .fp32: .fp32
            case .int8: .int8
            case .int4: .int4
            }
        }

        init(_ format: NumberFormat) {
            self =
                switch format {
                case .bf16: .bf16
                case .fp32: .fp32
                case .int8: .int8
                case .int4: .int4
                }
        }
    }

    /// The folder of the default model inside the package's resources.
    static var defaultFolder: URL {
        get throws {
            guard let folder = Bundle.module.url(forResource: "default-model", withExtension: nil) else {
                throw CinnabarError(
                    .file,
                    "the package's resources are not beside the program",
                    hint: "keep cinnabar_Cinnabar.resources next to the executable, or give a model folder"
                )
            }
            return folder
        }
    }

    /// What the engine has done for all texts so far.
    package var engineCounters: EngineCounters { get async { await engine.counters } }
    /// Tokens that prompt and output may have together.
    public var contextLength: Int { network.contextLength }
    /// Shape of the network, for people.
    public var summary: String { network.configuration.summary }
    /// How the weights are stored and multiplied.
    public var precision: Precision { Precision(network.weights.format) }
    /// Number of weights, of all experts.
    public var parameterCount: Int { ParameterLayout(network.configuration).count }
    /// Threads that a forward uses.
    public var threads: Int { network.threads }
    /// Stands on a canvas where nothing is written yet.
    package var maskToken: TokenID {
        switch settings {
        case .native(let settings): settings.mask
        case .family(let settings): settings.mask ?? 0
        }
    }
    /// The family of released models that it belongs to; `cinnabar` for this project's own.
    public var familyName: String {
        switch settings {
        case .native: "cinnabar"
        case .family(let settings): settings.family.name
        }
    }
    /// The instruction set that the kernels use.
    public var instructionSet: String { network.kernels.name }
}
