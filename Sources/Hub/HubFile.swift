/// A file of a repository, as the hub lists it.
package struct HubFile: Hashable, Sendable {
    /// Path below the repository, which stays there (`RelativePath.isSafe`).
    package var name: String
    /// Bytes.
    package var size: Int
    package var hash: ContentHash

    package init(name: String, size: Int, hash: ContentHash) {
        (self.name, self.size, self.hash) = (name, size, hash)
    }
}

/// What a hub says about a revision.
struct Listing: Sendable {
    /// A file whose size or hash the hub may have left out; the file's own address tells it then.
    struct Entry: Sendable {
        var name: String
        var size: Int?
        var hash: ContentHash?
    }

    /// 40 hexadecimal digits.
    var commit: String
    var entries: [Entry]
}
