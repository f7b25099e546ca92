package import Common

/// A text being written, a forward at a time: what shows and serves texts knows of the loop that writes them.
package protocol TextWriter {
    /// One forward. Nil when the text is finished.
    mutating func next() throws -> DecodingStep?
    /// The final tokens so far, without the prompt and without an end marker.
    var text: [TokenID] { get }
    var forwards: Int { get }
    var finish: FinishReason? { get }
    /// Time up to and with the last prefill call, and behind it.
    var prefillTime: Duration { get }
    var decodeTime: Duration { get }
    /// Tokens of a canvas.
    var canvasLength: Int { get }
    /// Of loops whose canvases last one forward: the drafts that the next one judges, and the places behind the text that a
    /// canvas may show.
    var pendingDrafts: (drafts: [Draft], room: Int)? { get }
    /// Without steps; nil for a loop whose steps cannot be replayed.
    var emptyTrace: Trace? { get }
}

extension DecodingSession: TextWriter {
    package var canvasLength: Int { options.canvasLength }
    package var emptyTrace: Trace? { makeTrace() }

    package var pendingDrafts: (drafts: [Draft], room: Int)? {
        guard options.isVerified else { return nil }
        guard finish == nil, options.drafting != .none else { return ([], 0) }
        return (drafts, min(options.canvasLength, limit - prompt.count - text.count))
    }
}

extension BlockSession: TextWriter {
    package var canvasLength: Int { options.blockLength }
    package var pendingDrafts: (drafts: [Draft], room: Int)? { nil }
    package var emptyTrace: Trace? { nil }
}
