/// The printable spelling of bytes in vocabulary files: each byte is one character, so that any bytes are text.
///
/// Printable Latin-1 bytes stand for themselves, the 68 others for U+0100, U+0101 … in order: a space is `Ġ`, a newline
/// `Ċ`. Source: GPT-2, `encoder.py`, `bytes_to_unicode`.
package enum ByteAlphabet {
    /// The character of each byte.
    package static let scalars: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (UInt8.min...UInt8.max).map { byte in
            if isPrintable(byte) { return Unicode.Scalar(byte) }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? Unicode.Scalar(byte)
        }
    }()

    /// The byte of the characters U+0000 … U+0143; nil for those outside of the alphabet.
    private static let bytes: [UInt8?] = {
        var table = [UInt8?](repeating: nil, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { table[Int(scalar.value)] = UInt8(byte) }
        return table
    }()

    /// The text that stands for the bytes.
    package static func spell(_ bytes: some Sequence<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(scalars[Int(byte)]) }
        return String(text)
    }

    /// The bytes that the text stands for; nil if a character is not in the alphabet.
    package static func bytes(of text: String) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            guard scalar.value < 0x144, let byte = bytes[Int(scalar.value)] else { return nil }
            result.append(byte)
        }
        return result
    }

    private static func isPrintable(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: true
        default: false
        }
    }
}
