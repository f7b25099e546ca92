import Checkpoints
import Cinnabar
import Common
import Foundation
import Models
import Testing

/// Damaged model folders through the public library: each loads and writes text, or says in one line which file is at
/// fault. Nothing traps, hangs or takes memory that the folder does not justify.
@Suite(.serialized) struct ModelFolderFuzzTests {
    /// Loads the folder and, if it loads, writes a little text in all modes.
    ///
    /// - Returns: true if it loaded.
    private func check(_ folder: URL, _ name: String, _ label: String) async -> Bool {
        func isGood(_ error: any Error) -> Bool {
            guard let error = error as? CinnabarError else { return false }
            let text = error.description
            return !text.contains("\n") && text.utf8.count < 1000
        }
        let model: Model
        do {
            model = try Model(folder: folder, threads: 1)
        } catch {
            #expect(isGood(error) && "\(error)".contains(name), "\(label): \(error)")
            return false
        }
        for mode in Mode.allCases {
            let options = GenerationOptions(mode: mode, maxTokens: 3, temperature: 0.5)
            let starts = [
                { try model.generate("def", options: options) },
                { try model.infill(prefix: "a = ", suffix: "\nb = 2\n", options: options) },
            ]
            for start in starts {
                do {
                    _ = try await start().result()
                } catch {
                    // A context of a few tokens loads, but has no room for these texts.
                    #expect(isGood(error), "\(label), \(mode): \(error)")
                }
            }
        }
        return true
    }

