import Cinnabar
import Common

enum OpenAIUsage {
    /// Usage in OpenAI's form and in Mercury's earlier one at once, with the forwards.
    static func json(_ usage: TokenUsage) -> JSONValue {
        [
            "prompt_tokens": .integer(usage.prompt), "completion_tokens": .integer(usage.output),
            "total_tokens": .integer(usage.total), "reasoning_tokens": 0, "cached_input_tokens": .integer(usage.cached),
            "prompt_tokens_details": ["cached_tokens": .integer(usage.cached)],
            "completion_tokens_details": ["reasoning_tokens": 0],
            "forwards": .integer(usage.forwards),
        ]
    }
}

enum Logprobs {
    /// Of a chat's choice; null without.
    static func chat(_ scores: [TokenScore]) -> JSONValue {
        guard !scores.isEmpty else { return .null }
        func candidate(_ candidate: TokenScore.Candidate) -> [JSONValue.Member] {
            [
                .init(key: "token", value: .string(candidate.text)),
                .init(key: "logprob", value: number(candidate.logprob)),
                .init(key: "bytes", value: .array(candidate.bytes.map { .integer(Int($0)) })),
            ]
        }
        let content = scores.map { score in
            JSONValue.object(
                candidate(score.token) + [
                    .init(key: "top_logprobs", value: .array(score.top.map { .object(candidate($0)) }))
                ]
            )
        }
        return ["content": .array(content), "refusal": nil]
    }

    /// Of a completion's choice.
    ///
    /// - Parameter offset: code points of the text before the first token.
    static func completion(_ scores: [TokenScore], offset: Int = 0) -> JSONValue {
        guard !scores.isEmpty else { return .null }
        var offsets: [JSONValue] = []
        var bytes: [UInt8] = []
        for score in scores {
            offsets.append(.integer(offset + String(decoding: bytes, as: UTF8.self).unicodeScalars.count))
            bytes += score.token.bytes
        }
        let top = scores.map { score in
            var seen: Set<String> = []
            return JSONValue.object(
                score.top.compactMap { candidate in
                    guard seen.insert(candidate.text).inserted else { return nil }
                    return .init(key: candidate.text, value: number(candidate.logprob))
                }
            )
        }
        return [
            "tokens": .array(scores.map { .string($0.token.text) }),
            "token_logprobs": .array(scores.map { number($0.token.logprob) }),
            "top_logprobs": .array(top),
            "text_offset": .array(offsets),
        ]
    }

    /// A logarithm of nothing is written as OpenAI writes it.
    private static func number(_ logprob: Double) -> JSONValue { .number(logprob.isFinite ? logprob : -9999) }
}

/// The stream of canvases: `event: cinnabar.canvas`. Its choices are empty, so that clients that do not know event names pass over it as
/// over a chunk of usage.
enum CanvasEvent {
    static func cell(_ cell: CanvasState.Cell) -> JSONValue {
        .members([
            "text": .string(cell.text), "status": .string(cell.status.rawValue),
            "confidence": .number(Double(cell.confidence)), "change": cell.change.map { .string($0.rawValue) },
        ])
    }

    static func event(_ head: ReplyHead, _ choice: Int, _ view: CanvasView) -> StreamEvent {
        let body: JSONValue = [
            "id": .string(head.id), "object": "cinnabar.canvas", "created": .integer(head.created),
            "model": .string(head.model), "choices": [],
            "canvas": [
                "choice": .integer(choice),
                // What was told in deltas before this event.
                "committed_characters": .integer(view.content.unicodeScalars.count),
                "provisional": .string(view.canvas.map(\.text).joined()),
                "masks": .integer(view.canvas.count { $0.status == .masked }),
                "step": .integer(view.version), "forwards": .integer(view.forwards),
                "edits": .integer(view.canvas.count { $0.change == .edited || $0.change == .remasked }),
                "cells": .array(view.canvas.map(cell)),
            ],
        ]
        return StreamEvent(body, name: "cinnabar.canvas")
    }
}
