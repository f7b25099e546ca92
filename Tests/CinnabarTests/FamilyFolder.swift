import Checkpoints
import Common
import Foundation
import Models
import Testing
import Tokenizers

/// A model folder of a released family with random weights, in its own names, and a tokenizer as Qwen's.
enum FamilyFolder {
    private static let sizes: [String: Int] = [
        "vocab_size": 320, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "intermediate_size": 48, "max_position_embeddings": 256, "mask_token_id": 4,
        "eos_token_id": 1,
    ]
    private static let mixture: [String: Int] = [
        "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
    ]

    static func write(_ family: Family, to url: URL, changing changes: [String: Any] = [:]) throws {
        let sizes = sizes.merging(family.router == nil ? [:] : mixture) { first, _ in first }
        var config: [String: Any] = Dictionary(uniqueKeysWithValues: sizes.map { (family.keys[$0] ?? $0, $1) })
        config["architectures"] = [family.architectures[0]]
        config["tie_word_embeddings"] = false
        config.merge(changes) { $1 }
        try JSONSerialization.data(withJSONObject: config).write(to: url.appendingPathComponent("config.json"))
        try tokenizer().write(to: url)
        let template = "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}"
        try JSONSerialization.data(withJSONObject: ["chat_template": template, "bos_token": "<|bos|>"])
            .write(to: url.appendingPathComponent("tokenizer_config.json"))
        let c = try family.configuration(ConfigurationFile(ModelFolder(url)))
        let names = TensorNames(family, c)
        var random = SplitMix64(seed: 11)
        let items = ParameterLayout(c).tensors.map { tensor in
            SafetensorsWriter.Item(
                names.place(of: tensor).name,
                shape: tensor.shape,
                (0..<tensor.count).map { _ in Float(0.3 * random.normal()) }
            )
        }
        try SafetensorsWriter.write(items, to: url.appendingPathComponent("model.safetensors"))
    }

    /// Bytes and a few merges, with this project's special tokens.
    private static func tokenizer() throws -> Tokenizer {
        let base = try BPETrainer(vocabularySize: SpecialToken.texts.count + 256).train()
        var tokens = (0..<TokenID(base.vocabularySize)).map { Array(base.bytes(ofToken: $0)) }
        var merges: [(left: TokenID, right: TokenID)] = []
        for (left, right) in [("d", "e"), ("de", "f"), (" ", " "), ("r", "e"), ("1", "2"), (" ", "x")] {
            let ids = [left, right].compactMap { text in
                tokens.firstIndex(of: Array(text.utf8)).map { TokenID($0) }
            }
            try #require(ids.count == 2)
            merges.append((ids[0], ids[1]))
            tokens.append(Array((left + right).utf8))
        }
        let bos = try #require(base.id(of: "<|bos|>"))
        return try Tokenizer(
            tokens: tokens,
            merges: merges,
            addedTokens: base.addedTokens,
            preTokenizer: .qwen2,
            normalizer: .nfc,
            frame: .init(prefix: [bos])
        )
    }
}
