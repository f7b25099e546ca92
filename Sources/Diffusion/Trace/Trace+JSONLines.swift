import Common
package import Foundation

extension Trace {
    /// Longest line that is read, in bytes.
    private static let longestLine = 16 << 20

    /// One JSON object a line, keys sorted, so that equal traces are equal bytes.
    package func jsonLines() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var data = try encoder.encode(header) + [UInt8(ascii: "\n")]
        for step in steps { data += try encoder.encode(step) + [UInt8(ascii: "\n")] }
        return data
    }

    /// Reads what `jsonLines()` wrote. Checks the form only; `replay()` checks the meaning.
    ///
    /// - Throws: `malformed` with the number of the line; `unsupported` for another version.
    package init(jsonLines data: Data) throws {
        let limits = JSONLimits(size: Self.longestLine, depth: 8)
        let decoder = JSONDecoder()
        func decode<Value: Decodable>(_ type: Value.Type, _ line: Data, _ number: Int) throws -> Value {
            try line.withUnsafeBytes { _ = try limits.check($0, name: "trace, line \(number)") }
            do {
                return try decoder.decode(type, from: line)
            } catch {
                throw CinnabarError(.malformed, "trace, line \(number): \(JSONLimits.explain(error))")
            }
        }
        let lines = data.split(separator: UInt8(ascii: "\n"))
        guard let first = lines.first else {
            throw CinnabarError(.malformed, "the trace is empty", hint: "the file was cut off; record it again")
        }
        let header = try decode(Header.self, first, 1)
        guard header.format == "cinnabar-trace", header.version == 1 else {
            throw CinnabarError(
                .unsupported,
                "trace of format '\(header.format)' version \(header.version), this build reads 'cinnabar-trace' 1"
            )
        }
        self.init(header: header)
        steps = try lines.dropFirst().enumerated().map { try decode(Step.self, $1, $0 + 2) }
    }
}
