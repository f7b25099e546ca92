/// Equality and order as Python has them: `1 == 1.0 == True`, and nothing else crosses types.
extension PythonValue: Hashable {
    static func == (left: PythonValue, right: PythonValue) -> Bool {
        switch (left, right) {
        case (.undefined, .undefined), (.none, .none): true
        case (.string(let left), .string(let right)): left == right
        case (.sequence(let left), .sequence(let right)): left.kind == right.kind && left.items == right.items
        case (.mapping(let left), .mapping(let right)):
            left.keys.count == right.keys.count && zip(left.keys, left.values).allSatisfy { right[$0] == $1 }
        case (.iterator(let left), .iterator(let right)), (.namespace(let left), .namespace(let right)),
            (.loop(let left), .loop(let right)), (.macro(let left), .macro(let right)):
            left == right
        case (.function(let left), .function(let right)): left == right
        case (.method(let left, let leftName), .method(let right, let rightName)):
            left == right && leftName == rightName
        default: left.order(right) == .same
        }
    }

    func hash(into hasher: inout Hasher) {
        switch self {
        case .string(let text): hasher.combine(text)
        case .sequence(let sequence): hasher.combine(sequence.items)
        case .float(let value):
            if let integer = Int(exactly: value) { hasher.combine(integer) } else { hasher.combine(value) }
        case .boolean, .integer: hasher.combine(integer ?? 0)
        default: hasher.combine(typeName)
        }
    }

    var isHashable: Bool {
        switch self {
        case .mapping: false
        case .sequence(let sequence):
            sequence.kind == .range || sequence.kind == .tuple && sequence.items.allSatisfy(\.isHashable)
        default: true
        }
    }

    enum Order { case less, same, greater }

    /// The order of two numbers, exact also between integers and floats; nil for anything else and for NaN.
    private func order(_ other: PythonValue) -> Order? {
        if let left = integer, let right = other.integer { return Self.order(left, right) }
        if let left = integer, case .float(let right) = other { return Self.order(left, right) }
        if let right = other.integer, case .float(let left) = self {
            switch Self.order(right, left) {
            case .less: return .greater
            case .greater: return .less
            case let order: return order
            }
        }
        guard case .float(let left) = self, case .float(let right) = other, !left.isNaN, !right.isNaN else {
            return nil
        }
        return Self.order(left, right)
    }

    private static func order<Number: Comparable>(_ left: Number, _ right: Number) -> Order {
        left < right ? .less : left == right ? .same : .greater
    }

    private static func order(_ left: Int, _ right: Double) -> Order? {
        if right.isNaN { return nil }
        guard let whole = Int(exactly: right.rounded(.down)) else { return right > 0 ? .less : .greater }
        return left == whole && right.rounded(.down) < right ? .less : order(left, whole)
    }

    /// `left < right`, or `left <= right` where `orEqual` is given. Throws where Python has no order.
    static func isLess(_ left: PythonValue, _ right: PythonValue, orEqual: Bool = false) throws -> Bool {
        switch (left, right) {
        case (.undefined(let reason), _), (_, .undefined(let reason)): throw TemplateFault(reason.string)
        case (.string(let left), .string(let right)):
            return orEqual ? !right.lexicographicallyPrecedes(left) : left.lexicographicallyPrecedes(right)
        case (.sequence(let left), .sequence(let right)) where left.kind == right.kind && left.kind.isIndexed:
            for (left, right) in zip(left.items, right.items) where left != right {
                return try isLess(left, right, orEqual: orEqual)
            }
            return orEqual ? left.items.count <= right.items.count : left.items.count < right.items.count
        default:
            guard left.double != nil, right.double != nil else {
                throw TemplateFault("'<' not supported between '\(left.typeName)' and '\(right.typeName)'")
            }
            let order = left.order(right)
            return order == .less || orEqual && order == .same
        }
    }
}
