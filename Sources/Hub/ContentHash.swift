import Crypto
import Foundation

/// The hash by which a hub names the content of a file, and by which the cache names its blob.
package enum ContentHash: Hashable, Sendable {
    /// Large files (Git LFS): SHA-256 of the content, 64 digits.
    case sha256(String)
    /// Small files: git's own name, SHA-1 of a header with the length and the content, 40 digits.
    case gitBlob(String)

    /// Tells the kind by the number of digits; nil for anything else, which never becomes a file name.
    package init?(_ digits: String) {
        if Hexadecimal.isDigits(digits, count: 64) {
            self = .sha256(digits)
        } else if Hexadecimal.isDigits(digits, count: 40) {
            self = .gitBlob(digits)
        } else {
            return nil
        }
    }

    package var digits: String {
        switch self {
        case .sha256(let digits), .gitBlob(let digits): digits
        }
    }

    var kind: String {
        switch self {
        case .sha256: "SHA-256"
        case .gitBlob: "git hash"
        }
    }

    /// The digits of the same kind of hash for other content.
    ///
    /// - Parameters:
    ///   - size: bytes of the content.
    ///   - next: the next piece of it, handed to the function it gets; false at the end.
    package func digits(
        ofSize size: Int,
        _ next: ((UnsafeRawBufferPointer) -> Void) async throws -> Bool
    ) async throws -> String {
        switch self {
        case .sha256:
            return try await Self.digits(SHA256(), next)
        case .gitBlob:
            var hash = Insecure.SHA1()
            hash.update(data: Data("blob \(size)\0".utf8))
            return try await Self.digits(hash, next)
        }
    }

    private static func digits(
        _ hash: some HashFunction,
        _ next: ((UnsafeRawBufferPointer) -> Void) async throws -> Bool
    ) async throws -> String {
        var hash = hash
        while try await next({ hash.update(bufferPointer: $0) }) {}
        return Hexadecimal.text(hash.finalize())
    }
}
