import Common
import Tokenizers

/// The part of a file around a hole that fits a number of tokens.
struct ContextWindow {
    private(set) var prefix: [TokenID]
    private(set) var suffix: [TokenID]
    private(set) var trimmed = false

    /// Takes two thirds of `budget` before the hole and one third behind it; what one side leaves over, the other gets.
    init(prefix: String, suffix: String, budget: Int, tokenizer: Tokenizer) {
        // No token is longer than this on average, so that far parts of a huge file are never encoded.
        let bytes = budget * 16
        let before = Array(prefix.utf8.suffix(bytes))
        let behind = Array(suffix.utf8.prefix(bytes))
        self.prefix = tokenizer.encode(bytes: before)
        self.suffix = tokenizer.encode(bytes: behind)
        trimmed = before.count < prefix.utf8.count || behind.count < suffix.utf8.count
        guard self.prefix.count + self.suffix.count > budget || trimmed else { return }
        trimmed = true
        let third = budget / 3
        let suffixShare = min(self.suffix.count, max(third, budget - self.prefix.count))
        let prefixShare = min(self.prefix.count, budget - suffixShare)
        let left = prefix.utf8.count - before.count
        self.prefix = ContextWindow.lastLines(before, prefixShare, tokenizer, offset: left)
        self.suffix = ContextWindow.firstLines(behind, min(suffixShare, budget - self.prefix.count), tokenizer)
    }

    /// A run of whole lines at the end of `text` with at most `limit` tokens; of one longer line its last tokens. It begins with the first
    /// line of a stretch of the file, so that it mostly begins where it did while somebody types, and what the network knows of it
    /// stays of use.
    ///
    /// - Parameter offset: bytes of the file before `text`.
    private static func lastLines(_ text: [UInt8], _ limit: Int, _ tokenizer: Tokenizer, offset: Int) -> [TokenID] {
        let starts = [0] + text.indices.filter { text[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
        // Fewer lines have fewer tokens: the first start that fits is found by halving.
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if tokenizer.encode(bytes: Array(text[starts[middle]...])).count <= limit {
                high = middle
            } else {
                low = middle + 1
            }
        }
        // A stretch is about a quarter of the tokens; no more than a third of the text is given up for it.
        if low > 0, low < starts.count {
            let (stretch, most) = (max(1, limit), (text.count - starts[low]) / 3)
            let first = (low..<starts.count).first { index in
                (offset + starts[index]) / stretch > (offset + starts[index - 1]) / stretch
            }
            if let first, starts[first] - starts[low] <= most { low = first }
        }
        let tokens = low < starts.count ? tokenizer.encode(bytes: Array(text[starts[low]...])) : []
        let lineIsEmpty = low >= starts.count || starts[low] == text.count
        return tokens.isEmpty && lineIsEmpty && !text.isEmpty
            ? Array(tokenizer.encode(bytes: Array(text.suffix(limit * 16))).suffix(limit)) : tokens
    }

    /// The longest run of whole lines at the start of `text` with at most `limit` tokens; of one longer line its first
    /// tokens.
    private static func firstLines(_ text: [UInt8], _ limit: Int, _ tokenizer: Tokenizer) -> [TokenID] {
        var ends = text.indices.filter { text[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
        if ends.last != text.count { ends.append(text.count) }
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high + 1) / 2
            if tokenizer.encode(bytes: Array(text[..<ends[middle - 1]])).count <= limit {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return low == 0
            ? Array(tokenizer.encode(bytes: Array(text.prefix(limit * 16))).prefix(limit))
            : tokenizer.encode(bytes: Array(text[..<ends[low - 1]]))
    }
}
