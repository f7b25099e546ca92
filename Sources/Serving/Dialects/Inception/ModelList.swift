import Cinnabar
import Common
import Foundation

/// `GET /v1/models` and its siblings, in the forms of OpenAI, Inception, Anthropic and vLLM at once.
enum ModelList {
    static func list(_ served: ServedModel) -> JSONValue {
        [
            "object": "list", "data": [entry(served)], "has_more": false, "first_id": .string(served.id),
            "last_id": .string(served.id),
        ]
    }

    static func entry(_ served: ServedModel) -> JSONValue {
        let date = Date(timeIntervalSince1970: TimeInterval(served.created))
        return [
            "id": .string(served.id), "object": "model", "type": "model", "created": .integer(served.created),
            "created_at": .string(date.formatted(.iso8601)), "owned_by": "cinnabar",
            "name": .string(served.id), "display_name": .string(served.id),
            "description": .string("\(served.model.familyName), \(served.model.summary)"),
            "input_modalities": ["text"], "output_modalities": ["text"],
            "context_length": .integer(served.model.contextLength),
            "max_model_len": .integer(served.model.contextLength),
            "max_output_length": .integer(served.model.contextLength),
            "pricing": ["prompt": "0", "completion": "0", "input_cache_reads": "0", "input_cache_writes": "0"],
            "supported_sampling_parameters": [
                "temperature", "top_p", "top_k", "min_p", "presence_penalty", "frequency_penalty", "repetition_penalty",
                "logit_bias", "stop", "seed", "max_tokens", "logprobs",
            ],
            "supported_features": ["tools", "json_mode", "structured_outputs", "logprobs"],
            "supported_endpoints": .array(endpoints.map(JSONValue.string)),
            "datacenters": [],
        ]
    }

    private static let endpoints = [
        "chat.completions", "completions", "fim.completions", "edit.completions", "apply.completions", "decisions",
        "responses", "messages",
    ]
}
