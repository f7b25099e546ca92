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

    init(start: Int) { self.start = start }

    mutating func apply(_ step: DecodingStep, options: DecodingOptions, note: Comment) throws {
        let front = start + text.count
        for write in step.unmasked {
            #expect(write.position >= front && open[write.position] == nil, note)
            open[write.position] = write.token
        }
        for write in step.edited {
            #expect(open[write.position] != nil && open[write.position] != write.token, note)
            open[write.position] = write.token
            changes[write.position, default: 0] += 1
        }
        for write in step.unmasked + step.edited where options.isEnd(write.token) {
            #expect((front..<write.position).allSatisfy { open[$0] != nil }, note)
        }
        for position in step.remasked {
            #expect(open.removeValue(forKey: position) != nil, note)
            changes[position, default: 0] += 1
            remasks[position, default: 0] += 1
        }
        #expect(step.edited.count <= options.editsPerStep, note)
        if !step.unmasked.isEmpty { #expect(step.remasked.count < step.unmasked.count, note) }
        #expect(step.remasked.count <= max(step.unmasked.count, options.remasksPerRevision), note)
        #expect(changes.values.allSatisfy { $0 <= 3 } && remasks.values.allSatisfy { $0 <= 2 }, note)
        for (offset, token) in step.committed.enumerated() {
            #expect(open.removeValue(forKey: front + offset) == token, note)
            text.append(token)
        }
        #expect(text.filter { !options.isEnd($0) } == step.text, note)
        // Verified steps and the repetition guard leave no canvas.
        if step.canvas.cells.isEmpty { (open, changes, remasks) = ([:], [:], [:]) }
    }
}
