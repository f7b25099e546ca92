import Common
import Diffusion
import Testing

/// Follows the steps by their positions and checks each one against the rules.
struct Board {
    let start: Int
    private(set) var text: [TokenID] = []
    private var open: [Int: TokenID] = [:]
    private var changes: [Int: Int] = [:]
    private var remasks: [Int: Int] = [:]
    /// The canvas before the step, for what was taken away where.
    private var before: Canvas?
    /// How often each kind of write was seen.
    private(set) var edits = 0
    private(set) var revisions = 0
    private(set) var comebacks = 0
    private(set) var vetoes = 0

    init(start: Int) { self.start = start }

    mutating func apply(_ step: DecodingStep, options: DecodingOptions, note: Comment) throws {
        let front = start + text.count
        // The causal stream wrote a token itself: behind it all is open again.
        let isVeto = step.accepted < step.drafts.count && !step.edited.isEmpty
        for write in step.unmasked {
            #expect(write.position >= front && open[write.position] == nil, note)
            open[write.position] = write.token
        }
        for write in step.edited {
            #expect(open[write.position] != nil && open[write.position] != write.token, note)
            open[write.position] = write.token
            if !isVeto { changes[write.position, default: 0] += 1 }
        }
        for write in step.unmasked + step.edited where options.isEnd(write.token) {
            #expect((front..<write.position).allSatisfy { open[$0] != nil }, note)
        }
        for write in step.unmasked + (isVeto ? [] : step.edited) {
            let index = write.position - (before?.start ?? write.position)
            guard let cell = before?.cells.indices.contains(index) == true ? before?.cells[index] : nil else {
                continue
            }
            for old in cell.abandoned where old.token == write.token && options.temperature == 0 {
                comebacks += 1
                #expect(Double(write.confidence) > old.probability + 0.1 - 1e-6, note)
            }
        }
        edits += step.edited.count
        if step.unmasked.isEmpty, !step.remasked.isEmpty { revisions += 1 }
        for position in step.remasked {
            #expect(open.removeValue(forKey: position) != nil, note)
            changes[position, default: 0] += 1
            remasks[position, default: 0] += 1
        }
        #expect(step.edited.count <= options.editsPerStep, note)
        if isVeto {
            vetoes += 1
            #expect(
                step.unmasked.isEmpty && step.edited.count == 1 && step.edited[0].position == front + step.accepted,
                note
            )
            for position in step.remasked { (changes[position], remasks[position]) = (0, 0) }
        } else {
            if !step.unmasked.isEmpty { #expect(step.remasked.count < step.unmasked.count, note) }
            #expect(step.remasked.count <= max(step.unmasked.count, options.remasksPerRevision), note)
        }
        #expect(changes.values.allSatisfy { $0 <= 3 } && remasks.values.allSatisfy { $0 <= 2 }, note)
        for (offset, token) in step.committed.enumerated() {
            #expect(open.removeValue(forKey: front + offset) == token, note)
            text.append(token)
        }
        #expect(text.filter { !options.isEnd($0) } == step.text, note)
        before = step.canvas
        // Verified steps and the repetition guard leave no canvas.
        if step.canvas.cells.isEmpty { (open, changes, remasks) = ([:], [:], [:]) }
    }
}
