import Cinnabar
import Common

/// What shapes the choice of tokens beside the temperature, by the names that OpenAI, vLLM, llama.cpp and Ollama have for it.
enum SamplingFields {
    static func read(_ fields: RequestFields) throws -> Sampling {
        var sampling = Sampling()
        // 0 and -1 are all tokens.
        sampling.topK = try fields.integer("top_k", in: -1...1_000_000).flatMap { $0 > 0 ? $0 : nil }
        sampling.topP = try fields.number("top_p", in: 0...1) ?? 1
        sampling.minP = try fields.number("min_p", in: 0...1) ?? 0
        sampling.presencePenalty = try fields.number("presence_penalty", in: -2...2) ?? 0
        sampling.frequencyPenalty = try fields.number("frequency_penalty", in: -2...2) ?? 0
        let stated = try fields.number("repetition_penalty", in: 0...100)
        let repetition = try stated ?? fields.number("repeat_penalty", in: 0...100) ?? 1
        // Clients that mean none send 0 too; as a factor it would be nonsense.
        sampling.repetitionPenalty = repetition < 0.01 ? 1 : repetition
        sampling.logitBias = try bias(fields)
        return sampling
    }

    /// An object of numbers by token, or a list of pairs, in which false is never.
    private static func bias(_ fields: RequestFields) throws -> [Int: Double] {
        guard let value = fields.value("logit_bias") else { return [:] }
        var pairs: [(token: JSONValue, bias: JSONValue)] = []
        switch value {
        case .object(let members): pairs = members.map { (Int($0.key).map(JSONValue.integer) ?? .null, $0.value) }
        case .array(let elements):
            for element in elements {
                guard case .array(let pair) = element, pair.count == 2 else {
                    throw fields.error("logit_bias", "must hold pairs of a token's number and a bias")
                }
                pairs.append((pair[0], pair[1]))
            }
        default:
            throw fields.error("logit_bias", "must be an object of biases by the numbers of tokens, not \(value.kind)")
        }
        var result: [Int: Double] = [:]
        for pair in pairs {
            guard case .integer(let token) = pair.token, let bias = number(pair.bias) else {
                throw fields.error("logit_bias", "must give a number from -100 to 100 to the number of a token")
            }
            result[token] = bias
        }
        return result
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .boolean(false): -100
        default: nil
        }
    }
}
