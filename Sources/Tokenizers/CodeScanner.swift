/// `PreTokenizer.codePattern` by hand. Bytes of 0x80 and above are letters, so it need not decode UTF-8.
struct CodeScanner: PieceScanner {
    private enum Kind { case letter, digit, space, tab, newline, sign }

    @inline(__always)
    private func kind(_ byte: UInt8) -> Kind {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x80...0xFF: .letter
        case 0x20: .space
        case 0x30...0x39: .digit
        case 0x0A, 0x0D: .newline
        case 0x09: .tab
        default: .sign
        }
    }

    @inline(__always)
    func end(of start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let first = kind(bytes[start])
        let next = start + 1
        switch first {
        case .letter: return run(of: .letter, next, bytes)
        case .digit: return digits(start, bytes)
        case .newline: return blanks(run(of: .newline, next, bytes), bytes)
        case .sign:
            if bytes[start] == UInt8(ascii: ".") || bytes[start] == UInt8(ascii: "_"), next < bytes.count,
                kind(bytes[next]) == .letter
            {
                return run(of: .letter, next, bytes)
            }
            return run(of: .sign, next, bytes)
        case .space:
            if next < bytes.count {
                switch kind(bytes[next]) {
                case .letter: return run(of: .letter, next, bytes)
                case .digit: return digits(next, bytes)
                case .sign: return run(of: .sign, next, bytes)
                default: break
                }
            }
            return blankPiece(start, bytes)
        case .tab: return blankPiece(start, bytes)
        }
    }

    /// Blanks, without the last one if it is a space that the next piece takes.
    private func blankPiece(_ start: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let end = blanks(start, bytes)
        let gives = end - start > 1 && bytes[end - 1] == 0x20 && end < bytes.count && kind(bytes[end]) != .newline
        return gives ? end - 1 : end
    }

    @inline(__always)
    private func run(of kind: Kind, _ start: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var index = start
        while index < bytes.count, self.kind(bytes[index]) == kind { index += 1 }
        return index
    }

    @inline(__always)
    private func blanks(_ start: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var index = start
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        return index
    }

    @inline(__always)
    private func digits(_ start: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let next = start + 1
        return next < bytes.count && kind(bytes[next]) == .digit ? next + 1 : next
    }
}