    /// Megabytes that this process has held at most.
    private func peakMemory() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
        return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) / 1024
    }

    private func withFolder(packed: Bool = false, _ body: (TinyModelFolder) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("cinnabar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        let before = peakMemory()
        try await body(TinyModelFolder(url, packed: packed))
        // Other tests run beside this one, and load models of their own; what a believed size would take is far more.
        #expect(peakMemory() - before < 2000, "megabytes")
    }

    @Test func theUndamagedFolderLoads() async throws {
        try await withFolder { folder in
            #expect(await check(folder.url, "", "undamaged"))
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: TinyModelFolder.names, [false, true])
    func randomDamage(name: String, packed: Bool) async throws {
        try await withFolder(packed: packed) { folder in
            let data = try #require(folder.files[name])
            // Of the weights, the header is where damage is interesting.
            let header = name == "model.safetensors" ? 8 + Int(data[0]) + Int(data[1]) << 8 : data.count
            var loaded = 0
            for seed in 0..<150 as Range<UInt64> {
                var random = SplitMix64.stream(seed: seed)
                let damage = Damage.allCases[Int(seed) % Damage.allCases.count]
                let end = random.uniform() < 0.8 ? header : data.count
                try folder.replace(name, by: damage(data, end: end, &random))
                loaded += await check(folder.url, name, "\(name), packed \(packed), seed \(seed), \(damage)") ? 1 : 0
            }
            #expect(loaded < 150, "no damage to \(name) was noticed")
        }
    }

    @Test(arguments: TinyModelFolder.names) func missingEmptyAndOtherFiles(name: String) async throws {
        try await withFolder { folder in
            let isNeeded = name != "generation_config.json"
            try folder.replace(name, by: nil)
            #expect(await check(folder.url, name, "\(name) missing") == !isNeeded)
            for text in ["", "\0", "{", "{}", "[]", "null", "\"", String(repeating: "[", count: 100_000), "\u{FEFF}{}"]
            {
                try folder.replace(name, by: Data(text.utf8))
                let loads = await check(folder.url, name, "\(name) is \(text.prefix(5))")
                // The defaults of the decoder serve a model that brings none.
                #expect(!loads || name == "generation_config.json")
            }
            try folder.replace(name, by: nil)
            try FileManager.default.createDirectory(
                at: folder.url.appendingPathComponent(name),
                withIntermediateDirectories: false
            )
            #expect(await !check(folder.url, name, "\(name) is a folder"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func hostileConfigurations() async throws {
        try await withFolder { folder in
            let fields = try folder.fields("config.json")
            for key in fields.keys.sorted() {
                for value in Damage.numbers + ["true", "{}", "\"a\\nb\"", "[1e5]"] {
                    try folder.replace("config.json", by: TinyModelFolder.json(fields.merging([key: value]) { $1 }))
                    _ = await check(folder.url, "config.json", "config.json, \(key) = \(value)")
                }
                // What decides a shape has one right value.
                if ["vocab_size", "hidden_size", "num_hidden_layers", "intermediate_size"].contains(key) {
                    try folder.replace("config.json", by: TinyModelFolder.json(fields.merging([key: "1"]) { $1 }))
                    #expect(await !check(folder.url, "config.json", "config.json, \(key) = 1"))
                }
                var others = fields
                others[key] = nil
                try folder.replace("config.json", by: TinyModelFolder.json(others))
                #expect(await !check(folder.url, "config.json", "config.json without \(key)"))
            }
        }
    }

    /// Shapes that the weights do agree with may still ask for too much: positions cost memory without weights.
    @Test(.timeLimit(.minutes(1))) func aContextBeyondMemoryIsRefused() async throws {
        try await withFolder { folder in
            var configuration = TinyModelFolder.configuration
            configuration.headDimension = 1024
            configuration.contextLength = 1 << 20
            try folder.replace("config.json", by: JSONEncoder().encode(configuration))
            let weights = ParameterLayout(configuration).tensors.map {
                SafetensorsWriter.Item($0.name, shape: $0.shape, [Float](repeating: 0.5, count: $0.count))
            }
            try SafetensorsWriter.write(weights, to: folder.url.appendingPathComponent("model.safetensors"))
            #expect(await !check(folder.url, "config.json", "a million positions of 1024 numbers"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func hostileDecodingSettings() async throws {
        try await withFolder { folder in
            let keys = [
                "mode", "drafting", "canvas_length", "window", "gamma", "tau_min", "tau_edit", "tau_g", "lag", "settle",
                "max_edit_steps", "repetition_guard", "canvases", "draft_length", "draft_floor", "max_new_tokens",
                "temperature", "seed", "prefill_chunk", "mask_token_id", "pad_token_id", "eos_token_id",
                "suppress_tokens",
            ]
            for (number, key) in keys.enumerated() {
                let mode = Mode.allCases[number % 4]
                for value in Damage.numbers {
                    let decoding = "{\"\(mode)\": {\"\(key)\": \(value)}}"
                    try folder.replace("generation_config.json", by: TinyModelFolder.json(["decoding": decoding]))
                    let label = "generation_config.json, \(mode) \(key) = \(value)"
                    let loads = await check(folder.url, "generation_config.json", label)
                    // What the vocabulary decides is not read.
                    let isIgnored = ["mode", "mask_token_id", "pad_token_id"].contains(key)
                    if value == "-1" { #expect(loads == isIgnored, "\(label)") }
                }
            }
        }
    }

    @Test func weightsThatDoNotFit() async throws {
        typealias Tensors = [(name: String, shape: [Int], type: DataType, values: [Float])]
        let damages: [(String, (inout Tensors) -> Void)] = [
            ("a NaN", { $0[3].values[5] = .nan }),
            ("an infinity", { $0[0].values[17] = -.infinity }),
            ("a transposed matrix", { $0[0].shape.reverse() }),
            ("a flattened matrix", { $0[2].shape = [$0[2].values.count] }),
            ("an additional axis", { $0[1].shape.append(1) }),
            (
                "a shorter vector",
                { tensors in
                    tensors[1].values.removeLast()
                    tensors[1].shape = [tensors[1].values.count]
                }
            ),
            ("no embedding", { $0.removeFirst() }),
            ("no detector", { $0.removeLast() }),
            ("another name", { $0[4].name = "x" }),
            ("one too many", { $0.append(("x", [1], .f32, [0])) }),
            (
                "two exchanged names",
                { (tensors: inout Tensors) in
                    let name = tensors[0].name
                    tensors[0].name = tensors[1].name
                    tensors[1].name = name
                }
            ),
            ("nothing", { $0 = [] }),
        ]
        try await withFolder { folder in
            for (label, damage) in damages {
                try folder.replace("model.safetensors", by: TinyModelFolder.weights(damage))
                #expect(await !check(folder.url, "model.safetensors", label), "\(label)")
            }
            // Finite weights that overflow while computing are nothing that loading can see; text must still end.
            for size: Float in [1e38, -3e38, 0] {
                try folder.replace(
                    "model.safetensors",
                    by: TinyModelFolder.weights { tensors in
                        for i in tensors.indices {
                            tensors[i].values = Array(repeating: size, count: tensors[i].values.count)
                        }
                    }
                )
                #expect(await check(folder.url, "model.safetensors", "all weights \(size)"))
            }
        }
    }
}
