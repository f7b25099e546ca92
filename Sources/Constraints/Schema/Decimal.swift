/// A decimal number exactly as a schema wrote it: digits and the place of the point, no binary rounding.
struct Decimal: Sendable, Hashable {
    var isNegative = false
    /// Digits before the point, without leading zeros: empty is 0.
    var whole: [UInt8] = []
    /// Digits behind the point, without trailing zeros.
    var fraction: [UInt8] = []

    /// Most digits of a number in a schema; the least double has 1,074 behind the point.
    static let digitLimit = 1_100

    init(isNegative: Bool = false, whole: [UInt8], fraction: [UInt8]) {
        self.whole = Array(whole.drop { $0 == 0 })
        self.fraction = Array(fraction[..<((fraction.lastIndex { $0 != 0 } ?? -1) + 1)])
        self.isNegative = isNegative && !isZero
    }

    init(_ value: Int) { self.init(reading: "\(value)") }

    /// The shortest decimal that reads as this double: what stood in the text, up to 17 digits.
    init(_ value: Double) { self.init(reading: "\(value)") }

    private init(reading text: String) {
        var (before, behind, isBehind, exponent) = ([UInt8](), [UInt8](), false, 0)
        let parts = text.split(whereSeparator: { $0 == "e" || $0 == "E" })
        for byte in parts.first?.utf8 ?? "".utf8[...] {
            switch byte {
            case 0x2E: isBehind = true
            case 0x30...0x39: if isBehind { behind.append(byte - 0x30) } else { before.append(byte - 0x30) }
            default: break
            }
        }
        if parts.count == 2 { exponent = Int(parts[1]) ?? 0 }
        exponent = max(-Self.digitLimit, min(Self.digitLimit, exponent))
        if exponent > 0 {
            behind += [UInt8](repeating: 0, count: max(0, exponent - behind.count))
            before += behind[..<exponent]
            behind.removeFirst(exponent)
        } else if exponent < 0 {
            before = [UInt8](repeating: 0, count: max(0, -exponent - before.count)) + before
            behind = before[(before.count + exponent)...] + behind
            before.removeLast(-exponent)
        }
        self.init(isNegative: text.hasPrefix("-"), whole: before, fraction: behind)
    }

    var isZero: Bool { whole.isEmpty && fraction.isEmpty }
    var isInteger: Bool { fraction.isEmpty }
    var magnitude: Decimal { Decimal(whole: whole, fraction: fraction) }
    var negated: Decimal { Decimal(isNegative: !isNegative, whole: whole, fraction: fraction) }

    /// Its canonical JSON.
    var text: [UInt8] {
        func ascii(_ digits: [UInt8]) -> [UInt8] { digits.map { $0 + 0x30 } }
        return (isNegative ? [0x2D] : []) + (whole.isEmpty ? [0x30] : ascii(whole))
            + (fraction.isEmpty ? [] : [0x2E] + ascii(fraction))
    }

    /// The sum of a magnitude and a unit of the place `places` behind the point, or their difference, not below 0.
    func stepped(by sign: Int, places: Int) -> Decimal {
        let padded = fraction + [UInt8](repeating: 0, count: max(0, places - fraction.count))
        var digits = [0] + whole.map(Int.init) + padded.map(Int.init)
        var index = digits.count - 1 - (padded.count - places)
        digits[index] += sign
        while index > 0, digits[index] < 0 || digits[index] > 9 {
            digits[index - 1] += digits[index] < 0 ? -1 : 1
            digits[index] += digits[index] < 0 ? 10 : -10
            index -= 1
        }
        if digits[0] < 0 { return Decimal(whole: [], fraction: []) }
        let bytes = digits.map { UInt8($0) }
        return Decimal(whole: Array(bytes[...whole.count]), fraction: Array(bytes[(whole.count + 1)...]))
    }
}
