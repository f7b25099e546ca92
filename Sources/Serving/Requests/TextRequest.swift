import Cinnabar
import Common

/// What every dialect's request comes down to: what is written, how, and what the client wants to see of it.
struct TextRequest: Sendable {
    /// One text each, with `count` choices.
    var tasks: [TextTask]
    /// The model that the client named.
    var model: String?
    var count = 1
    /// 0 writes nothing, but reads the prompt; nil is the default of the task.
    var maxTokens: Int?
    /// 0...2
    var temperature = 0.0
    var sampling = Sampling()
    var unmasking = Unmasking()
    /// Nil for another one with every request.
    var seed: UInt64?
    var stop: [String] = []
    /// Candidates beside each token's log-probability; nil for no log-probabilities.
    var topLogprobs: Int?
    /// What the whole text must be.
    var constraint: Constraint?
    var tools: ToolSet?
    /// Text that the output is expected to resemble.
    var draft: String?
    var mode: Mode?
    var canvas: CanvasLength?
    /// The prompt comes back in front of the text.
    var echo = false
    /// A conversation that is too long loses its oldest turns instead of being refused; nil is the server's choice.
    var trims: Bool?
    /// The text ends where it stands then.
    var timeLimit: Duration?
    var stream = StreamWishes()
    /// What the client should know: keys that were ignored and the like.
    var warnings: [String] = []

    static let mostChoices = 128

    init(_ task: TextTask...) { tasks = task }

    init(_ tasks: [TextTask]) { self.tasks = tasks }

    /// Texts to write.
    var choiceCount: Int { tasks.count * count }
}

/// How a client wants to watch.
struct StreamWishes: Sendable {
    var isOn = false
    /// A last chunk with the usage.
    var includesUsage = false
    /// Each delta is the whole text as it stands, noise included, and replaces the one before.
    var isDiffusing = false
    /// Canvases as events of their own.
    var includesCanvas = false
    /// Usage so far with every chunk.
    var continuousUsage = false
    /// Parts of the text come with the scores of their tokens, if any are asked for.
    var includesScores = true

    var showsStates: Bool { isOn && (isDiffusing || includesCanvas) }
}

/// What is written.
enum TextTask: Sendable {
    case continuation(of: String)
    case hole(prefix: String, suffix: String)
    case conversation([ChatMessage])
    case edit(EditPrompt)
    case apply(ApplyPrompt)
}
