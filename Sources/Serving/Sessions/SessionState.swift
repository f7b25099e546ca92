import Cinnabar
import Common

/// What a session shows to those who watch it.
struct SessionState: Sendable {
    /// A position that never changes until it is let go.
    struct Given: Sendable {
        enum Kind: String, Sendable { case pinned, locked }
        var kind: Kind
        var text: String
    }

    var canvas: CanvasState
    var progress: TextProgress
    /// By position.
    var given: [Int: Given] = [:]
    var isRunning = false
    /// Ended by its client.
    var isStopped = false
    var isConstrained = false
    /// Of a text that has ended.
    var result: GenerationResult?
    /// Why the last forward was not done.
    var failure: String?

    var finish: GenerationResult.FinishReason? { progress.finishReason ?? (isStopped ? .cancelled : nil) }

    var json: JSONValue {
        .members([
            "version": .integer(canvas.version), "running": .boolean(isRunning), "text": .string(canvas.text),
            "tokens": .array(progress.tokens.map(JSONValue.string)),
            "cells": .array(canvas.canvas.map(CanvasEvent.cell)),
            "given": .array(
                given.sorted { $0.key < $1.key }.map { position, given in
                    ["position": .integer(position), "kind": .string(given.kind.rawValue), "text": .string(given.text)]
                }
            ),
            "forwards": .integer(canvas.forwards), "prompt_tokens": .integer(progress.contextTokens),
            "prefill_seconds": .number(progress.prefillSeconds), "decode_seconds": .number(progress.decodeSeconds),
            "ended_text": isConstrained && finish == nil ? .string(progress.endedText) : nil,
            "finish": JSONValue(finish?.rawValue), "result": result.map(Self.json),
            "error": failure.map(JSONValue.string),
        ])
    }

    private static func json(_ result: GenerationResult) -> JSONValue {
        .members([
            "text": .string(result.text), "tokens": .integer(result.tokens), "forwards": .integer(result.forwards),
            "tokens_per_forward": .number(result.tokensPerForward),
            "tokens_per_second": .number(result.tokensPerSecond),
            "cached_tokens": .integer(result.cachedTokens),
            "logprobs": result.scores.isEmpty ? nil : .array(result.scores.map { .number($0.token.logprob) }),
        ])
    }

    /// What is told to someone who saw another state before: what is no longer final, then the state.
    func events(after previous: SessionState?) -> [StreamEvent] {
        let state = StreamEvent(json, name: "state")
        guard let previous else { return [state] }
        let characters = Self.common(previous.canvas.text.unicodeScalars, canvas.text.unicodeScalars)
        let tokens = Self.common(previous.progress.tokens, progress.tokens)
        guard characters < previous.canvas.text.unicodeScalars.count || tokens < previous.progress.tokens.count else {
            return [state]
        }
        let cut: JSONValue = [
            "version": .integer(canvas.version), "tokens": .integer(tokens), "characters": .integer(characters),
        ]
        return [StreamEvent(cut, name: "truncate"), state]
    }

    /// Elements at the beginning that are the same.
    private static func common<Elements: Sequence>(_ one: Elements, _ other: Elements) -> Int
    where Elements.Element: Equatable {
        zip(one, other).prefix { $0 == $1 }.count
    }
}
