import Common
import Diffusion

/// A text decoded by an independent implementation, state by state.
struct ParityTrace: Decodable {
    struct Settings: Decodable {
        var genLength, maxNewTokens, blockLength, blockSize, steps, denoisingSteps, smallBlockSize, leftPad: Int?
        var threshold, confidenceThreshold, editingThreshold, ebThreshold, eps, cfgScale: Double?
        var entropyThreshold, positionPenalty: Double?
        var schedule, cache: String?
        // Of rules that change the length of the text.
        var maxPostSteps, startMasks, expandBudget, numberTransferTokens: Int?
        var deleteTokenId, splitTokenId, expandTokenId: TokenID?
        var padDeleteToRight: Bool?
        var alg: String?
    }

    /// What each state is, where a trace says so; other remarks are left out.
    struct Info: Decodable {
        let kinds: [String]
        init(from decoder: any Decoder) throws {
            kinds = (try? decoder.singleValueContainer().decode([String].self)) ?? []
        }
    }

    var name, rule: String
    var settings: Settings
    var prompt: [TokenID]
    /// What is given behind the text, if it fills a hole.
    var suffix: [TokenID]?
    /// All tokens before the first forward and after every one.
    var states: [[TokenID]]
    var info: Info?
    /// What each forward saw, where states are not known.
    var forwardInputs: [[TokenID]]?

    /// How this project decodes by that rule.
    func options(_ facts: ParityFixture.Facts) throws -> DenoisingOptions {
        let s = settings
        let tokens = s.genLength ?? s.maxNewTokens ?? 0
        let length = s.blockLength ?? s.blockSize ?? tokens
        guard length > 0, tokens > 0 else { throw CinnabarError(.malformed, "trace \(name) has no lengths") }
        let blocks = (tokens + length - 1) / length
        let steps = ((s.steps ?? s.denoisingSteps ?? 1) + blocks - 1) / blocks
        var options = DenoisingOptions(
            rule: try rule(steps: steps),
            window: try window(facts),
            blockLength: length,
            maxTokens: tokens,
            maskToken: TokenID(facts.maskTokenId)
        )
        if s.leftPad != nil { options.window = .blocksBehindPrompt }
        if name.hasPrefix("appended") { options.window = .growing }
        if rule == "seeded_blocks" { options.seedsBlocks = true }
        options.guidance = s.cfgScale ?? 0
        options.take(s)
        if let part = s.smallBlockSize {
            options.subBlockLength = part
            options.seedsBlocks = true
            // These count the part of the prompt in the first block as output.
            options.maxTokens -= prompt.count % length
        }
        options.cache = s.cache.flatMap { .init(rawValue: String($0.prefix { $0 != "_" })) } ?? .none
        return options
    }

    private func window(_ facts: ParityFixture.Facts) throws -> DenoisingOptions.Window {
        switch facts.attention {
        case "full": .whole
        case "causal_prefix": .blocksBehindPrompt
        case "causal_reordered": .sliding
        case "block_causal": .blocks
        default: throw CinnabarError(.unsupported, "attention '\(facts.attention)' has no canvas")
        }
    }

    private func rule(steps: Int) throws -> DenoisingRule {
        let s = settings
        // SDAR and LLaDA2 count steps by the block, the others over the text.
        let blockSteps = s.denoisingSteps ?? s.steps ?? 1
        switch rule {
        case "low_confidence":
            return DenoisingRule(.scheduled(s.schedule == "dllm" ? .linear(steps: steps) : .even(steps: steps)))
        case "threshold", "seeded_blocks": return DenoisingRule(.threshold(s.threshold ?? 1))
        case "maskgit_plus", "topk_margin", "entropy":
            let schedule = UnmaskingSchedule.timeSteps(steps: s.steps ?? 1, epsilon: s.eps ?? 1e-3)
            let score: DenoisingRule.Score =
                rule == "entropy" ? .entropy : rule == "topk_margin" ? .margin : .probability
            return DenoisingRule(.scheduled(schedule), score: score)
        case "p2": return DenoisingRule(.remasking(steps: s.steps ?? 1))
        case "low_confidence_static": return DenoisingRule(.scheduled(.evenOnBlock(steps: blockSteps)))
        case "sequential": return DenoisingRule(.scheduled(.evenOnBlock(steps: blockSteps)), score: .position)
        case "low_confidence_dynamic":
            return DenoisingRule(.thresholdOrScheduled(s.confidenceThreshold ?? 1, .evenOnBlock(steps: blockSteps)))
        case "llada2_threshold":
            return DenoisingRule(.thresholdOrScheduled(s.threshold ?? 1, .evenOnBlock(steps: blockSteps)))
        case "entropy_bounded": return DenoisingRule(.entropyBudget(s.ebThreshold ?? 0), score: .entropy)
        case "joint_threshold":
            var rule = DenoisingRule(.threshold(s.threshold ?? 1))
            rule.editThreshold = s.editingThreshold
            return rule
        case "joint_threshold_indel":
            var rule = DenoisingRule(.threshold(s.threshold ?? 1))
            (rule.editThreshold, rule.maxEditSteps) = (s.editingThreshold ?? 0, s.maxPostSteps ?? 16)
            return rule
        case "dreamon":
            let score: DenoisingRule.Score =
                s.alg == "maskgit_plus" ? .probability : s.alg == "topk_margin" ? .margin : .entropy
            return DenoisingRule(.surest(s.numberTransferTokens ?? 1), score: score)
        case "entropy_keep": return DenoisingRule(.scheduled(.remainder(steps: s.steps ?? 1)), score: .entropy)
        case "sliding_window":
            return DenoisingRule(.entropyBelow(s.entropyThreshold ?? 0, penalty: s.positionPenalty ?? 0))
        case "fast_dllm_v2": return DenoisingRule(.threshold(s.threshold ?? 1))
        default: throw CinnabarError(.unsupported, "the rule '\(rule)' is unknown")
        }
    }
}

