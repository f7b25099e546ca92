import AsyncHTTPClient
import Common
import NIOHTTP1

extension Download {
    /// Where the body of an answer ends, by its head.
    func end(of answer: HubClient.Answer, for range: Range<Int>, isWhole: Bool) throws -> Int {
        if let coding = answer.headers.first(name: "content-encoding"), coding != "identity" {
            throw contradiction(
                "\(answer.host) sends \(subject) in the form '\(coding.prefix(40))', which nobody asked for"
            )
        }
        if isWhole {
            let length = answer.headers.first(name: "content-length").map { Int($0) ?? -1 } ?? file.size
            guard answer.status == 200, length == file.size else {
                throw contradiction(
                    "\(answer.host) sends \(length) bytes of \(subject) (\(answer.status)), its listing says \(file.size)"
                )
            }
            return file.size
        }
        guard answer.status != 200 else { throw NoRanges() }
        let text = answer.headers.first(name: "content-range") ?? ""
        guard answer.status == 206, let sent = ContentRange(text), sent.range.lowerBound == range.lowerBound,
            sent.range.upperBound <= range.upperBound, sent.total == nil || sent.total == file.size
        else {
            throw contradiction(
                "\(answer.host) answers bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size) of \(subject) by "
                    + "'\(text.prefix(80))' (\(answer.status))"
            )
        }
        return sent.range.upperBound
    }

    func contradiction(_ message: String) -> CinnabarError {
        CinnabarError(.malformed, message, hint: "is HF_ENDPOINT a hub of Hugging Face's kind? nothing wrong was kept")
    }
}

/// `bytes 5-9/20`, the total being `*` where it is not known.
package struct ContentRange: Equatable {
    package var range: Range<Int>
    package var total: Int?

    package init?(_ text: String) {
        guard text.lowercased().hasPrefix("bytes ") else { return nil }
        let halves = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let bounds = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard bounds.count == 2, let first = bounds[0], let last = bounds[1], first >= 0, first <= last, last < .max
        else { return nil }
        range = first..<last + 1
        guard halves[1] != "*" else { return }
        guard let total = Int(halves[1]) else { return nil }
        self.total = total
    }
}
