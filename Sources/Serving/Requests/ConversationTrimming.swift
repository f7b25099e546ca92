import Cinnabar
import Common

/// Makes a conversation fit the context: the oldest turns go first, then the beginning of the last one.
struct ConversationTrimming {
    let model: Model
    let tools: [Tool]

    /// - Parameter answer: tokens wanted for the answer, of which a quarter of the context is granted at most.
    func trimmed(_ messages: [ChatMessage], answer: Int) throws -> [ChatMessage] {
        let room = model.contextLength - min(answer, model.contextLength / 4)
        func fits(_ messages: [ChatMessage]) throws -> Bool {
            try model.chatTokenCount(messages, tools: tools) <= room
        }
        guard try !fits(messages) else { return messages }
        var kept = messages
        while kept.count > 1, try !fits(kept) {
            // System turns go last.
            let oldest = kept.dropLast().firstIndex { $0.role != "system" } ?? 0
            kept.remove(at: oldest)
        }
        guard var last = kept.first, try !fits(kept) else { return kept }
        let bytes = Array(last.content.utf8)
        var (low, high) = (0, bytes.count)
        while low < high {
            let middle = (low + high) / 2
            last.content = String(decoding: bytes[middle...], as: UTF8.self)
            if try fits([last]) { high = middle } else { low = middle + 1 }
        }
        last.content = String(decoding: bytes[low...], as: UTF8.self)
        return [last]
    }
}
