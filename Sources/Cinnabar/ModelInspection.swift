import Checkpoints
import Common
public import Foundation
import Kernels
import Models

/// What a model folder or a GGUF file holds and what it would take to run it, told from its headers: no weight is read.
public struct ModelInspection: Sendable, Codable {
    /// Bytes that running takes.
    public struct Need: Sendable, Codable {
        public let precision: String
        /// The packed weights.
        public let weights: Int
        /// Keys and values of a full context.
        public let context: Int
        /// With everything else.
        public let total: Int
    }

    public let path: String
    /// The family of released models that it belongs to; `cinnabar` for this project's own.
    public let family: String
    /// Which tokens see which, in words.
    public let attention: String
    /// Shape of the network, for people.
    public let network: String
    public let parameters: Int
    /// Tokens that prompt and output may have together.
    public let contextLength: Int
    public let bytesOnDisk: Int
    /// As the files state it; nil where they do not.
    public let licence: String?
    /// The only one of a packed folder; otherwise one for each precision that it can be loaded in.
    public let needs: [Need]
    /// Bytes that this machine can give.
    public let available: Int
    /// That the kernels would use here.
    public let instructionSet: String

    /// - Parameter place: nil for the default model.
    /// - Throws: whatever makes the model impossible to load, but for its weights' values and its tokenizer.
    public init(_ place: URL? = nil) throws {
        let place = try place ?? Model.defaultFolder
        let configuration: ModelConfiguration
        let family: Family?
        if place.pathExtension == "gguf" {
            let file = try GGUFFile(place)
            let (checkpoint, found) = try NativeCheckpoint.gguf(file)
            (configuration, family) = (checkpoint.configuration, found)
            licence = try file.metadata.value("general.license", as: String.self)
            bytesOnDisk = try Self.size(place)
        } else {
            let folder = try ModelFolder(place)
            (configuration, family) = try ModelConfiguration.read(folder)
            if try configuration.packedFormat() == nil { _ = try NativeCheckpoint(folder) }
            licence = Self.licence(folder)
            let files = try FileManager.default.contentsOfDirectory(atPath: place.path)
            bytesOnDisk = try files.reduce(0) { try $0 + Self.size(place.appendingPathComponent($1)) }
        }
        path = place.path
        self.family = family?.name ?? "cinnabar"
        attention = family == nil ? "causal, with bidirectional canvases" : configuration.variant.attention.words
        network = configuration.summary
        parameters = ParameterLayout(configuration).count
        contextLength = configuration.contextLength
        let packed = try configuration.packedFormat()
        needs = (packed.map { [Model.Precision($0)] } ?? Model.Precision.allCases).map { precision in
            let estimate = MemoryEstimate(configuration, format: precision.format)
            return Need(
                precision: precision.rawValue,
                weights: estimate.weights,
                context: estimate.perToken * configuration.contextLength,
                total: estimate.bytes(tokens: configuration.contextLength)
            )
        }
        available = MachineMemory.available
        instructionSet = KernelTable.active.name
    }

    private static func size(_ file: URL) throws -> Int {
        // Folders of a hub's cache hold links.
        let attributes = try FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path)
        return attributes[.size] as? Int ?? 0
    }

    /// The key `license` above a model card, or the first line of a file of that name.
    private static func licence(_ folder: ModelFolder) -> String? {
        func lines(_ name: String) -> [Substring] {
            let text = folder.file(name).flatMap { try? String(contentsOf: $0, encoding: .utf8) } ?? ""
            return text.split(whereSeparator: \.isNewline)
        }
        func stated(_ key: String, in card: some Sequence<Substring>) -> String? {
            card.first { $0.hasPrefix(key + ":") }
                .map { $0.dropFirst(key.count + 1).trimmingCharacters(in: CharacterSet(charactersIn: " \"'")) }
        }
        let card = lines("README.md")
        if card.first == "---" {
            let front = card.dropFirst().prefix { $0 != "---" }
            if let name = stated("license_name", in: front) ?? stated("license", in: front) { return name }
        }
        return ["LICENSE", "LICENSE.txt", "LICENSE.md"].lazy
            .compactMap { lines($0).first?.trimmingCharacters(in: .whitespaces) }.first
    }
}

extension AttentionRule {
    fileprivate var words: String {
        switch self {
        case .causal: "causal"
        case .full: "full"
        case .blockCausal(let size): "causal by blocks of \(size)"
        }
    }
}
