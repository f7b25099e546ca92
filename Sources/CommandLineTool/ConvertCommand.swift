public import ArgumentParser
public import Cinnabar
import Common
import Foundation

struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a model as a Hugging Face folder or as a GGUF file.",
        discussion: """
            The other program's names of tensors and keys, its order of rows and its form of the tokenizer are kept to: \
            llama.cpp reads the file, transformers the folder. For a folder that is mapped at each start see 'cinnabar \
            quantize'.

              cinnabar convert dream-7b-q4_k_m.gguf --output dream-7b
              cinnabar convert dream-7b --output dream-7b.gguf --numbers q8_0
            """
    )

    @Argument(help: "A model folder, a GGUF file or a pulled ORG/NAME; default the model that ships with the program.")
    var model: String?

    @Option(help: "What to write: a name that ends in .gguf, or a folder; replaced if it is there.")
    var output: String

    @Option(help: "bf16 or fp32, in a GGUF file also fp16 or q8_0.")
    var numbers: Model.Numbers = .bf16

    func run() throws {
        let bar = ProgressBar("convert", total: 100, unit: "%")
        try Model.convert(
            ModelPlace.find(model),
            to: URL(fileURLWithPath: output),
            numbers: numbers,
            progress: { bar.update(Int(100 * $0)) }
        )
        bar.finish()
        print(output)
    }
}

extension Model.Numbers: ExpressibleByArgument {}
