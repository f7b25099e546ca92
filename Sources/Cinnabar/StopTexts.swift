import Common

/// Texts that end a text before them.
package struct StopTexts: Sendable {
    static let most = 64
    static let longestAllowed = 4096

    package let texts: [[UInt8]]
    /// Bytes of the longest.
    let longest: Int

    /// - Throws: `invalidArgument` for an empty one, one beyond 4,096 bytes, or more than 64.
    package init(_ texts: [String]) throws {
        guard texts.count <= Self.most else {
            throw CinnabarError(.invalidArgument, "\(texts.count) stop texts", hint: "use at most \(Self.most)")
        }
        self.texts = try texts.map { text in
            guard (1...Self.longestAllowed).contains(text.utf8.count) else {
                throw CinnabarError(
                    .invalidArgument,
                    "a stop text of \(text.utf8.count) bytes",
                    hint: "use 1 to \(Self.longestAllowed) bytes"
                )
            }
            return Array(text.utf8)
        }
        longest = self.texts.map(\.count).max() ?? 0
    }

    var isEmpty: Bool { texts.isEmpty }

    /// The stop text that begins first, of those that begin at the same place the one listed first.
    package func first(in bytes: [UInt8], from begin: Int = 0) -> (start: Int, index: Int)? {
        guard !isEmpty, begin < bytes.count else { return nil }
        for start in begin..<bytes.count {
            if let index = texts.firstIndex(where: { bytes[start...].starts(with: $0) }) { return (start, index) }
        }
        return nil
    }

    /// How many bytes at the end may be the beginning of a stop text.
    package func begun(atEndOf bytes: [UInt8]) -> Int {
        let most = min(longest - 1, bytes.count)
        guard most > 0 else { return 0 }
        return (1...most).reversed().first { count in
            texts.contains { $0.count > count && bytes.suffix(count).elementsEqual($0.prefix(count)) }
        } ?? 0
    }
}
