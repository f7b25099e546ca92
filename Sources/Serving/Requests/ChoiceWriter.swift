import Cinnabar
import Common
import Foundation

/// How a written text becomes an answer.
enum AnswerShape: Sendable {
    case plain
    /// Text and calls of tools.
    case tools
    /// The new text of a hole in a region that an editor wants back as a whole.
    case region(EditPrompt, before: String, behind: String)
    /// A region that the model itself sets between fences.
    case fencedRegion(EditPrompt)
    /// Nothing is wanted but a warm cache.
    case nothing
}

/// Tells the growth of one text, each piece once.
struct ChoiceWriter {
    private let choice: TextRun.Choice
    private let request: TextRequest
    private var hasTold = false
    /// Bytes of the content that were told.
    private var told = 0
    /// Calls that were told, with the bytes of their arguments.
    private var calls: [(id: String, told: Int)] = []
    private var scores = ScoreTeller()

    init(_ choice: TextRun.Choice, _ request: TextRequest) { (self.choice, self.request) = (choice, request) }

    /// Tells what is new; the completion, once the text is finished.
    mutating func tell(
        _ item: TextBoard.Item,
        _ emit: (TextEvent) async throws -> Void
    ) async throws -> Completion? {
        if !hasTold, let prompt = choice.prompt {
            let scores = streamsScores ? try await choice.promptScores() : []
            try await emit(.part(choice: choice.index, .text(prompt, scores: scores)))
        }
        hasTold = true
        if let state = item.state {
            let answer = read(state.text, isFinished: false)
            var parts = parts(answer)
            if streamsScores, case .text(let text, _)? = parts.first {
                scores.add(try await choice.session.scores(from: scores.count))
                parts[0] = .text(text, scores: scores.take(upTo: told))
            }
            for part in parts { try await emit(.part(choice: choice.index, part)) }
            if request.stream.showsStates {
                try await emit(.state(choice: choice.index, CanvasView(state, content: answer.content)))
            }
        }
        guard let result = item.result else { return nil }
        let answer = read(result.text, isFinished: true)
        var last = parts(answer)
        var completion = completion(answer, result)
        if streamsScores, case .text(let text, _)? = last.first {
            scores.add(Array(completion.scores.dropFirst(scores.count)))
            last[0] = .text(text, scores: scores.take(upTo: told))
        }
        for part in last { try await emit(.part(choice: choice.index, part)) }
        completion.promptScores = item.promptScores
        completion.lastScores =
            streamsScores
            ? Array(completion.scores.dropFirst(scores.taken)) : completion.promptScores + completion.scores
        try await emit(.finished(completion))
        return completion
    }

    /// Each part of the stream has the scores of its tokens.
    private var streamsScores: Bool {
        guard request.topLogprobs != nil, request.stream.isOn, request.stream.includesScores,
            !request.stream.isDiffusing
        else { return false }
        if case .plain = choice.shape { return true }
        return false
    }

    private typealias Answer = (content: String, calls: [ToolCallReader.Call])

    private func read(_ text: String, isFinished: Bool) -> Answer {
        switch choice.shape {
        case .plain: return (text, [])
        case .tools:
            let reader = ToolCallReader(text, isFinished: isFinished)
            return (reader.content, reader.calls)
        case .region(let prompt, let before, let behind):
            return (isFinished ? prompt.answer(before + text + behind) : "", [])
        case .fencedRegion(let prompt):
            return (isFinished ? prompt.answer(Self.unfenced(text)) : "", [])
        case .nothing: return ("", [])
        }
    }

    /// Text between the first and the last fence, or all of it.
    private static func unfenced(_ text: String) -> String {
        guard let begin = text.range(of: "```", options: .literal),
            let line = text.range(of: "\n", options: .literal, range: begin.upperBound..<text.endIndex)
        else { return text }
        let end = text.range(of: "\n```", options: [.literal, .backwards], range: line.lowerBound..<text.endIndex)
        return String(text[line.upperBound..<max(line.upperBound, end?.lowerBound ?? text.endIndex)])
    }

    private mutating func parts(_ answer: Answer) -> [AnswerPart] {
        var parts: [AnswerPart] = []
        let bytes = Array(answer.content.utf8)
        if bytes.count > told {
            parts.append(.text(String(decoding: bytes[told...], as: UTF8.self)))
            told = bytes.count
        }
        for (index, call) in answer.calls.enumerated() {
            if index == calls.count {
                calls.append((Identifiers.make("call_"), 0))
                parts.append(.call(index: index, id: calls[index].id, name: call.name))
            }
            let arguments = Array(call.arguments.utf8)
            if arguments.count > calls[index].told {
                parts.append(.arguments(index: index, String(decoding: arguments[calls[index].told...], as: UTF8.self)))
                calls[index].told = arguments.count
            }
        }
        return parts
    }

    private func completion(_ answer: Answer, _ result: GenerationResult) -> Completion {
        let calls = zip(calls, answer.calls).map { ToolCall(id: $0.id, name: $1.name, arguments: $1.arguments) }
        let isNothing = if case .nothing = choice.shape { true } else { false }
        let isCut = result.finishReason != .stop
        // Under a constraint a text is whole wherever it ends.
        let isWhole = request.constraint != nil || !calls.isEmpty
        let end: Completion.Finish = (isCut && !isWhole) || isNothing ? .length : .stop
        return Completion(
            index: choice.index,
            content: answer.content,
            toolCalls: calls,
            finish: calls.isEmpty ? end : .toolCalls,
            // Stop texts of the transcript are none of the client's.
            stopSequence: result.stopSequence.flatMap { request.stop.contains($0) ? $0 : nil },
            prompt: choice.prompt,
            scores: isNothing ? [] : result.scores,
            usage: TokenUsage(
                prompt: result.contextTokens,
                cached: result.cachedTokens,
                output: isNothing ? 0 : result.tokens,
                forwards: result.forwards
            ),
            isTrimmed: result.trimmed,
            isHurried: isCut && isWhole,
            prefillSeconds: result.prefillSeconds,
            decodeSeconds: result.decodeSeconds
        )
    }
}
