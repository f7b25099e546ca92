package import Common
import Models

/// A decode as it happened: enough to show it again and to check it, without a network. One JSON object a line on disk,
/// the header first, then a line a step.
package struct Trace: Sendable, Hashable {
    package struct Header: Sendable, Hashable, Codable {
        package var format = "cinnabar-trace"
        package var version = 1
        package var vocabularySize: Int
        package var options: DecodingOptions
        package var prompt: [TokenID]
        /// Given tokens by absolute position.
        package var pins: [Int: TokenID]
        /// Tokens that stood on the canvases at first, from the end of the prompt on.
        package var draft: [TokenID]
        /// Of a text that was written block by block; of the options only tokens and limits mean something then.
        package var blocks: Blocks?
    }

    /// A ``DecodingStep`` without the text so far, which the steps before it tell.
    package struct Step: Sendable, Hashable, Codable {
        package var forwards: Int
        /// Nil for none.
        package var interventions: [Intervention]?
        package var unmasked: [Write]
        package var edited: [Write]
        package var remasked: [Int]
        /// Nil for none.
        package var deleted: [Int]?
        package var inserted: [Int]?
        package var committed: [TokenID]
        package var drafts: [TokenID]
        package var accepted: Int
        /// The canvas behind the step: absolute position of its first cell, tokens, probability of each when written.
        package var start: Int
        package var canvas: [TokenID]
        package var confidences: [Float]
        package var finish: FinishReason?
    }

    /// On disk `[position, token, confidence]`.
    package struct Write: Sendable, Hashable, Codable {
        package var position: Int
        package var token: TokenID
        package var confidence: Float

        init(_ write: DecodingStep.Write) {
            (position, token, confidence) = (write.position, write.token, write.confidence)
        }

        package init(from decoder: any Decoder) throws {
            var box = try decoder.unkeyedContainer()
            position = try box.decode(Int.self)
            token = try box.decode(TokenID.self)
            confidence = try box.decode(Float.self)
        }

        package func encode(to encoder: any Encoder) throws {
            var box = encoder.unkeyedContainer()
            try box.encode(position)
            try box.encode(token)
            try box.encode(confidence)
        }
    }

    package var header: Header
    package var steps: [Step] = []

    package init(header: Header) { self.header = header }

    package mutating func append(_ step: DecodingStep) {
        steps.append(
            Step(
                forwards: step.forwards,
                interventions: step.interventions.isEmpty ? nil : step.interventions,
                unmasked: step.unmasked.map(Write.init),
                edited: step.edited.map(Write.init),
                remasked: step.remasked,
                deleted: step.deleted.isEmpty ? nil : step.deleted,
                inserted: step.inserted.isEmpty ? nil : step.inserted,
                committed: step.committed,
                drafts: step.drafts,
                accepted: step.accepted,
                start: step.canvas.start,
                canvas: step.canvas.tokens,
                confidences: step.canvas.cells.map(\.confidence),
                finish: step.finish
            )
        )
    }
}

extension DecodingSession {
    /// A trace without steps yet; append what `next()` returns.
    package func makeTrace() -> Trace {
        Trace(
            header: Trace.Header(
                vocabularySize: network.vocabularySize,
                options: options,
                prompt: prompt,
                pins: chooser.pins,
                draft: options.isVerified ? [] : draft
            )
        )
    }
}
