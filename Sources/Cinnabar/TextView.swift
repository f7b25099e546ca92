import Common
import Diffusion
import Engine
import Models
import Tokenizers

/// Shows the tokens of a text as text, and ends it before its stop texts.
struct TextView: Sendable {
    let tokenizer: Tokenizer
    let stops: StopTexts
    /// Text around a hole was left out.
    let isTrimmed: Bool

    /// Says after each forward whether no stop text stands in the final text yet.
    func stopWatch() -> (DecodingStep) -> Bool {
        guard !stops.isEmpty else { return { _ in true } }
        var (bytes, tokens): ([UInt8], Int) = ([], 0)
        return { [tokenizer, stops] step in
            if step.interventions.contains(where: { $0.restart != nil }) { (bytes, tokens) = ([], 0) }
            let searched = max(0, bytes.count - stops.longest + 1)
            bytes += tokenizer.bytes(of: Array(step.text[tokens...]))
            tokens = step.text.count
            return stops.first(in: bytes, from: searched) == nil
        }
    }

    func state(_ state: TextState) -> CanvasState {
        let (step, pending) = (state.step, state.pendingDrafts)
        let (text, isStopped) = finalText(step)
        return CanvasState(
            text: text,
            canvas: isStopped ? [] : pending.map(cells) ?? cells(of: step),
            forwards: step.forwards,
            version: state.version,
            finalTokenCount: step.text.count
        )
    }

    /// Tokens may end inside a character, or in what may become a stop text: such bytes wait for the rest, so that what was
    /// shown stays.
    private func finalText(_ step: DecodingStep) -> (text: String, isStopped: Bool) {
        let bytes = tokenizer.bytes(of: step.text)
        if let stop = stops.first(in: bytes) { return (String(decoding: bytes[..<stop.start], as: UTF8.self), true) }
        guard step.finish == nil else { return (tokenizer.decode(step.text), false) }
        let shown = bytes.dropLast(stops.begun(atEndOf: bytes))
        return (String(decoding: shown[..<wholeCharacters(shown)], as: UTF8.self), false)
    }

    func wholeCharacters(_ bytes: ArraySlice<UInt8>) -> Int {
        guard let lead = bytes.suffix(4).lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return bytes.count }
        let length = bytes[lead] < 0xC0 ? 1 : bytes[lead] < 0xE0 ? 2 : bytes[lead] < 0xF0 ? 3 : 4
        return lead + length > bytes.count ? lead : bytes.count
    }

    private func cells(of step: DecodingStep) -> [CanvasState.Cell] {
        var changes: [Int: CanvasState.Change] = [:]
        for write in step.unmasked { changes[write.position] = .written }
        for write in step.edited { changes[write.position] = .edited }
        for position in step.remasked { changes[position] = .remasked }
        // Tokens have moved: what a position was told of is somewhere else.
        if !step.deleted.isEmpty || !step.inserted.isEmpty { changes = [:] }
        return step.canvas.cells.enumerated().map { i, cell in
            let masked = cell.state == .masked || tokenizer.isSpecial(cell.token)
            return CanvasState.Cell(
                text: masked ? "" : tokenizer.decode([cell.token]),
                status: masked ? .masked : cell.state == .decided ? .decided : .fixed,
                confidence: cell.confidence,
                change: changes[step.canvas.start + i]
            )
        }
    }

    /// The drafts that the next forward judges and, unless they end the text, masks up to the length of a canvas.
    private func cells(_ pending: (drafts: [Draft], room: Int)) -> [CanvasState.Cell] {
        let (drafts, room) = pending
        let words = drafts.prefix { !tokenizer.isSpecial($0.token) }
        var cells = words.map { draft in
            CanvasState.Cell(
                text: tokenizer.decode([draft.token]),
                status: .decided,
                confidence: Float(draft.chance),
                change: nil
            )
        }
        let open = words.count < drafts.count ? 0 : max(0, room - cells.count)
        let mask = CanvasState.Cell(text: "", status: .masked, confidence: 0, change: nil)
        cells += Array(repeating: mask, count: open)
        return cells
    }
}
