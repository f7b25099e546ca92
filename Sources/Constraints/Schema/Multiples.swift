/// The decimal texts of an integer's or a decimal's multiples: an automaton over remainders, one right-linear rule a state.
///
/// A divisor is `units` / 10^`places`; a text is a multiple iff its digits, continued with zeros to that many places, are
/// divisible by `units` and nothing but zeros follows. Integers are written without a point, since readers take them for
/// exact then, whatever their size.
struct Multiples {
    let units: Int
    let places: Int

    /// Most remainders.
    static let unitLimit = 1_000

    /// nil where the divisor is not positive or has too many remainders.
    init?(of divisor: Decimal) {
        let digits = divisor.whole + divisor.fraction
        guard !divisor.isNegative, !divisor.isZero, digits.count <= 15, divisor.fraction.count <= 15 else { return nil }
        units = digits.reduce(0) { $0 * 10 + Int($1) }
        places = divisor.fraction.count
        guard units <= Self.unitLimit else { return nil }
    }

    func multiples(_ builder: GrammarBuilder) -> Language {
        if units == 1, places == 0 {
            return NumberRanges.integers
        }
        return automaton(builder) { $0 == 0 }
    }

    /// All numbers that are no multiples; nil where the divisor is no integer.
    func others(_ builder: GrammarBuilder) -> Language? {
        guard places == 0 else { return nil }
        return units == 1 ? NumberRanges.fractions : .either([automaton(builder) { $0 != 0 }, NumberRanges.fractions])
    }

    private func automaton(_ builder: GrammarBuilder, accepts: (Int) -> Bool) -> Language {
        let zeros = Language.star(.text("0"))
        let fractions = (0..<units).map { _ in (0...places).map { builder.reserve("multiple, \($0) places") } }
        let wholes = (0..<units).map { _ in builder.reserve("multiple") }
        func remainder(_ value: Int, missing places: Int) -> Int {
            (0..<places).reduce(value) { rest, _ in rest * 10 % units }
        }
        func steps(_ value: Int, _ digits: ClosedRange<Int>, _ next: (Int) -> Int) -> Language {
            .either(
                Dictionary(grouping: digits) { (value * 10 + $0) % units }.sorted { $0.key < $1.key }.map {
                    .joined([.byte(ByteSet($0.value.map { UInt8($0 + 0x30) })), .rule(next($0.key))])
                }
            )
        }
        for value in 0..<units {
            for place in 0...places {
                var ways: [Language] = []
                if place > 0, accepts(remainder(value, missing: places - place)) {
                    ways.append(place == places ? zeros : .empty)
                }
                if place < places { ways.append(steps(value, 0...9) { fractions[$0][place + 1] }) }
                builder.define(fractions[value][place], .either(ways))
            }
            var ends: [Language] = []
            if accepts(remainder(value, missing: places)) { ends.append(.empty) }
            if places > 0 { ends.append(.joined([.text("."), .rule(fractions[value][0])])) }
            builder.define(wholes[value], .either(ends + [steps(value, 0...9) { wholes[$0] }]))
        }
        let zero: [Language] = accepts(0) ? [.text("0")] : []
        let small: [Language] = places > 0 ? [.joined([.text("0."), .rule(fractions[0][0])])] : []
        return .joined([.optional(.text("-")), .either(zero + small + [steps(0, 1...9) { wholes[$0] }])])
    }
}
