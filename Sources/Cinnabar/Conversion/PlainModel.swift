import Checkpoints
import Common
import Foundation
import Models
import Tokenizers

/// A model of plain numbers, from a folder or a GGUF file, to be written in another form.
struct PlainModel {
    let checkpoint: NativeCheckpoint
    /// Nil for a native network.
    let family: Family?
    /// What `config.json` says, in the family's own keys.
    let stated: ConfigurationFile
    let tokenizer: Tokenizer
    private let source: Source

    private enum Source {
        case folder(ModelFolder)
        case file(GGUFFile, chatTemplate: String?)
    }

    init(_ place: URL) throws {
        if place.pathExtension == "gguf" {
            let file = try GGUFFile(place)
            let (checkpoint, family) = try NativeCheckpoint.gguf(file)
            let vocabulary = try GGUFVocabulary(file.metadata)
            var stated = try ConfigurationFile(file)
            stated.values = Dictionary(stated.values.map { (family.keys[$0] ?? $0, $1) }) { first, _ in first }
            (self.checkpoint, self.family, self.stated) = (checkpoint, family, stated)
            tokenizer = try Tokenizer(StoredVocabulary(vocabulary))
            source = .file(file, chatTemplate: vocabulary.chatTemplate)
        } else {
            let folder = try ModelFolder(place)
            checkpoint = try NativeCheckpoint(folder)
            family = try ModelConfiguration.read(folder).family
            stated = try ConfigurationFile(folder)
            tokenizer = try Tokenizer(folder: folder.url)
            source = .folder(folder)
        }
    }

    var configuration: ModelConfiguration { checkpoint.configuration }
    var layout: ParameterLayout { ParameterLayout(configuration) }

    /// Writes into a folder what a model folder holds beside `config.json` and weights: tokenizer, templates, defaults and
    /// texts.
    func writeCompanions(to target: URL) throws {
        switch source {
        case .folder(let folder):
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() {
                guard Self.isCompanion(name) else { continue }
                let data = try Data(contentsOf: folder.url.appendingPathComponent(name))
                try AtomicFile.write(data, to: target.appendingPathComponent(name))
            }
        case .file(let file, let chatTemplate):
            try tokenizer.write(to: target)
            guard let chatTemplate else { return }
            try AtomicFile.write(Data(chatTemplate.utf8), to: target.appendingPathComponent("chat_template.jinja"))
            let special = try GGUFVocabulary(file.metadata).special
            let tokens = ["bos", "eos"].compactMap { name in
                special[name].map { ("\(name)_token", tokenizer.decode([TokenID($0)])) }
            }
            let config = try JSONEncoder().encode(Dictionary(uniqueKeysWithValues: tokens))
            try AtomicFile.write(config, to: target.appendingPathComponent("tokenizer_config.json"))
        }
    }

    /// What stands in the model's chat template, if it has a single one.
    func chatTemplate() -> String? {
        switch source {
        case .file(_, let template): return template
        case .folder(let folder):
            if let file = folder.file("chat_template.jinja") { return try? String(contentsOf: file, encoding: .utf8) }
            let config = try? folder.decode([String: ConfigurationFile.Value].self, from: "tokenizer_config.json")
            guard case .string(let template) = config?["chat_template"] else { return nil }
            return template
        }
    }

    /// The tokens that end a text and stand for nothing yet.
    func settings() throws -> FamilySettings? {
        guard let family else { return nil }
        return try FamilySettings(family, configuration, stated: stated, generation: nil, tokenizer: tokenizer)
    }

    private static func isCompanion(_ name: String) -> Bool {
        let isText = [".json", ".jinja", ".txt", ".md"].contains { name.hasSuffix($0) } || name == "LICENSE"
        return isText && name != "config.json" && !name.hasSuffix(".safetensors.index.json")
    }
}
