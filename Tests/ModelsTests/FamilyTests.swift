import Common
import Kernels
import Models
import Testing

/// A configuration as a family's `config.json` states it.
private func stated(by family: Family) -> [String: ConfigurationFile.Value] {
    var values: [String: ConfigurationFile.Value] = [
        "vocab_size": .number(64), "hidden_size": .number(24), "num_hidden_layers": .number(3),
        "num_attention_heads": .number(4), "num_key_value_heads": .number(2), "intermediate_size": .number(32),
        "max_position_embeddings": .number(128), "rope_theta": .number(10_000), "rms_norm_eps": .number(1e-5),
        "hidden_act": .string("silu"), "rope_scaling": .null,
    ]
    if family.router != nil {
        for (key, value) in [
            ("num_experts", 8.0), ("num_experts_per_tok", 2), ("moe_intermediate_size", 16), ("n_group", 4),
            ("topk_group", 2), ("num_shared_experts", 1), ("first_k_dense_replace", 1),
        ] { values[key] = .number(value) }
        values["moe_router_enable_expert_bias"] = .bool(true)
    }
    return Dictionary(uniqueKeysWithValues: values.map { (family.keys[$0.key] ?? $0.key, $0.value) })
}

@Suite struct FamilyTests {
    @Test("Every architecture belongs to one family, and an unknown one is told what is known")
    func architectures() throws {
        let all = Family.all.flatMap(\.architectures)
        #expect(Set(all).count == all.count)
        for family in Family.all {
            #expect(try Family.named(family.architectures, in: "x").name == family.name)
        }
        let error = try #require(throws: CinnabarError.self) {
            try Family.named(["GPTQForCausalLM"], in: "config.json")
        }
        #expect(error.description.contains("GPTQForCausalLM") && error.description.contains("LLaDAModelLM"))
    }

    @Test("Every tensor of a family has a place of its own", arguments: Family.all.map(\.name))
    func places(name: String) throws {
        let family = try #require(Family.all.first { $0.name == name })
        let file = ConfigurationFile(stated(by: family), label: name)
        let c = try family.configuration(file)
        let names = TensorNames(family, c)
        let places = ParameterLayout(c).tensors.map { names.place(of: $0) }
        #expect(Set(places).count == places.count)
        // Parts of one tensor lie one behind the other and fill it.
        for (name, parts) in Dictionary(grouping: zip(places, ParameterLayout(c).tensors), by: \.0.name) {
            let rows = parts.reduce(0) { $0 + $1.1.shape[0] }
            #expect(rows == parts[0].0.rows, "\(name)")
        }
    }

    @Test("Damaged configurations are errors or networks that can be")
    func hostileConfigurations() throws {
        let seed: UInt64 = 11
        var random = SplitMix64(seed: seed)
        let strange: [ConfigurationFile.Value] = [
            .null, .bool(true), .number(-1), .number(0), .number(0.5), .number(1e300), .number(.infinity),
            .number(Double(Int.max)), .number(Double(Int32.max)), .string("x"), .list([]), .object([:]), .number(1),
        ]
        var (errors, networks) = (0, 0)
        for round in 0..<4000 {
            let family = Family.all[round % Family.all.count]
            var values = stated(by: family)
            for _ in 0...Int.random(in: 0..<2, using: &random) {
                guard let key = values.keys.sorted().randomElement(using: &random) else { continue }
                values[key] = strange.randomElement(using: &random)
            }
            do {
                let c = try family.configuration(ConfigurationFile(values, label: "config.json"))
                networks += 1
                #expect(c.heads % c.keyValueHeads == 0 && c.headDimension % 2 == 0, "seed \(seed), round \(round)")
            } catch let error as CinnabarError {
                errors += 1
                #expect(error.description.contains("config.json"), "\(error)")
            }
        }
        #expect(errors > 1000 && networks > 100, "seed \(seed): \(errors) errors, \(networks) networks")
    }

    @Test("What the network does not compute is refused by name")
    func refusals() throws {
        for (key, value) in [
            ("rope_scaling", ConfigurationFile.Value.object(["type": .string("dynamic")])),
            ("hidden_act", .string("gelu")),
            ("use_sliding_window", .bool(true)),
        ] {
            let family = try Family.named(["SDARForCausalLM"], in: "")
            var values = stated(by: family)
            values[key] = value
            let error = try #require(throws: CinnabarError.self) {
                try family.configuration(ConfigurationFile(values, label: "config.json"))
            }
            #expect(error.code == .unsupported && error.description.contains(key))
        }
    }
}

