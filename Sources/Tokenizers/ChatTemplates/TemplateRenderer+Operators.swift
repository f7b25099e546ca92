import Foundation

extension TemplateRenderer {
    func isTrue(_ value: PythonValue) throws -> Bool {
        switch value {
        case .undefined, .none: false
        case .boolean(let value): value
        case .integer(let value): value != 0
        case .float(let value): value != 0
        case .string(let text): !text.isEmpty
        case .sequence(let sequence): !sequence.items.isEmpty
        case .mapping(let mapping): !mapping.keys.isEmpty
        default: true
        }
    }

    /// The items that a `for` would see; an iterator is used up.
    func iterate(_ value: PythonValue) throws -> [PythonValue] {
        switch value {
        case .undefined: return []
        case .string(let text):
            try charge(4 * text.count)
            return text.map { .string([$0]) }
        case .sequence(let sequence):
            try charge(sequence.items.count)
            return sequence.items
        case .mapping(let mapping):
            try charge(mapping.keys.count)
            return mapping.keys
        case .iterator(let place):
            defer { iterators[place] = [] }
            try charge(4 * iterators[place].count)
            return iterators[place].reversed()
        default: throw TemplateFault("'\(value.typeName)' object is not iterable")
        }
    }

    /// An iterator that gives the items once, as Python's generators do.
    func iterator(_ items: [PythonValue]) throws -> PythonValue {
        try charge(16 + 4 * items.count)
        iterators.append(items.reversed())
        return .iterator(iterators.count - 1)
    }

    func sign(_ value: PythonValue, isNegative: Bool) throws -> PythonValue {
        if case .undefined(let reason) = value { throw TemplateFault(reason.string) }
        if case .float(let value) = value { return .float(isNegative ? -value : value) }
        guard let integer = value.integer else { throw TemplateFault("bad operand for a sign: '\(value.typeName)'") }
        return isNegative ? try arithmetic("-", .integer(0), .integer(integer)) : .integer(integer)
    }

    func arithmetic(_ sign: String, _ left: PythonValue, _ right: PythonValue) throws -> PythonValue {
        if sign == "~" { return try concatenate([str(left), str(right)]) }
        for case .undefined(let reason) in [left, right] where sign != "%" || !left.isString {
            throw TemplateFault(reason.string)
        }
        if let result = try sequences(sign, left, right) { return result }
        if let left = left.integer, let right = right.integer { return try integers(sign, left, right) }
        guard let first = left.double, let second = right.double else {
            throw TemplateFault("unsupported operands for \(sign): '\(left.typeName)' and '\(right.typeName)'")
        }
        return .float(try floats(sign, first, second))
    }

    func concatenate(_ parts: [Text], separator: Text = []) throws -> PythonValue {
        try reserve(separator.count, times: parts.count)
        try reserve(parts.reduce(0) { $0 + $1.count })
        return .string(separator.joining(parts))
    }

    /// `+`, `*` and `%` of strings, lists and tuples; nil for other operands.
    private func sequences(_ sign: String, _ left: PythonValue, _ right: PythonValue) throws -> PythonValue? {
        switch (sign, left, right) {
        case ("+", .string(let left), .string(let right)): return try concatenate([left, right])
        case ("+", .sequence(let left), .sequence(let right)) where left.kind == right.kind && left.kind != .range:
            guard left.kind.isIndexed else { return nil }
            try charge(4 * (left.items.count + right.items.count))
            return .sequence(try PythonSequence(left.kind, left.items + right.items))
        case ("*", .string(let text), _):
            guard let times = right.integer else { return nil }
            try reserve(text.count, times: times)
            return .string(text.repeated(times))
        case ("*", .sequence(let sequence), _) where sequence.kind == .list || sequence.kind == .tuple:
            guard let times = right.integer else { return nil }
            try reserve(4 * sequence.items.count, times: times)
            let items = repeatElement(sequence.items, count: max(0, times)).joined()
            return .sequence(try PythonSequence(sequence.kind, Array(items)))
        case ("*", _, .string), ("*", _, .sequence): return left.integer == nil ? nil : try sequences("*", right, left)
        case ("%", .string(let format), _):
            if case .sequence(let sequence) = right, sequence.kind == .tuple {
                return .string(try self.format(format, sequence.items))
            }
            return .string(try self.format(format, [right]))
        default: return nil
        }
    }

