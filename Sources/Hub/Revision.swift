import Common

/// A branch, a tag or a commit of a repository. Safe as a path below `refs`.
package struct Revision: Hashable, Sendable, CustomStringConvertible {
    package static let main = Revision(unchecked: "main")

    package let description: String

    /// - Throws: `invalidArgument` for what would leave the folder of references, or is no name in git.
    package init(_ text: String) throws {
        guard RelativePath.isSafe(text), !text.contains(where: { " ~^:?*[".contains($0) }) else {
            throw CinnabarError(
                .invalidArgument,
                "'\(text.prefix(100))' is not a revision",
                hint: "write the name of a branch or tag, or a commit of 40 hexadecimal digits"
            )
        }
        description = text
    }

    private init(unchecked: String) { description = unchecked }

    /// The commit that this is, if it is one.
    package var commit: String? { Hexadecimal.isDigits(description, count: 40) ? description : nil }
}

/// Names of files that come from elsewhere.
enum RelativePath {
    /// Whether a path stays below the folder that it is put under and is a file name on every system.
    static func isSafe(_ path: String) -> Bool {
        guard (1...1024).contains(path.utf8.count), !path.contains("\\"),
            path.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return false }
        return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count <= 255
        }
    }
}

enum Hexadecimal {
    /// Whether a text is exactly so many digits, small letters.
    static func isDigits(_ text: String, count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
