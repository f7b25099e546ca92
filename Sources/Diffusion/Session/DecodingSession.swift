package import Common
package import Constraints
package import Models

/// One text being written: prompt → prefill → (forward → policy → canvas)* → commit.
///
/// A value with one owner. `next()` runs one forward; a scheduler that batches sessions calls `makeItem()` and
/// `receive(_:)` around a forward of its own. Stop between forwards by not calling again.
package struct DecodingSession<Network: Denoiser> {
    package let network: Network
    package let options: DecodingOptions
    package let prompt: [TokenID]
    /// Text that prompt lookup searches before the prompt.
    package let reference: [TokenID]
    /// Tokens of the prompt that are penalised.
    private let penalized: Set<TokenID>
    /// Text that the canvases of the parallel modes start from instead of masks: editing is denoising from a draft.
    package internal(set) var draft: [TokenID]
    /// Holds clean tokens only, a prefix of prompt and output; may be kept for a next session with the same prefix.
    package internal(set) var cache: Network.Cache
    /// The final tokens so far, without the prompt and without an end marker.
    package internal(set) var text: [TokenID] = []
    /// The open canvas of the parallel modes; empty in the verified modes, whose canvases last one forward.
    package internal(set) var canvas: Canvas
    /// Network calls so far that evaluated a canvas or whose logits yielded an output token.
    package internal(set) var forwards = 0
    package internal(set) var finish: FinishReason?
    /// Rises by one with every forward and every intervention from outside.
    package internal(set) var version = 0
    /// Those that no step has told of yet.
    var interventions: [Intervention] = []
    /// What the text must be; nil for anything.
    package internal(set) var constraint: TextConstraint?
    /// How far it has come with it, as of the final tokens.
    package internal(set) var validity: ConstraintSession?

    /// Final tokens that the cache does not hold yet; committing them is part of the next forward.
    var pending: [TokenID]
    /// Absolute position that no output token reaches.
    package let limit: Int
    var chooser: TokenChooser
    /// The chooser of the causal stream: hotter while the repetition guard is at work.
    var verifier: TokenChooser
    /// Guesses for the verifier, by absolute position.
    var book = DraftBook()
    /// Output length up to which the repetition guard verifies.
    var guardedUntil = 0
    /// What the forward under way computes.
    var flight: Flight?

    /// Prompt tokens that are computed here.
    private var prefillTokens: Int { prompt.count - startLength }
    var startLength: Int
    private let clock = ContinuousClock()
    /// When the forward under way was asked for: what the caller does between two forwards does not count.
    private var begin: ContinuousClock.Instant?
    /// Time up to and with the last prefill call, and behind it.
    package private(set) var prefillTime = Duration.zero
    package private(set) var decodeTime = Duration.zero
    /// Of both, what inference under a constraint took.
    package internal(set) var inferenceTime = Duration.zero

    /// What a forward computes, kept until its prediction arrives.
    enum Flight {
        /// A part of a long prompt.
        case prefill
        /// `ready` cells at the front are judged by the causal stream, which reads the one behind them as well; nil where it
        /// is not asked.
        case canvas(ready: Int?, wanted: [Int])
        /// `plans[i]` is the start of the i-th canvas and its number of cells; its first cell is not read.
        case verify(drafts: [Draft], plans: [(start: Int, count: Int)])
    }

    /// - Parameters:
    ///   - prompt: at least one token, shorter than the network's context.
    ///   - pins: tokens given at places of the output; 0 is the first output token.
    ///   - reference: see the property; for apply-edit in a verified mode, the old text.
    ///   - draft: see the property; its first token stands where the first output token will.
    ///   - constraint: what the text must be; it can be, with the pins, or the session is refused.
    ///   - cache: nil for a new one; otherwise its tokens are a prefix of the prompt, and it has room for prompt and
    ///     output.
    package init(
        network: Network,
        prompt: [TokenID],
        options: DecodingOptions,
        pins: [Int: TokenID] = [:],
        reference: [TokenID] = [],
        draft: [TokenID] = [],
        constraint: TextConstraint? = nil,
        cache: Network.Cache? = nil
    ) throws {
        try options.validate(vocabularySize: network.vocabularySize)
        guard !prompt.isEmpty else {
            throw CinnabarError(.invalidArgument, "the prompt is empty", hint: "start with a beginning-of-text token")
        }
        let vocabulary = TokenID(clamping: network.vocabularySize)
        if let bad = (prompt + pins.values + reference + draft).first(where: { !(0..<vocabulary).contains($0) }) {
            throw CinnabarError(.invalidArgument, "token \(bad) is outside the vocabulary of \(vocabulary)")
        }
        if let bad = pins.keys.first(where: { !(0..<options.maxTokens).contains($0) }) {
            throw CinnabarError(.invalidArgument, "pin \(bad) is outside the output of \(options.maxTokens) tokens")
        }
        guard prompt.count < network.contextLength else {
            throw CinnabarError(
                .contextLength,
                "the prompt has \(prompt.count) tokens, the network's context \(network.contextLength)",
                hint: "leave room for at least one output token"
            )
        }
        self.network = network
        self.options = options
        self.prompt = prompt
        self.constraint = constraint
        self.reference = reference
        penalized = options.sampling.penalized(prompt)
        // Masks end the draft: a mask is nothing decided.
        self.draft = Array(draft.prefix { $0 != options.maskToken && $0 != options.padToken })
        limit = min(prompt.count + options.maxTokens, network.contextLength)
        validity = try constraint.map { [limit] in
            try Self.start($0, options, pins: pins, maxTokens: limit - prompt.count)
        }
        let pins = Dictionary(uniqueKeysWithValues: pins.map { ($0.key + prompt.count, $0.value) })
        chooser = TokenChooser(options: options, pins: pins)
        var verifying = options
        if !options.isVerified {
            // The guard wants the causal stream's own text.
            verifying.temperature = max(options.temperature, RepetitionGuard.temperature)
            verifying.tolerance = 1
        }
        verifier = TokenChooser(options: verifying, pins: pins)
        self.cache = cache ?? network.makeCache(capacity: limit)
        // The last prompt token is always computed: its row predicts the first output token.
        if self.cache.length >= prompt.count { self.cache.truncate(to: prompt.count - 1) }
        pending = Array(prompt[self.cache.length...])
        startLength = self.cache.length
        canvas = Canvas(start: prompt.count)
        if options.isVerified { try writeDrafts(from: prompt.count) { _, _, _ in nil } } else { openCanvas() }
    }

    /// One forward. Nil when the text is finished.
    package mutating func next() throws -> DecodingStep? {
        guard let item = makeItem() else { return nil }
        var predictions = try network.forward([item])
        guard predictions.count == 1 else {
            throw CinnabarError(.malformed, "the network returned \(predictions.count) predictions for 1 item")
        }
        return try receive(predictions.removeLast())
    }

    /// What this session needs from the next forward; nil when the text is finished, or when the last forward failed.
    package mutating func makeItem() -> ForwardItem<Network.Cache>? {
        guard finish == nil, flight == nil else { return nil }
        begin = clock.now
        if forwards == 0, pending.count > options.prefillChunk {
            flight = .prefill
            return ForwardItem(cache: cache, clean: Array(pending.prefix(options.prefillChunk)))
        }
        return isVerifying ? makeVerifyItem() : makeCanvasItem()
    }

    /// Takes the answer to the item made last.
    package mutating func receive(_ prediction: consuming Prediction) throws -> DecodingStep {
        guard let flight else { throw CinnabarError(.invalidArgument, "a prediction arrived that was not asked for") }
        try check(rows: prediction.rows, vocabularySize: prediction.vocabularySize, flight)
        let isPrefill = forwards == 0
        var step = DecodingStep(forwards: forwards, canvas: canvas)
        step.interventions = interventions
        switch flight {
        case .prefill:
            pending.removeFirst(options.prefillChunk)
        case .canvas(let ready, let wanted):
            forwards += 1
            try advanceCanvas(&prediction, ready, wanted, &step)
        case .verify(let drafts, let plans):
            forwards += 1
            try advanceVerified(&prediction, drafts, plans, &step)
        }
        self.flight = nil
        interventions = []
        version += 1
        (step.forwards, step.text, step.canvas, step.finish) = (forwards, text, canvas, finish)
        if let begin {
            let time = clock.now - begin
            if isPrefill { prefillTime += time } else { decodeTime += time }
        }
        return step
    }

    /// Nil before the text is finished.
    package var result: DecodingResult? {
        guard let finish else { return nil }
        return DecodingResult(
            tokens: text,
            forwards: forwards,
            finish: finish,
            prefillTokens: prefillTokens,
            prefillSeconds: prefillTime / .seconds(1),
            decodeSeconds: decodeTime / .seconds(1)
        )
    }

    /// The tokens before the first one that is not final.
    var seen: SeenTokens { SeenTokens(prompt: penalized, text: text, for: options.sampling) }

    /// Those with the tokens that stand on the canvas.
    var seenOnCanvas: SeenTokens {
        var seen = seen
        for cell in canvas.cells where cell.state != .masked { seen.add(cell.token) }
        return seen
    }

    /// The causal stream decides: always in the verified modes, otherwise while the repetition guard is at work.
    var isVerifying: Bool { options.isVerified || text.count < guardedUntil }

    /// Makes tokens final. An end marker among them ends the text there; so does the limit.
    mutating func commit(_ tokens: [TokenID]) throws {
        let written = tokens.prefix { !options.isEnd($0) }
        text += written
        try validity?.commit(tokens)
        guard written.count == tokens.count else {
            finish = .stop
            return
        }
        if prompt.count + text.count >= limit { finish = lengthReached }
    }

    var lengthReached: FinishReason { text.count >= options.maxTokens ? .length : .contextLength }

    private func check(rows: Int, vocabularySize: Int, _ flight: Flight) throws {
        let expected =
            switch flight {
            case .prefill: 0
            case .canvas(let ready, let wanted): (ready.map { $0 + 1 } ?? 0) + wanted.count
            case .verify(let drafts, let plans): 1 + drafts.count + plans.reduce(0) { $0 + $1.count - 1 }
            }
        guard rows == expected, vocabularySize == network.vocabularySize else {
            throw CinnabarError(
                .malformed,
                """
                the network returned \(rows) rows of \(vocabularySize) logits, expected \(expected) of \
                \(network.vocabularySize)
                """
            )
        }
    }
}
