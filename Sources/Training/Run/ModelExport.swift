import Checkpoints
import Common
package import Foundation
package import Models
package import Tokenizers

/// Writes a network as a Hugging Face folder.
package enum ModelExport {
    /// `config.json`, `generation_config.json`, `tokenizer.json` and `model.safetensors` in bf16, all or nothing.
    package static func write(
        parameters: [Float],
        configuration: ModelConfiguration,
        tokenizer: Tokenizer,
        metadata: [String: String],
        to folder: URL
    ) throws {
        let layout = ParameterLayout(configuration)
        try AtomicFolder.write(to: folder) { folder in
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try AtomicFile.write(try encoder.encode(configuration), to: folder.appendingPathComponent("config.json"))
            let generation: [String: Int] = [
                "bos_token_id": id(.bos, tokenizer), "eos_token_id": id(.eos, tokenizer),
                "pad_token_id": id(.pad, tokenizer), "mask_token_id": id(.mask, tokenizer),
                "eom_token_id": id(.eom, tokenizer),
            ]
            try AtomicFile.write(
                try encoder.encode(generation),
                to: folder.appendingPathComponent("generation_config.json")
            )
            try tokenizer.write(to: folder)
            let items = layout.tensors.map { tensor in
                SafetensorsWriter.Item(tensor.name, shape: tensor.shape, as: .bf16, Array(parameters[tensor.range]))
            }
            try SafetensorsWriter.write(
                items,
                metadata: metadata,
                to: folder.appendingPathComponent("model.safetensors")
            )
        }
    }

    private static func id(_ token: SpecialToken, _ tokenizer: Tokenizer) -> Int {
        tokenizer.id(of: token).map(Int.init) ?? 0
    }
}
