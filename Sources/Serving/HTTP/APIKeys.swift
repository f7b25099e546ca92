import Common
import Crypto
package import Foundation

/// The keys that open a server, as SHA-256 hashes. A file has one a line; what follows `#` is a comment:
///
///     sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 alice requests_per_minute=60 expires=2027-01-31
package struct APIKeys: Sendable {
    /// Who a key belongs to.
    package struct Client: Sendable, Hashable {
        package var name: String
        package var requestsPerMinute: Int?
    }

    private struct Entry: Sendable {
        var digest: [UInt8]
        var client: Client
        /// First moment at which it opens nothing.
        var expiry: Date?
    }

    private var entries: [Entry] = []

    package init() {}

    /// - Throws: `malformed`, naming the line.
    package init(file: URL) throws {
        let data = try MappedFile(file).data()
        for (number, line) in String(decoding: data, as: UTF8.self).split(
            separator: "\n",
            omittingEmptySubsequences: false
        ).enumerated() {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
            guard !words.isEmpty else { continue }
            guard let entry = Self.entry(words) else {
                throw CinnabarError(
                    .malformed,
                    "\(file.path), line \(number + 1), is no key",
                    hint:
                        "a line is 'sha256:' and 64 hexadecimal digits, a name, and perhaps expires=2027-01-31; make one with 'cinnabar key NAME'"
                )
            }
            entries.append(entry)
        }
        guard !entries.isEmpty else {
            throw CinnabarError(.malformed, "\(file.path) has no key", hint: "make one with 'cinnabar key NAME'")
        }
    }

    /// Adds a key as it is.
    package mutating func add(_ key: String, name: String) {
        entries.append(Entry(digest: Self.digest(key), client: Client(name: name)))
    }

    private static func entry(_ words: [String]) -> Entry? {
        let mark = "sha256:"
        guard words[0].hasPrefix(mark), let digest = bytes(words[0].dropFirst(mark.count)), digest.count == 32 else {
            return nil
        }
        var entry = Entry(digest: digest, client: Client(name: "key-\(words[0].dropFirst(mark.count).prefix(8))"))
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            switch (parts[0], parts.count) {
            case ("expires", 2):
                guard let date = date(parts[1]) else { return nil }
                entry.expiry = date
            case ("requests_per_minute", 2):
                guard let number = Int(parts[1]), number > 0 else { return nil }
                entry.client.requestsPerMinute = number
            case (_, 1): entry.client.name = word
            default: return nil
            }
        }
        return entry
    }

    private static func date(_ text: String) -> Date? {
        let whole = text.contains("T") ? text : "\(text)T00:00:00Z"
        return try? Date(whole, strategy: .iso8601)
    }

    private static func bytes(_ digits: Substring) -> [UInt8]? {
        let values = digits.compactMap(\.hexDigitValue)
        guard values.count == digits.count, values.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }

    private static func digest(_ key: String) -> [UInt8] { Array(SHA256.hash(data: Data(key.utf8))) }

    package var isEmpty: Bool { entries.isEmpty }

    package var count: Int { entries.count }

    /// Who has a key; nil for nobody. Takes the same time for right, wrong, missing and expired keys: every entry is compared, all
    /// of its bytes.
    package func client(of key: String?, at now: Date = Date()) -> Client? {
        let digest = Self.digest(key ?? "")
        var found = -1
        for (index, entry) in entries.enumerated() {
            var difference: UInt8 = key == nil ? 1 : 0
            for (a, b) in zip(digest, entry.digest) { difference |= a ^ b }
            let isExpired = (entry.expiry ?? .distantFuture) <= now
            // All ones where it matches and holds, else zero.
            let mask = difference == 0 && !isExpired ? -1 : 0
            found = (index & mask) | (found & ~mask)
        }
        return found < 0 ? nil : entries[found].client
    }

    /// A new key, and the line of a file that lets it in.
    package static func make(name: String) -> (key: String, line: String) {
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        let key = "cnb-" + hexadecimal(bytes)
        return (key, "sha256:\(hexadecimal(digest(key))) \(name)")
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
