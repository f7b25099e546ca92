import Cinnabar
import Foundation

/// A place in a file, written FILE:LINE or FILE:LINE:COLUMN.
struct Hole {
    let file: String
    let line: Int
    let column: Int?

    init(_ text: String) throws {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        var numbers: [Int] = []
        while parts.count > 1, numbers.count < 2, let number = Int(parts[parts.count - 1]) {
            numbers.insert(number, at: 0)
            parts.removeLast()
        }
        guard let line = numbers.first, line >= 1, numbers.allSatisfy({ $0 >= 1 }), !parts.joined().isEmpty else {
            throw CinnabarError.usage(
                "'\(text)' names no place",
                hint: "write FILE:LINE or FILE:LINE:COLUMN, counting from 1"
            )
        }
        file = parts.joined(separator: ":")
        self.line = line
        column = numbers.count > 1 ? numbers[1] : nil
    }

    /// Without a column the line's text is left out and to be written anew; with one the text is cut at that byte.
    func split() throws -> (prefix: String, suffix: String) {
        let text = Array(try TextFile.read(file).utf8)
        var starts = [0]
        for (i, byte) in text.enumerated() where byte == UInt8(ascii: "\n") { starts.append(i + 1) }
        // A file that ends with a newline has no further line behind it, but one may be added there.
        guard line <= starts.count else {
            throw CinnabarError.usage(
                "\(file) has \(starts.count) lines, line \(line) does not exist",
                hint: "lines count from 1"
            )
        }
        let start = starts[line - 1]
        let end = line < starts.count ? starts[line] : text.count
        guard let column else {
            return (String(decoding: text[..<start], as: UTF8.self), String(decoding: text[end...], as: UTF8.self))
        }
        let visible = end > start && text[end - 1] == UInt8(ascii: "\n") ? end - 1 : end
        guard start + column - 1 <= visible else {
            throw CinnabarError.usage(
                "line \(line) of \(file) has \(visible - start) bytes, column \(column) does not exist",
                hint: "use a column from 1 to \(visible - start + 1)"
            )
        }
        var cut = start + column - 1
        while cut > start, cut < text.count, text[cut] & 0xC0 == 0x80 { cut -= 1 }
        return (String(decoding: text[..<cut], as: UTF8.self), String(decoding: text[cut...], as: UTF8.self))
    }
}