@Suite struct RotationTests {
    private func configuration(_ rotation: [String: ConfigurationFile.Value], key: String) throws -> ModelConfiguration
    {
        let family = try Family.named(["LlamaForCausalLM"], in: "")
        var values = stated(by: family)
        values["rope_theta"] = nil
        values[key] = .object(rotation)
        return try family.configuration(ConfigurationFile(values, label: "config.json"))
    }

    private let yarn: [String: ConfigurationFile.Value] = [
        "rope_type": .string("yarn"), "rope_theta": .number(1_000_000), "factor": .number(16),
        "original_max_position_embeddings": .number(16_384), "llama_4_scaling_beta": .number(0.1),
    ]

    @Test(
        "Base, kind and factors of the rotation are read from its object",
        arguments: ["rope_parameters", "rope_scaling"]
    )
    func object(key: String) throws {
        let c = try configuration(yarn, key: key)
        #expect(c.ropeTheta == 1_000_000)
        let scaling = try #require(c.variant.rotaryScaling)
        #expect(scaling.kind == .yarn && scaling.fast == 32 && scaling.slow == 1)
        // 0.1 ln 16 + 1, without mscale.
        #expect(abs(scaling.amplitude - 1.277_258_872) < 1e-8)
        #expect(c.variant.queryScaling == QueryScaling(beta: 0.1, period: 16_384))
        let plain = try configuration(["rope_type": .string("default"), "rope_theta": .number(500)], key: key)
        #expect(plain.ropeTheta == 500 && plain.variant.rotaryScaling == nil && plain.variant.queryScaling == nil)
    }

    /// The ends of the mixture: the fastest pair turns as before, the slowest by the factor less.
    @Test("Fast pairs keep their frequency, slow ones lose the factor", arguments: [RotaryScaling.Kind.yarn, .llama3])
    func ends(kind: RotaryScaling.Kind) {
        let scaling = RotaryScaling(kind: kind, factor: 8, original: 4096, fast: 32, slow: 1)
        let (width, theta, positions) = (64, 1e6, 50)
        let plain = RotaryTable.make(positions: positions, width: width, theta: theta)
        let scaled = RotaryTable.make(positions: positions, width: width, theta: theta, scaling: scaling)
        for position in 0..<positions {
            let row = position * width
            #expect(scaled.base[row] == plain.base[row])
        }
        let slowest = width - 1
        for position in stride(from: 0, to: positions, by: 8) {
            let (ours, theirs) = (scaled.base[position * width + slowest], plain.base[position / 8 * width + slowest])
            #expect(abs(ours - theirs) < 1e-7)
        }
    }

    @Test("Numbers of a rotation that make no sense are errors")
    func refusals() {
        for (key, value) in [
            ("factor", ConfigurationFile.Value.number(0)), ("factor", .null), ("factor", .number(.infinity)),
            ("original_max_position_embeddings", .number(-1)), ("beta_fast", .number(0.5)), ("rope_theta", .number(1)),
            ("rope_type", .string("longrope")), ("rope_type", .number(1)), ("truncate", .bool(false)),
        ] {
            var values = yarn
            values[key] = value
            #expect(throws: CinnabarError.self, "\(key) \(value)") { try configuration(values, key: "rope_parameters") }
        }
    }
}

@Suite struct AttentionRuleTests {
    /// A network over committed tokens of two blocks: what a token sees is what a changed token changes.
    @Test("A block-causal token sees its block and those before it", arguments: [0, 1, 2])
    func blocks(phase: Int) throws {
        var c = TinyNetwork.configuration
        c.variant.attention = .blockCausal(4)
        let network = NativeNetwork(
            weights: NativeWeights(FlatParameters(TinyNetwork.parameters(seed: 5), configuration: c), format: .fp32),
            pool: .init(threads: 2)
        )
        let tokens = TinyNetwork.tokens(10, seed: 8)
        func logits(_ tokens: [TokenID]) throws -> [[Float]] {
            let item = ForwardItem(
                cache: network.makeCache(capacity: 32),
                clean: tokens,
                wantedClean: Array(tokens.indices),
                blockPhase: phase
            )
            let all = try network.forward([item])[0].logits
            return tokens.indices.map { Array(all[$0 * 53..<($0 + 1) * 53]) }
        }
        let base = try logits(tokens)
        for changed in tokens.indices {
            var other = tokens
            other[changed] = (other[changed] + 1) % 53
            let after = try logits(other)
            for row in tokens.indices {
                let sees = (changed + phase) / 4 <= (row + phase) / 4
                #expect((after[row] != base[row]) == sees, "row \(row), token \(changed), phase \(phase)")
            }
        }
    }
}