extension DenoisingOptions {
    /// Tokens that change the length of the text.
    fileprivate mutating func take(_ s: ParityTrace.Settings) {
        guard let delete = s.deleteTokenId, let insert = s.splitTokenId ?? s.expandTokenId else { return }
        lengthTokens = LengthTokens(delete: delete, insert: insert)
        lengthTokens?.deletesToRight = s.padDeleteToRight ?? false
        firstLength = s.startMasks ?? firstLength
        maxInsertions = s.expandBudget
    }
}

extension ParityFixture {
    /// The number of states in which our text differs from the trace's; more than all if what is recorded of ours does not
    /// replay to it.
    func differences(_ trace: ParityTrace) throws -> Int {
        if let mode = DecodingMode(rawValue: trace.rule) { return try differences(trace, causalStream: mode) }
        let network = try network(attention, shiftsLogits: cases.model.shift)
        var session = try BlockSession(
            network: network,
            prompt: trace.prompt,
            suffix: trace.suffix ?? [],
            options: trace.options(cases.model)
        )
        var states = [session.tokens]
        var inputs: [[TokenID]] = []
        var blocks: [Int] = []
        var record = session.makeTrace()
        while true {
            blocks.append(session.block.lowerBound)
            guard let step = try session.next() else { break }
            record.append(step)
            inputs.append(states[states.count - 1])
            states.append(session.tokens)
        }
        let replayed = try Trace(jsonLines: record.jsonLines()).replay()
        guard replayed.tokens == session.text, replayed.finish == session.finish else { return states.count + 1 }
        if let expected = trace.forwardInputs {
            let seen = zip(zip(inputs, blocks), expected).map { ours, expected in
                let (tokens, block) = ours
                return expected.count == tokens.count ? tokens : Array(tokens[block...].prefix(expected.count))
            }
            return Self.differences(seen + [states[states.count - 1]], expected + trace.states)
        }
        let padding = trace.settings.leftPad ?? 0
        let expected = zip(trace.states, (trace.info?.kinds ?? []) + Array(repeating: "", count: trace.states.count))
            // Masks are appended without a forward.
            .filter { $1 != "open block" }.map { Array($0.0.dropFirst(padding)) }
        // The prediction behind the text belongs to no block of it.
        let isSeeded = trace.settings.smallBlockSize != nil
        return Self.differences(states, isSeeded ? expected.dropLast() : expected)
    }

    /// The same of a text that the causal stream writes; of drafts that it verifies only the text counts.
    private func differences(_ trace: ParityTrace, causalStream mode: DecodingMode) throws -> Int {
        var options = DecodingOptions(mode, maskToken: TokenID(cases.model.maskTokenId))
        options.maxTokens = trace.settings.maxNewTokens ?? 1
        var session = try DecodingSession(
            network: network(attention, shiftsLogits: cases.model.shift),
            prompt: trace.prompt,
            options: options
        )
        var states = [trace.prompt]
        while try session.next() != nil { states.append(trace.prompt + session.text) }
        guard mode == .autoregressive else { return states.last == trace.states.last ? 0 : 1 }
        return Self.differences(states, trace.states)
    }

    /// Whether our text is the reference's answer before the end marker.
    func endsAlike(_ test: EndToken) throws -> Bool {
        guard let trace = cases.traces?.first(where: { $0.name == test.trace }) else {
            throw CinnabarError(.malformed, "an end marker is tried on the trace '\(test.trace)', which is not there")
        }
        let network = try network(attention, shiftsLogits: cases.model.shift)
        var options = try trace.options(cases.model)
        options.endTokens = [test.endTokenId]
        var session = try BlockSession(
            network: network,
            prompt: trace.prompt,
            suffix: trace.suffix ?? [],
            options: options
        )
        while try session.next() != nil {}
        let hasPrompt = test.returned.starts(with: trace.prompt)
        let answer = test.returned.dropFirst(hasPrompt ? trace.prompt.count : 0)
        return session.finish == .stop && session.text == Array(answer.prefix { $0 != test.endTokenId })
    }

    private static func differences(_ a: [[TokenID]], _ b: [[TokenID]]) -> Int {
        zip(a, b).count { $0 != $1 } + abs(a.count - b.count)
    }
}
