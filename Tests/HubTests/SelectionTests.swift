import Common
import Hub
import Testing

@Suite struct SelectionTests {
    private func choose(_ names: [String], include: [String] = [], exclude: [String] = []) throws -> [String] {
        try FileSelection(include: include, exclude: exclude).choose(names, of: RepositoryID("org/model"))
    }

    private let released = [
        ".gitattributes", "LICENSE", "README.md", "added_tokens.json", "assets/figure.png",
        "additional_chat_templates/tools.jinja", "chat_template.jinja", "config.json", "configuration_x.py",
        "generation_config.json", "merges.txt", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
        "model.safetensors.index.json", "model-Q8_0.gguf", "onnx/model.safetensors", "onnx/config.json",
        "original/consolidated.00.pth", "pytorch_model.bin", "tokenizer.json", "tokenizer.model",
        "tokenizer_config.json",
        "vocab.json", "vocab.txt",
    ]

    @Test func byDefaultWhatAModelNeeds() throws {
        let left: Set<String> = [
            ".gitattributes", "assets/figure.png", "configuration_x.py", "model-Q8_0.gguf", "onnx/model.safetensors",
            "onnx/config.json", "original/consolidated.00.pth", "pytorch_model.bin",
        ]
        #expect(try choose(released) == released.filter { !left.contains($0) })
    }

    @Test func globs() throws {
        #expect(try choose(released, include: ["*.gguf"]) == ["model-Q8_0.gguf"])
        #expect(try choose(released, include: ["onnx/"]) == ["onnx/model.safetensors", "onnx/config.json"])
        #expect(try choose(released, include: ["*onnx*"], exclude: ["*.json"]) == ["onnx/model.safetensors"])
        #expect(try choose(released, include: ["vocab.???", "[Ll]ICENSE"]) == ["LICENSE", "vocab.txt"])
        #expect(try !choose(released, exclude: ["vocab*"]).contains("vocab.json"))
    }

    @Test func theOneFileInGGUF() throws {
        #expect(try choose(["README.md", "a.gguf", "config.json"]) == ["a.gguf"])
        #expect(try choose(["a.gguf", "b.gguf"], exclude: ["b*"]) == ["a.gguf"])
    }

    @Test func whatCannotBeChosen() {
        func error(_ names: [String], include: [String] = []) -> String {
            let error = #expect(throws: CinnabarError.self) { try choose(names, include: include) }
            return error?.description ?? ""
        }
        #expect(error(released, include: ["*.nothing"]).contains("--include"))
        #expect(error(["pytorch_model.bin"]).contains("neither safetensors nor GGUF: it holds pytorch_model.bin"))
        #expect(error([]).contains("no files"))
        #expect(error((0..<30).map { "\($0).gguf" }).contains("30 GGUF files: 0.gguf, 1.gguf"))
        #expect(error((0..<30).map { "\($0).gguf" }).contains("and 18 more"))
    }
}
