import Common
import Constraints
import Diffusion
import Engine
import Models
import Tokenizers

extension TextView {
    /// What a text amounts to where it stands.
    func outcome(of text: Text<NativeNetwork>) throws -> GenerationResult {
        let writer = text.writer
        let bytes = tokenizer.bytes(of: writer.text)
        let stop = stops.first(in: bytes)
        let reason: GenerationResult.FinishReason =
            switch (stop, writer.finish) {
            case (.some, _), (nil, .stop): .stop
            case (nil, .length): .length
            case (nil, .contextLength): .contextLength
            case (nil, nil): .cancelled
            }
        return GenerationResult(
            text: try stop.map { try ended(writer, bytes[..<$0.start]) }
                ?? tokenizer.decode(writer.text + writer.ending()),
            tokens: writer.text.count,
            forwards: writer.forwards,
            prefillSeconds: writer.prefillTime / .seconds(1),
            decodeSeconds: writer.decodeTime / .seconds(1),
            inferenceSeconds: writer.inferenceTime / .seconds(1),
            finishReason: reason,
            stopSequence: stop.map { String(decoding: stops.texts[$0.index], as: UTF8.self) },
            canvasLength: writer.canvasLength,
            contextTokens: writer.contextTokens,
            cachedTokens: text.sharedTokens,
            trimmed: isTrimmed
        )
    }

    /// Text before a stop; under a constraint with what it lacks to be valid.
    private func ended(_ writer: any TextWriter<NativeNetwork>, _ bytes: ArraySlice<UInt8>) throws -> String {
        guard let automaton = writer.validity?.automaton else { return String(decoding: bytes, as: UTF8.self) }
        let state = try automaton.next(automaton.start, bytes: Array(bytes))
        let closing = try automaton.closing(state) ?? []
        return String(decoding: bytes + tokenizer.bytes(of: closing), as: UTF8.self)
    }
}
