/// A Python string: code points with constant-time access. Swift's `String` would compare by canonical equivalence and take
/// `\r\n` for one character.
typealias Text = [Unicode.Scalar]

extension Text {
    init(_ string: String) { self = Array(string.unicodeScalars) }

    var string: String {
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: self)
        return String(scalars)
    }

    /// The first place at or behind `start` where a needle stands. Linear time by Knuth, Morris and Pratt, since needle and
    /// haystack may be hostile.
    func place(of needle: Text, from start: Int = 0) -> Int? {
        guard start <= count else { return nil }
        guard !needle.isEmpty else { return start }
        // The longest proper border of each prefix of the needle.
        var borders = [0]
        borders.reserveCapacity(needle.count)
        for index in needle.indices.dropFirst() {
            var border = borders[index - 1]
            while border > 0, needle[border] != needle[index] { border = borders[border - 1] }
            borders.append(needle[border] == needle[index] ? border + 1 : border)
        }
        var matched = 0
        for index in start..<count {
            while matched > 0, needle[matched] != self[index] { matched = borders[matched - 1] }
            if needle[matched] == self[index] { matched += 1 }
            if matched == needle.count { return index + 1 - matched }
        }
        return nil
    }

    /// All places of a needle that do not overlap, from the left; an empty one stands between all code points.
    func places(of needle: Text, limit: Int = .max) -> [Int] {
        var places: [Int] = []
        var start = 0
        while places.count < limit, let place = place(of: needle, from: start) {
            places.append(place)
            start = place + Swift.max(1, needle.count)
        }
        return places
    }

    func hasPrefix(_ prefix: Text) -> Bool { starts(with: prefix) }
    func hasSuffix(_ suffix: Text) -> Bool {
        count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
    }

    func joining(_ parts: [Text]) -> Text { Text(parts.joined(separator: self)) }

    func repeated(_ times: Int) -> Text { Text(repeatElement(self, count: Swift.max(0, times)).joined()) }
}

extension Unicode.Scalar {
    /// `str.isspace`: White_Space and the four separators of ASCII.
    var isPythonSpace: Bool { properties.isWhitespace || (0x1C...0x1F).contains(value) }

    var isASCIIDigit: Bool { ("0"..."9").contains(self) }

    /// Whether `repr` shows it as it is.
    var isPythonPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }
}
