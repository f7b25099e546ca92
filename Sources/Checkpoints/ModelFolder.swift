import Common
package import Foundation

/// A model on disk in Hugging Face's layout: `config.json`, `generation_config.json`, `tokenizer.json` and weights in
/// `model.safetensors` or in shards with `model.safetensors.index.json`.
package struct ModelFolder: Sendable {
    package let url: URL

    /// Looks that the folder is there and has a `config.json`; reads nothing else. A replacement of the folder that was
    /// killed half-way is finished first.
    package init(_ url: URL) throws {
        try AtomicFolder.recover(url)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw CinnabarError(.file, "no model folder at \(url.path)", hint: "check the spelling of the path")
        }
        guard isFolder.boolValue else {
            throw CinnabarError(
                .file,
                "\(url.path) is a file, expected a model folder",
                hint: "name the folder that holds config.json"
            )
        }
        self.url = url
        guard file("config.json") != nil else {
            throw CinnabarError(.file, "no config.json in \(url.path)", hint: "is this a model folder?")
        }
    }

    /// The place of a file in the folder, nil when it is not there.
    package func file(_ name: String) -> URL? {
        let file = url.appendingPathComponent(name)
        return FileManager.default.fileExists(atPath: file.path) ? file : nil
    }

    /// The place of a file that must be there.
    package func required(_ name: String, hint: String? = nil) throws -> URL {
        guard let file = file(name) else {
            throw CinnabarError(.file, "no \(name) in \(url.path)", hint: hint ?? "the download may be incomplete")
        }
        return file
    }

    package var config: URL { url.appendingPathComponent("config.json") }
    package var generationConfig: URL? { file("generation_config.json") }

    /// `tokenizer.json`, which text needs and weights alone do not.
    package func tokenizer() throws -> URL {
        try required("tokenizer.json", hint: "take it from the model that this one was made from")
    }

    /// Decodes a JSON file of the folder, within limits of size and depth; errors name the file and the key.
    package func decode<Value: Decodable>(_ type: Value.Type, from name: String) throws -> Value {
        try JSONLimits().decode(type, from: required(name))
    }

    /// Opens the weights: a single file if there is one, else the shards of the index. Maps, reads no tensor.
    package func weights() throws -> ModelWeights {
        if let single = file("model.safetensors") { return try ModelWeights(file: single) }
        if let index = file("model.safetensors.index.json") { return try ModelWeights(index: index) }
        throw CinnabarError(.file, "no model.safetensors in \(url.path)", hint: weightsHint)
    }

    private var weightsHint: String {
        let others = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        if let gguf = others.first(where: { $0.hasSuffix(".gguf") }) { return "name the file \(gguf) itself" }
        if let pickle = others.first(where: { $0.hasSuffix(".bin") || $0.hasSuffix(".pt") }) {
            return "\(pickle) is in PyTorch's own format; convert it to safetensors"
        }
        return "the download may be incomplete"
    }
}
