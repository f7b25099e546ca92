import Cinnabar
import Common

/// What happens while the texts of a request are written, in the order in which a client may know it.
enum TextEvent: Sendable {
    /// The text has grown by something final.
    case part(choice: Int, AnswerPart)
    /// A forward has changed the canvas; parts that it made final have been told.
    case state(choice: Int, CanvasView)
    /// A text is finished.
    case finished(Completion)
}

/// Growth of an answer.
enum AnswerPart: Sendable, Equatable {
    /// - scores: of the tokens that it completes; none where they are not asked for, or told at the end.
    case text(String, scores: [TokenScore] = [])
    /// A call of a tool begins; its arguments follow.
    case call(index: Int, id: String, name: String)
    case arguments(index: Int, String)
}

/// A text with its canvas, noise included.
struct CanvasView: Sendable {
    /// The final part of the answer.
    var content: String
    /// Final part and canvas, with a sign for each mask.
    var shown: String
    var canvas: [CanvasState.Cell]
    var forwards: Int
    var version: Int

    static let maskSign = "\u{2592}"

    init(_ state: CanvasState, content: String) {
        self.content = content
        shown = state.canvas.reduce(into: content) { text, cell in
            text += cell.status == .masked ? Self.maskSign : cell.text
        }
        (canvas, forwards, version) = (state.canvas, state.forwards, state.version)
    }
}

/// A finished text.
struct Completion: Sendable {
    enum Finish: String, Sendable {
        case stop, length
        case toolCalls = "tool_calls"
    }

    var index: Int
    /// Empty where there are only calls.
    var content: String
    var toolCalls: [ToolCall]
    var finish: Finish
    /// The stop text that ended it.
    var stopSequence: String?
    /// Prompt of an echo.
    var prompt: String?
    /// Log-probabilities of the prompt's tokens, for an echo, and of the text's.
    var promptScores: [TokenScore] = []
    var scores: [TokenScore]
    /// Those that no part of a stream had.
    var lastScores: [TokenScore] = []
    var usage: TokenUsage
    /// Text far from a hole was left out.
    var isTrimmed: Bool
    /// The text under a constraint is whole, but only because it had to end.
    var isHurried: Bool
    var prefillSeconds: Double
    var decodeSeconds: Double
}

/// Real counts of tokens and forwards.
struct TokenUsage: Sendable, Equatable {
    var prompt = 0
    /// Of the prompt's, those that the prefix cache had.
    var cached = 0
    var output = 0
    var forwards = 0

    var total: Int { prompt + output }

    /// Sum over choices. A prompt counts once, however many choices it has.
    init(_ completions: [Completion], choicesPerPrompt: Int = 1) {
        for completion in completions {
            if completion.index % max(1, choicesPerPrompt) == 0 {
                prompt += completion.usage.prompt
                cached += completion.usage.cached
            }
            output += completion.usage.output
            forwards += completion.usage.forwards
        }
    }

    init(prompt: Int = 0, cached: Int = 0, output: Int = 0, forwards: Int = 0) {
        (self.prompt, self.cached, self.output, self.forwards) = (prompt, cached, output, forwards)
    }
}
