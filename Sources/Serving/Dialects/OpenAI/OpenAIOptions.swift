import Cinnabar
import Common

/// Keys that all dialects after OpenAI's have in common.
enum OpenAIOptions {
    static let mostTokens = 1 << 24

    /// - Parameter temperature: the default.
    static func read(_ fields: RequestFields, into request: inout TextRequest, temperature: Double) throws {
        request.model = try fields.text("model")
        let limit = try fields.integer("max_tokens", in: 0...mostTokens)
        request.maxTokens = try fields.integer("max_completion_tokens", in: 0...mostTokens) ?? limit
        request.temperature = try fields.number("temperature", in: 0...2) ?? temperature
        request.seed = try fields.integer("seed", in: Int.min...Int.max).map { UInt64(bitPattern: Int64($0)) }
        request.count = try fields.integer("n", in: 1...TextRequest.mostChoices) ?? 1
        if let stop = try fields.texts("stop") { request.stop = stop.filter { !$0.isEmpty } }
        request.stream.isOn = try fields.flag("stream") ?? false
        request.stream.isDiffusing = try fields.flag("diffusing") ?? false
        if let options = try fields.fields("stream_options") {
            request.stream.includesUsage = try options.flag("include_usage") ?? false
            request.stream.includesCanvas = try options.flag("include_canvas") ?? false
            options.skip("include_obfuscation", "continuous_usage_stats")
        }
        if let prediction = try fields.fields("prediction") {
            prediction.skip("type")
            request.draft = try prediction.value("content").map {
                try MessageContent($0, at: "prediction.content").text
            }
        }
        try readOwn(fields, into: &request)
        request.sampling = try SamplingFields.read(fields)
        request.unmasking = try UnmaskingFields.read(fields)
        fields.skip(
            "user",
            "store",
            "metadata",
            "service_tier",
            "realtime",
            "reasoning_effort",
            "reasoning_summary",
            "reasoning_summary_wait",
            "extra_body",
            "safety_identifier",
            "prompt_cache_key",
            "prompt_cache_retention",
            "verbosity",
            "modalities",
            "reasoning"
        )
    }

    /// Replies of some dialects hold one text.
    static func oneChoice(_ request: inout TextRequest) {
        if request.count > 1 { request.warnings.append("not applied: n") }
        request.count = 1
    }

    /// Keys of this project: how the text is written.
    private static func readOwn(_ fields: RequestFields, into request: inout TextRequest) throws {
        if let name = try fields.text("mode") {
            guard let mode = Mode(rawValue: name) else {
                throw fields.error("mode", "must be one of \(Mode.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            request.mode = mode
        }
        switch fields.peek("canvas") {
        case .string("auto")?: request.canvas = .automatic
        case .string("default")?: request.canvas = .standard
        default:
            request.canvas = try fields.integer("canvas", in: 1...1024).map(CanvasLength.tokens)
            return
        }
        fields.skip("canvas")
    }
}

/// What a message says, as text; images and the like are left out and named.
struct MessageContent {
    var text = ""
    var ignoredParts: [String] = []

    init(_ value: JSONValue?, at place: String) throws {
        switch value {
        case nil, .null?: break
        case .string(let text)?: self.text = text
        case .array(let parts)?:
            var texts: [String] = []
            for part in parts {
                if let text = part.text {
                    texts.append(text)
                    continue
                }
                guard case .object = part else { throw APIError.invalid(place, "has a part that is \(part.kind)") }
                if let text = part["text"]?.text ?? part["refusal"]?.text {
                    texts.append(text)
                } else {
                    ignoredParts.append(part["type"]?.text ?? "unknown")
                }
            }
            text = texts.joined(separator: "\n")
        case let value?: throw APIError.invalid(place, "must be a string or a list of parts, not \(value.kind)")
        }
    }
}