    private func integers(_ sign: String, _ left: Int, _ right: Int) throws -> PythonValue {
        switch sign {
        case "+": return try exact(left.addingReportingOverflow(right))
        case "-": return try exact(left.subtractingReportingOverflow(right))
        case "*": return try exact(left.multipliedReportingOverflow(by: right))
        case "//", "%":
            guard right != 0 else { throw TemplateFault("division by zero") }
            // Python rounds down, Swift towards zero.
            if right == -1 { return sign == "%" ? .integer(0) : try integers("-", 0, left) }
            let remainder = left % right
            let isBelow = remainder != 0 && (remainder < 0) != (right < 0)
            if sign == "%" { return .integer(isBelow ? remainder + right : remainder) }
            return .integer(left / right - (isBelow ? 1 : 0))
        case "**" where right >= 0: return .integer(try power(left, right))
        default: return .float(try floats(sign, Double(left), Double(right)))
        }
    }

    private func exact(_ result: (partialValue: Int, overflow: Bool)) throws -> PythonValue {
        guard !result.overflow else { throw TemplateFault.overflow }
        return .integer(result.partialValue)
    }

    private func power(_ base: Int, _ exponent: Int) throws -> Int {
        if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
        if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
        guard exponent < 64 else { throw TemplateFault.overflow }
        return try (0..<exponent).reduce(1) { product, _ in
            let (next, overflow) = product.multipliedReportingOverflow(by: base)
            guard !overflow else { throw TemplateFault.overflow }
            return next
        }
    }

    private func floats(_ sign: String, _ left: Double, _ right: Double) throws -> Double {
        switch sign {
        case "+": return left + right
        case "-": return left - right
        case "*": return left * right
        case "**":
            guard left >= 0 || right == right.rounded() else { throw TemplateFault.unsupported("complex numbers") }
            guard left != 0 || right >= 0 else { throw TemplateFault("0.0 to a negative power") }
            let power = pow(left, right)
            guard power.isFinite || !left.isFinite || !right.isFinite else { throw TemplateFault.overflow }
            return power
        default:
            guard right != 0 else { throw TemplateFault("division by zero") }
            if sign == "/" { return left / right }
            var remainder = fmod(left, right)
            if remainder != 0, (remainder < 0) != (right < 0) { remainder += right }
            if remainder == 0 { remainder = Double(signOf: right, magnitudeOf: 0) }
            if sign == "%" { return remainder }
            let quotient = (left - remainder) / right
            return quotient == 0 ? Double(signOf: left / right, magnitudeOf: 0) : quotient.rounded()
        }
    }

    func compare(_ sign: String, _ left: PythonValue, _ right: PythonValue) throws -> Bool {
        if sign == "in" || sign == "not in" { return try contains(right, left) == (sign == "in") }
        try charge(min(left.weight, right.weight))
        switch sign {
        case "==": return left == right
        case "!=": return left != right
        case "<": return try PythonValue.isLess(left, right)
        case ">": return try PythonValue.isLess(right, left)
        case "<=": return try PythonValue.isLess(left, right, orEqual: true)
        default: return try PythonValue.isLess(right, left, orEqual: true)
        }
    }

    func contains(_ container: PythonValue, _ value: PythonValue) throws -> Bool {
        switch container {
        case .string(let text):
            guard case .string(let needle) = value else {
                throw TemplateFault("'in <string>' requires a string, not '\(value.typeName)'")
            }
            try charge(text.count + needle.count)
            return text.place(of: needle) != nil
        case .mapping(let mapping):
            guard value.isHashable else { throw TemplateFault("unhashable type: '\(value.typeName)'") }
            try charge(value.weight)
            return mapping[value] != nil
        default:
            let items = try iterate(container)
            try charge(container.weight)
            return items.contains(value)
        }
    }
}
