import Common

/// The name of a model on a hub: `ORG/NAME`, or `NAME` alone for the oldest ones. Safe as a part of an address and of a
/// file name.
package struct RepositoryID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// - Throws: `invalidArgument` for what no hub has: other characters than letters, digits, `-`, `_` and `.`, a part
    ///   that begins or ends with `-` or `.`, `--` or `..` in it, or more than 96 characters.
    package init(_ text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), text.utf8.count <= 96, parts.allSatisfy(Self.isPart) else {
            throw CinnabarError(
                .invalidArgument,
                "'\(text.prefix(100))' is not the name of a model",
                hint: "write ORG/NAME, as on the hub's page of the model"
            )
        }
        description = text
    }

    /// What a folder of the cache is named by, the inverse of `folderName`; nil for folders of other kinds.
    package init?(folderName: String) {
        guard folderName.hasPrefix(Self.prefix) else { return nil }
        try? self.init(folderName.dropFirst(Self.prefix.count).split(separator: "--").joined(separator: "/"))
    }

    /// `models--ORG--NAME`.
    package var folderName: String {
        Self.prefix + description.split(separator: "/").joined(separator: "--")
    }

    private static let prefix = "models--"

    private static func isPart(_ part: Substring) -> Bool {
        func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard let first = part.utf8.first, let last = part.utf8.last, isWord(first), isWord(last) else { return false }
        return part.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
            && !part.contains("--") && !part.contains("..")
    }
}
