package import Common
import Constraints

/// A text being written, a forward at a time: what shows and serves texts knows of the loop that writes them.
package protocol TextWriter {
    /// One forward. Nil when the text is finished.
    mutating func next() throws -> DecodingStep?
    /// The final tokens so far, without the prompt and without an end marker.
    var text: [TokenID] { get }
    /// What a text under a constraint lacks to be valid, where it is broken off now.
    var ending: [TokenID] { get }
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
    /// A trace without steps.
    var emptyTrace: Trace { get }
}

extension DecodingSession: TextWriter {
    package var ending: [TokenID] {
        // A search that gives up has a bound that can be spelled.
        guard finish == nil, let validity else { return [] }
        return ((try? validity.completion()) ?? text).dropFirst(text.count) + []
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
    package var ending: [TokenID] {
        guard finish == nil, let validity else { return [] }
        return ((try? validity.completion()) ?? text).dropFirst(text.count) + []
    }
    package var canvasLength: Int { options.blockLength }
    package var pendingDrafts: (drafts: [Draft], room: Int)? { nil }
    package var emptyTrace: Trace { makeTrace() }
}
