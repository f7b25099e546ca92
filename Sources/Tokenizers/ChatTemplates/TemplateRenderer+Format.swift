import Foundation

/// Python's `format % values`, for the conversions s, r, d, i, x, X, o, f, F, c and %.
extension TemplateRenderer {
    /// What stands between `%` and the letter of a conversion.
    private struct Conversion {
        var flags: Set<Unicode.Scalar> = []
        var width = 0
        var precision: Int?
    }

    func format(_ format: Text, _ values: [PythonValue]) throws -> Text {
        try charge(format.count)
        var text: Text = []
        var values = values[...]
        var index = 0
        while index < format.count {
            let scalar = format[index]
            index += 1
            guard scalar == "%" else {
                text.append(scalar)
                continue
            }
            var conversion = Conversion()
            while index < format.count, Text("-+ 0#").contains(format[index]) {
                conversion.flags.insert(format[index])
                index += 1
            }
            conversion.width = try number(format, &index) ?? 0
            if index < format.count, format[index] == "." {
                index += 1
                conversion.precision = try number(format, &index) ?? 0
            }
            guard index < format.count else { throw TemplateFault("incomplete format") }
            let letter = format[index]
            index += 1
            if letter == "%" {
                text.append("%")
                continue
            }
            guard let value = values.popFirst() else { throw TemplateFault("not enough arguments for format string") }
            let part = try convert(value, letter, conversion)
            try reserve(part.count)
            text += part
        }
        // Python lets a single value that has items go unused.
        let mayGoUnused = values.first.map { $0.depth > 0 || $0.isUndefined } ?? true
        guard values.isEmpty || values.count == 1 && mayGoUnused else {
            throw TemplateFault("not all arguments converted during string formatting")
        }
        return text
    }

    private func number(_ format: Text, _ index: inout Int) throws -> Int? {
        let digits = format[index...].prefix { $0.isASCIIDigit }
        index += digits.count
        return digits.isEmpty ? nil : try PythonNumber.integer(Text(digits))
    }

    private func convert(_ value: PythonValue, _ letter: Unicode.Scalar, _ conversion: Conversion) throws -> Text {
        switch letter {
        case "s", "r":
            let text = try letter == "s" ? str(value) : repr(value)
            return try pad(Text(text.prefix(conversion.precision ?? .max)), sign: "", conversion, isNumber: false)
        case "c":
            if case .string(let text) = value, text.count == 1 {
                return try pad(text, sign: "", conversion, isNumber: false)
            }
            guard let code = value.integer, let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init) else {
                throw TemplateFault("%c requires int or char")
            }
            return try pad([scalar], sign: "", conversion, isNumber: false)
        case "d", "i", "x", "X", "o":
            var integer = value.integer
            if integer == nil, "di".unicodeScalars.contains(letter), case .float(let float) = value {
                integer = try PythonNumber.truncate(float)
            }
            guard let integer else { throw TemplateFault("%\(letter) format: a number is required") }
            let radix = letter == "o" ? 8 : letter == "d" || letter == "i" ? 10 : 16
            var digits = Text(String(integer.magnitude, radix: radix, uppercase: letter == "X"))
            if let precision = conversion.precision {
                try reserve(precision)
                digits = ["0"].repeated(precision - digits.count) + digits
            }
            let prefix = conversion.flags.contains("#") && radix != 10 ? "0\(letter)" : ""
            return try pad(digits, sign: (integer < 0 ? "-" : plus(conversion)) + prefix, conversion)
        case "f", "F":
            guard let double = value.double else { throw TemplateFault("must be real number, not \(value.typeName)") }
            let precision = conversion.precision ?? 6
            guard precision <= 1000 else { throw TemplateFault.unsupported("%f with a precision of \(precision)") }
            let digits = String(format: "%.*f", precision, double.magnitude)
            return try pad(Text(digits), sign: double.sign == .minus ? "-" : plus(conversion), conversion)
        default: throw TemplateFault.unsupported("the format '%\(letter)' is not supported")
        }
    }

    private func plus(_ conversion: Conversion) -> String {
        conversion.flags.contains("+") ? "+" : conversion.flags.contains(" ") ? " " : ""
    }

    private func pad(_ digits: Text, sign: String, _ conversion: Conversion, isNumber: Bool = true) throws -> Text {
        let space = max(0, conversion.width - sign.utf8.count - digits.count)
        try reserve(space)
        if conversion.flags.contains("-") { return Text(sign) + digits + [" "].repeated(space) }
        if isNumber, conversion.flags.contains("0") { return Text(sign) + ["0"].repeated(space) + digits }
        return [" "].repeated(space) + Text(sign) + digits
    }
}
