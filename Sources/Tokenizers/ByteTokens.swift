package import Common

/// What becomes of a byte that is no token of the vocabulary.
package struct UnknownBytes: Sendable, Hashable {
    /// The token that stands for it; nil if there is none, so that all bytes of UTF-8 must be tokens.
    package var token: TokenID?
    /// Such bytes in a row are one token.
    package var isFused = false
    /// The tokens `<0x00>` … `<0xFF>` of its spelling come before `token`.
    package var fallsBackToBytes = false

    package init(token: TokenID? = nil, isFused: Bool = false, fallsBackToBytes: Bool = false) {
        self.token = token
        self.isFused = isFused
        self.fallsBackToBytes = fallsBackToBytes
    }
}

/// The token of each byte, and what stands in for one that has none.
struct ByteTokens: Sendable {
    private var tokens: [TokenID] = []
    private var substitutes: [[TokenID]] = []
    private let unknown: [TokenID]
    private let isFused: Bool

    /// - Parameter find: the token of these bytes.
    init(_ unknown: UnknownBytes, find: ([UInt8]) -> TokenID?) throws {
        self.unknown = unknown.token.map { [$0] } ?? []
        isFused = unknown.isFused
        for byte in UInt8.min...UInt8.max {
            let token = find([byte])
            tokens.append(token ?? -1)
            substitutes.append([])
            guard token == nil else { continue }
            let spelling = unknown.fallsBackToBytes ? Array(ByteAlphabet.spell([byte]).utf8) : []
            let fallback = spelling.compactMap { find(Self.name(of: $0)) }
            if !fallback.isEmpty, fallback.count == spelling.count {
                substitutes[Int(byte)] = fallback
            } else if unknown.token != nil {
                substitutes[Int(byte)] = self.unknown
            } else if !Self.isInNoText(byte) {
                throw CinnabarError(
                    .malformed,
                    "the vocabulary has no token for the byte \(byte) and no unknown token",
                    hint: "a byte-level vocabulary has all 256 bytes"
                )
            }
        }
    }

    /// Bytes that UTF-8 does not use; some vocabularies lack them, and they are left out then.
    private static func isInNoText(_ byte: UInt8) -> Bool { byte == 0xC0 || byte == 0xC1 || byte >= 0xF5 }

    private static func name(of byte: UInt8) -> [UInt8] {
        let digits = String(byte, radix: 16, uppercase: true)
        return Array("<0x\(byte < 16 ? "0" : "")\(digits)>".utf8)
    }

    /// Appends the tokens of the bytes of a piece.
    @inline(__always)
    func append(_ piece: UnsafeBufferPointer<UInt8>, to ids: inout [TokenID]) {
        var isUnknown = false
        for byte in piece {
            let token = tokens[Int(byte)]
            if token >= 0 {
                ids.append(token)
                isUnknown = false
            } else {
                let substitute = substitutes[Int(byte)]
                if !(isFused && isUnknown) || substitute != unknown { ids.append(contentsOf: substitute) }
                isUnknown = substitute == unknown
            }
        }
    }
}
