/// The family of GPT-2's pattern by hand: contractions, words, numbers, signs and white space of all scripts. A byte that
/// is not part of valid UTF-8 counts as a sign of its own.
struct UnicodeScanner: PieceScanner {
    /// What the members of the family differ in.
    struct Rules {
        /// `'S` is a contraction as `'s` is.
        var foldsContractions = false
        /// A word takes any one character but line ends, letters and numbers before it; otherwise a space only.
        var wordTakesAnyCharacter = false
        /// Most characters of a number.
        var longestNumber = Int.max
        /// A number takes a space before it.
        var numberTakesSpace = true
        /// Line ends belong to the signs before them, and white space is cut behind its last line end.
        var newlinesEndPieces = false
        /// White space before a number is a piece; otherwise its last character is kept apart as before anything else.
        var numberStandsAlone = false
    }

    let rules: Rules
    private let kinds = CharacterKinds.shared

    init(_ rules: Rules) { self.rules = rules }

    @inline(__always)
    func end(of start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let byte = bytes[start]
        if byte == UInt8(ascii: "'"), let end = contraction(start, bytes) { return end }
        let (first, next) = kinds.read(start, bytes)
        if first == .letter { return run(of: .letter, next, bytes) }
        if first == .number { return number(next, 1, bytes) }
        if next < bytes.count {
            let (second, end) = kinds.read(next, bytes)
            let takesWord = rules.wordTakesAnyCharacter ? first != .newline : byte == 0x20
            if second == .letter, takesWord { return run(of: .letter, end, bytes) }
            if second == .sign, byte == 0x20 { return signs(end, bytes) }
            if second == .number, byte == 0x20, rules.numberTakesSpace { return number(end, 1, bytes) }
        }
        return first == .sign ? signs(next, bytes) : whiteSpace(start, next, bytes)
    }

    /// White space to its last line end if that counts, else without its last character if something follows.
    private func whiteSpace(_ start: Int, _ next: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var last = start
        var end = next
        var lineEnd = bytes[start] == 0x0A || bytes[start] == 0x0D ? next : start
        var follower: CharacterKind?
        while end < bytes.count, follower == nil {
            let (kind, after) = kinds.read(end, bytes)
            guard kind.isWhiteSpace else {
                follower = kind
                break
            }
            last = end
            end = after
            if kind == .newline { lineEnd = end }
        }
        if rules.newlinesEndPieces, lineEnd > start { return lineEnd }
        guard let follower, last > start, !(follower == .number && rules.numberStandsAlone) else { return end }
        return last
    }

    private func signs(_ start: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let end = run(of: .sign, start, bytes)
        return rules.newlinesEndPieces ? run(of: .newline, end, bytes) : end
    }

    private func number(_ start: Int, _ count: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        run(of: .number, start, bytes, most: rules.longestNumber - count)
    }

    @inline(__always)
    private func run(
        of kind: CharacterKind,
        _ start: Int,
        _ bytes: UnsafeBufferPointer<UInt8>,
        most: Int = .max
    ) -> Int {
        var index = start
        var count = 0
        while index < bytes.count, count < most {
            let (found, next) = kinds.read(index, bytes)
            guard found == kind else { break }
            index = next
            count += 1
        }
        return index
    }

    /// The end of `'s`, `'t`, `'m`, `'d`, `'re`, `'ve` or `'ll`.
    private func contraction(_ start: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        func letter(_ offset: Int) -> UInt8 {
            guard offset < bytes.count - start else { return 0 }
            let byte = bytes[start + offset]
            return rules.foldsContractions && 0x41...0x5A ~= byte ? byte | 0x20 : byte
        }
        switch (letter(1), letter(2)) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _):
            return start + 2
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return start + 3
        // The long s, U+017F, is an s to case folding.
        case (0xC5, 0xBF) where rules.foldsContractions: return start + 3
        default: return nil
        }
    }
}
