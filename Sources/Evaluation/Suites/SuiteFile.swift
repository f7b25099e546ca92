import Common
import Foundation

/// Reading `.jsonl` and `.jsonl.gz` files of benchmarks.
enum SuiteFile {
    /// Decodes one value a line; empty lines are skipped.
    ///
    /// - Throws: `file` when missing, `malformed` with the number of the line, `resource` when gzip is missing.
    static func read<Item: Decodable>(_ type: Item.Type, from url: URL) throws -> [Item] {
        let data = url.pathExtension == "gz" ? try Gzip.decompress(url) : try MappedFile(url).data()
        let decoder = JSONDecoder()
        let limits = JSONLimits(size: 16 << 20)
        var items: [Item] = []
        for (number, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            let name = "line \(number + 1) of \(url.path)"
            try line.withUnsafeBytes { _ = try limits.check($0, name: name) }
            do {
                items.append(try decoder.decode(type, from: line))
            } catch {
                throw CinnabarError(
                    .malformed,
                    "\(name): \(JSONLimits.explain(error))",
                    hint: "is this the right file, and complete?"
                )
            }
        }
        return items
    }
}
