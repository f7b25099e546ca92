import Common
package import Diffusion
package import Models

/// A text that an ``Engine`` writes: its loop, and what was written so far.
///
/// `@unchecked Sendable`: who makes it hands it to one engine. Its thread alone touches it from then on, but for a moment in each
/// forward in which one thread of the network does (``Batch/receive(_:_:)``).
package final class Text<Network: Denoiser>: @unchecked Sendable {
    package internal(set) var writer: any TextWriter<Network>
    private var trace: Trace
    /// What keeps a text from going on before its own end.
    package internal(set) var isStopped = false
    /// Prompt tokens that another text had computed.
    package internal(set) var sharedTokens = 0
    /// Asked after each forward; false stops the text.
    let goesOn: (DecodingStep) -> Bool
    /// It has had a forward.
    var isOpen = false
    /// The prefix cache knows its prompt.
    var isRemembered = false

    /// - Parameter goesOn: see the property; called on the engine's thread, once a forward.
    package init(
        _ writer: consuming sending any TextWriter<Network>,
        while goesOn: sending @escaping (DecodingStep) -> Bool = { _ in true }
    ) {
        trace = writer.emptyTrace
        self.writer = writer
        self.goesOn = goesOn
    }

    package var isFinished: Bool { isStopped || writer.finish != nil }

    /// The steps so far, enough to replay them.
    package var completeTrace: Trace {
        var trace = trace
        // What was done from outside since the last forward.
        let standing = writer.standing
        if !standing.interventions.isEmpty { trace.append(standing) }
        return trace
    }

    /// What it shows now.
    package var state: TextState { state(writer.standing) }

    func state(_ step: DecodingStep) -> TextState {
        TextState(step: step, version: writer.version, pendingDrafts: writer.pendingDrafts)
    }

    func take(_ step: DecodingStep) {
        trace.append(step)
        if !goesOn(step) { isStopped = true }
    }
}

/// What a text shows after a forward.
package struct TextState: Sendable {
    package var step: DecodingStep
    /// Rises with every change.
    package var version: Int
    /// See ``TextWriter/pendingDrafts``.
    package var pendingDrafts: (drafts: [Draft], room: Int)?
}
