import Checkpoints
import Common
import Foundation
import Kernels
import Models
import Tokenizers

/// What a model folder or a GGUF file holds.
struct LoadedModel {
    let weights: NativeWeights
    let tokenizer: Tokenizer
    let settings: Model.Settings
    /// Nil for none.
    let chatTemplates: Result<ChatTemplates, any Error>?

    /// - Parameter format: of the weights; nil for int8, or what a folder is packed in.
    init(_ place: URL, format: NumberFormat?) throws {
        if place.pathExtension == "gguf" {
            try self.init(GGUFFile(place), format: format ?? .int8)
        } else {
            try self.init(ModelFolder(place), format: format)
        }
    }

    private init(_ folder: ModelFolder, format: NumberFormat?) throws {
        let (configuration, family) = try ModelConfiguration.read(folder)
        let packed = try configuration.packedFormat()
        try MemoryEstimate.check(
            configuration,
            format: packed ?? format ?? .int8,
            isMapped: packed != nil,
            name: folder.url.path
        )
        weights = try NativeWeights.read(folder, format: format)
        tokenizer = try Tokenizer(folder: folder.url)
        guard let family else {
            settings = .native(try GenerationSettings(folder, tokenizer: tokenizer))
            chatTemplates = nil
            return
        }
        let hasTemplate = ["tokenizer_config.json", "chat_template.jinja"].contains { folder.file($0) != nil }
        chatTemplates = hasTemplate ? Result { try ChatTemplates(folder: folder.url) } : nil
        let generation = try folder.generationConfig.map { file in
            ConfigurationFile(
                try folder.decode([String: ConfigurationFile.Value].self, from: file.lastPathComponent),
                label: file.path
            )
        }
        settings = .family(
            try FamilySettings(
                family,
                weights.configuration,
                stated: ConfigurationFile(folder),
                generation: generation,
                tokenizer: tokenizer
            )
        )
    }

    private init(_ file: GGUFFile, format: NumberFormat) throws {
        let (checkpoint, family) = try NativeCheckpoint.gguf(file)
        try MemoryEstimate.check(checkpoint.configuration, format: format, isMapped: false, name: file.label)
        weights = try NativeWeights(checkpoint, format: format)
        let vocabulary = try GGUFVocabulary(file.metadata)
        let tokenizer = try Tokenizer(StoredVocabulary(vocabulary))
        func text(_ name: String) -> String? {
            vocabulary.special[name].flatMap { TokenID(exactly: $0) }.map { tokenizer.decode([$0]) }
        }
        chatTemplates = vocabulary.chatTemplate.map { source in
            Result { try ChatTemplates(source: source, bosToken: text("bos"), eosToken: text("eos")) }
        }
        self.tokenizer = tokenizer
        settings = .family(
            try FamilySettings(
                family,
                weights.configuration,
                stated: ConfigurationFile(file),
                generation: nil,
                tokenizer: tokenizer
            )
        )
    }
}
