import Cinnabar
import Common

/// What a server decides where a request does not.
struct TextDefaults: Sendable {
    var mode = Mode.speed
    var canvas = CanvasLength.standard
    /// Conversations that are too long lose their oldest turns instead of being refused.
    var trimsConversations = false
}

/// Makes the session of each choice.
struct TextStarter {
    let request: TextRequest
    let model: Model
    let defaults: TextDefaults
    /// Of requests without a seed, so that the same request twice does not give the same sample; at temperature 0 it does (the
    /// repetition guard samples there too).
    private let seed: UInt64

    init(request: TextRequest, model: Model, defaults: TextDefaults) {
        (self.request, self.model, self.defaults) = (request, model, defaults)
        seed = request.seed ?? (request.temperature > 0 ? UInt64.random(in: 0...UInt64.max) : 0)
    }

    func choice(_ task: TextTask, index: Int, number: Int) throws -> TextRun.Choice {
        let (session, shape) = try start(task, number: number)
        var prompt: String?
        if request.echo, case .continuation(let text) = task { prompt = text }
        return TextRun.Choice(
            index: index,
            session: session,
            shape: request.maxTokens == 0 ? .nothing : shape,
            prompt: prompt,
            promptScores: { [model, candidates = request.topLogprobs, prompt] in
                guard let prompt, let candidates else { return [] }
                return try await model.scores(of: prompt, topLogprobs: candidates)
            }
        )
    }

    private func start(_ task: TextTask, number: Int) throws -> (Session, AnswerShape) {
        switch task {
        case .continuation(let prompt):
            return (try model.generate(prompt, options: options(number, tokens: 256)), .plain)
        case .hole(let prefix, let suffix):
            let tokens = min(512, model.contextLength / 8)
            return (try model.infill(prefix: prefix, suffix: suffix, options: options(number, tokens: tokens)), .plain)
        case .conversation(let messages): return try answer(messages, number)
        case .edit(let prompt): return try edit(prompt, number)
        case .apply(let prompt): return (try apply(prompt, number), .plain)
        }
    }

    private func answer(_ messages: [ChatMessage], _ number: Int) throws -> (Session, AnswerShape) {
        var options = options(number, tokens: model.contextLength)
        let tools = request.tools
        options.constraint = tools?.constraint ?? request.constraint
        let shown = tools.map { $0.choice == .none ? [] : $0.tools } ?? []
        var messages = messages
        if request.trims ?? defaults.trimsConversations {
            messages = try ConversationTrimming(model: model, tools: shown).trimmed(
                messages,
                answer: options.maxTokens ?? 1
            )
        }
        let session = try model.chat(messages, tools: shown, options: options)
        return (session, tools?.constraint == nil ? .plain : .tools)
    }

    private func edit(_ prompt: EditPrompt, _ number: Int) throws -> (Session, AnswerShape) {
        var options = options(number, tokens: min(1024, model.contextLength / 4))
        guard !model.hasChatTemplate else {
            options.draft = "```\n\(prompt.region)\n```"
            let messages = [
                ChatMessage(role: "system", content: Self.editInstruction),
                ChatMessage(role: "user", content: prompt.message),
            ]
            return (try model.chat(messages, options: options), .fencedRegion(prompt))
        }
        // A model that only fills holes fills the one at the cursor; what else it was shown stands before the file.
        let hole = prompt.hole
        options.draft = hole.old.isEmpty ? nil : hole.old
        let context = [prompt.snippets, prompt.history].filter { !$0.isEmpty }.map { "\($0)\n\n" }.joined()
        let session = try model.infill(
            prefix: context + prompt.above + hole.before,
            suffix: hole.behind + (prompt.below.isEmpty ? "" : "\n\(prompt.below)"),
            options: options
        )
        return (session, .region(prompt, before: hole.before, behind: hole.behind))
    }

    private static let editInstruction = """
        Predict the next edit of the code between <|code_to_edit|> and <|/code_to_edit|>. Answer with the new text of that region \
        between lines of three backticks and nothing else.
        """

    private func apply(_ prompt: ApplyPrompt, _ number: Int) throws -> Session {
        var options = options(number, tokens: model.contextLength)
        options.draft = prompt.original.isEmpty ? nil : prompt.original
        let messages = [
            ChatMessage(role: "system", content: Self.applyInstruction),
            ChatMessage(role: "user", content: prompt.message),
        ]
        return try model.chat(messages, options: options)
    }

    private static let applyInstruction = """
        Merge the update into the original code. Answer with the whole merged code and nothing else.
        """

    private func options(_ number: Int, tokens: Int) -> GenerationOptions {
        var options = GenerationOptions(
            mode: request.mode ?? defaults.mode,
            maxTokens: max(1, min(request.maxTokens ?? tokens, model.contextLength)),
            temperature: request.temperature,
            sampling: request.sampling,
            // The n-th choice has a seed of its own; the first one has the request's.
            seed: seed &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        )
        options.unmasking = request.unmasking
        options.stop = request.stop
        options.topLogprobs = request.topLogprobs
        options.constraint = request.constraint
        options.draft = request.draft
        options.canvas = request.canvas ?? defaults.canvas
        return options
    }
}
