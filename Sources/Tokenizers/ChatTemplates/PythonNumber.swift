import Foundation

/// How Python writes, reads and rounds numbers.
enum PythonNumber {
    /// `repr` of a float: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on.
    static func repr(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        let sign = value.sign == .minus ? "-" : ""
        if value.isInfinite { return sign + "inf" }
        if value == 0 { return sign + "0.0" }
        // Swift's description has the same shortest digits, in another layout.
        let parts = value.magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let whole = String(mantissa[0])
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
        var exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + whole.count
        var digits = whole + fraction
        while digits.hasPrefix("0") {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.hasSuffix("0") { digits.removeLast() }
        // The value is 0.digits times ten to the exponent.
        if exponent <= -4 || exponent > 16 {
            let power = exponent - 1
            let size = String(power.magnitude)
            return sign + digits.prefix(1) + (digits.count > 1 ? "." + digits.dropFirst() : "")
                + "e" + (power < 0 ? "-" : "+") + (size.count < 2 ? "0" : "") + size
        }
        if exponent <= 0 { return sign + "0." + String(repeating: "0", count: -exponent) + digits }
        digits += String(repeating: "0", count: max(0, exponent - digits.count))
        let tail = digits.dropFirst(exponent)
        return sign + digits.prefix(exponent) + "." + (tail.isEmpty ? "0" : tail)
    }

    /// `int(text, base)`, nil where Python finds no number.
    static func integer(_ text: Text, base: Int = 10) throws -> Int? {
        var digits = text.stripped()
        guard let first = digits.first else { return nil }
        let isNegative = first == "-"
        if isNegative || first == "+" { digits.removeFirst() }
        var base = base
        for (letter, size) in [("x", 16), ("o", 8), ("b", 2)] as [(Unicode.Scalar, Int)]
        where base == size || base == 0 {
            guard digits.count > 2, digits[0] == "0", Text([digits[1]]).lowercased() == [letter] else { continue }
            base = size
            digits.removeFirst(digits[2] == "_" ? 3 : 2)
        }
        if base == 0 { base = 10 }
        guard (2...36).contains(base), let plain = withoutUnderscores(digits) else { return nil }
        guard plain.allSatisfy({ $0.isASCII && Int(String($0), radix: base) != nil && $0 != "+" && $0 != "-" }) else {
            return nil
        }
        guard let value = Int((isNegative ? "-" : "") + plain.string, radix: base) else { throw TemplateFault.overflow }
        return value
    }

    /// `float(text)`, nil where Python finds no number.
    static func float(_ text: Text) -> Double? {
        guard let plain = withoutUnderscores(text.stripped()) else { return nil }
        let word = plain.lowercased().string
        let unsigned = word.hasPrefix("-") || word.hasPrefix("+") ? String(word.dropFirst()) : word
        if ["inf", "infinity", "nan"].contains(unsigned) { return Double(word) }
        guard unsigned.unicodeScalars.allSatisfy({ $0.isASCIIDigit || ".e+-".unicodeScalars.contains($0) }) else {
            return nil
        }
        return Double(word)
    }

    /// Nil where an underscore is not between two digits.
    private static func withoutUnderscores(_ text: Text) -> Text? {
        let parts = text.split(at: ["_"])
        guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        return Text(parts.joined())
    }

    /// `round(value, digits)`: the nearest decimal of the exact binary value, ties to even.
    static func round(_ value: Double, digits: Int) -> Double {
        guard value.isFinite, digits <= 323 else { return value }
        if digits >= 0 { return Double(String(format: "%.*f", digits, value)) ?? value }
        guard digits >= -308 else { return 0 * value }
        let unit = pow(10, Double(-digits))
        return (value / unit).rounded(.toNearestOrEven) * unit
    }

    static func power(ofTen exponent: Int) -> Double { pow(10, Double(exponent)) }

    /// A float cut to an integer.
    static func truncate(_ value: Double) throws -> Int {
        guard let result = Int(exactly: value.rounded(.towardZero)) else { throw TemplateFault.overflow }
        return result
    }
}
