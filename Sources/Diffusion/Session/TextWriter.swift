package import Common
package import Constraints
package import Models

/// A text being written, a forward at a time: what shows and serves texts knows of the loop that writes them.
package protocol TextWriter<Network> {
    associatedtype Network: Denoiser
    /// One forward. Nil when the text is finished.
    mutating func next() throws -> DecodingStep?
    /// What it needs from the next forward, for a caller that runs it for several texts; nil when the text is finished, and
    /// always of a loop that calls the network itself.
    mutating func makeItem() -> ForwardItem<Network.Cache>?
    /// Takes the answer to the item made last.
    mutating func receive(_ prediction: consuming Prediction) throws -> DecodingStep
    /// Starts with a copy of what another text has computed, whose first `count` tokens begin the prompt. Before the first
    /// forward only.
    ///
    /// - Returns: how many tokens that saves; 0 for a loop without an exact cache.
    mutating func adopt(_ cache: Network.Cache, _ count: Int) -> Int
    /// Holds a beginning of prompt and text. Nil for a loop without an exact cache.
    var exactCache: Network.Cache? { get }
    var prompt: [TokenID] { get }
    /// Given tokens, those behind the text included.
    var contextTokens: Int { get }
    /// Rises with every change.
    var version: Int { get }
    /// What stands, as a step that did nothing.
    var standing: DecodingStep { get }
    /// The final tokens so far, without the prompt and without an end marker.
    var text: [TokenID] { get }
    /// How far the text has come with its constraint; nil without one.
    var validity: ConstraintSession? { get }
    var forwards: Int { get }
    var finish: FinishReason? { get }
    /// Time up to and with the last prefill call, and behind it.
    var prefillTime: Duration { get }
    var decodeTime: Duration { get }
    /// Of both, what inference over canvases under a constraint took.
    var inferenceTime: Duration { get }
    /// Tokens of a canvas.
    var canvasLength: Int { get }
    /// Of loops whose canvases last one forward: the drafts that the next one judges, and the places behind the text that a
    /// canvas may show.
    var pendingDrafts: (drafts: [Draft], room: Int)? { get }
    /// A trace without steps.
    var emptyTrace: Trace { get }

    // Control from outside, between two forwards. Feasibility is checked first; what is infeasible is refused and changes
    // nothing (algorithms.md D6). Positions count the output's tokens from 0.

    /// Demands tokens at places that are not final yet.
    mutating func pin(_ tokens: [Int: TokenID]) throws
    /// Makes tokens stay that are written by now, final or not.
    mutating func lock(_ range: Range<Int>) throws
    /// Lets go of a pin or a lock.
    mutating func unpin(_ position: Int) throws
    /// Puts other tokens in the place of final ones.
    ///
    /// - Parameter isDraftKept: what stood behind them is what the text is drafted from, by a loop that drafts; otherwise it
    ///   is forgotten.
    mutating func replace(_ range: Range<Int>, with tokens: [TokenID], isDraftKept: Bool) throws
    /// Another constraint from now on, or none.
    ///
    /// - Parameter mayRollBack: text that violates it may be taken back, to the longest beginning that can go on.
    mutating func constrain(to constraint: TextConstraint?, mayRollBack: Bool) throws
}

extension TextWriter {
    /// What a text under a constraint lacks to be valid, where it is broken off now.
    package func ending() throws -> [TokenID] {
        guard finish == nil, let validity else { return [] }
        return Array(try validity.completion().dropFirst(text.count))
    }
}

extension DecodingSession: TextWriter {
    package mutating func adopt(_ cache: Network.Cache, _ count: Int) -> Int {
        let count = min(count, prompt.count - 1)
        guard forwards == 0, flight == nil, self.cache.length < count else { return 0 }
        self.cache = cache.fork(length: count, capacity: limit)
        pending = Array((prompt + text)[count...])
        startLength = count
        return count
    }

    package var exactCache: Network.Cache? { cache }
    package var contextTokens: Int { prompt.count }

    package var standing: DecodingStep {
        var step = DecodingStep(forwards: forwards, canvas: canvas)
        (step.text, step.finish, step.interventions) = (text, finish, interventions)
        return step
    }

    package var canvasLength: Int { options.canvasLength }
    package var emptyTrace: Trace { makeTrace() }

    package var pendingDrafts: (drafts: [Draft], room: Int)? {
        guard options.isVerified else { return nil }
        guard finish == nil, options.drafting != .none else { return ([], 0) }
        return (drafts, min(options.canvasLength, limit - prompt.count - text.count))
    }
}

extension BlockSession: TextWriter {
    package mutating func makeItem() -> ForwardItem<Network.Cache>? { nil }

    package mutating func receive(_ prediction: consuming Prediction) throws -> DecodingStep {
        throw CinnabarError(.invalidArgument, "a prediction arrived that was not asked for")
    }

    package mutating func adopt(_ cache: Network.Cache, _ count: Int) -> Int { 0 }
    package var version: Int { forwards + intervened }

    package var standing: DecodingStep {
        var step = DecodingStep(forwards: forwards, canvas: canvas)
        (step.text, step.finish, step.interventions) = (text, finish, interventions)
        return step
    }

    package var exactCache: Network.Cache? { nil }
    package var contextTokens: Int { prompt.count + suffix.count }

    package var canvasLength: Int { options.blockLength }
    package var pendingDrafts: (drafts: [Draft], room: Int)? { nil }
    package var emptyTrace: Trace { makeTrace() }
}
