/// The types of JSON values, as a set.
struct Kinds: OptionSet, Hashable {
    var rawValue: UInt8

    static let null = Kinds(rawValue: 1)
    static let boolean = Kinds(rawValue: 2)
    static let number = Kinds(rawValue: 4)
    static let string = Kinds(rawValue: 8)
    static let array = Kinds(rawValue: 16)
    static let object = Kinds(rawValue: 32)
    static let all = Kinds(rawValue: 63)

    var complement: Kinds { Kinds(rawValue: ~rawValue & 63) }
    /// The types one by one.
    static let each: [Kinds] = [.null, .boolean, .number, .string, .array, .object]
}

/// A key as its bytes: strings are equal also where they only look alike.
typealias Name = [UInt8]

/// A set of scalars' texts, and the set of all others. The texts of a string are the inside of its canonical spelling.
///
/// Compared by identity, since languages are large.
final class Texts: Hashable {
    let positive: Language
    /// Made when it is first needed; nil where it cannot be expressed.
    private(set) lazy var negative: Language? = makeNegative()
    private let makeNegative: () -> Language?
    private var known: [[UInt8]: Bool] = [:]

    init(_ positive: Language, negative: @escaping () -> Language?) {
        self.positive = positive
        makeNegative = negative
    }

    /// Strings, the others of which are all other strings.
    convenience init(strings positive: Language) {
        self.init(positive) { .both([JSONText.canonicalInside, .except(positive)]) }
    }

    func contains(_ text: [UInt8], _ probe: LanguageProbe) -> Bool {
        if let isMember = known[text] { return isMember }
        let isMember = probe.contains(text, in: positive)
        known[text] = isMember
        return isMember
    }

    static func == (a: Texts, b: Texts) -> Bool { a === b }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Which keys a keyword speaks of: those that match one of the patterns or are one of the names, or all others.
struct KeySet: Hashable {
    /// In the order of the schema.
    var names: [Name] = []
    var patterns: [Texts] = []
    var isComplement = false
}

struct Bounds: Hashable {
    var minimum = 0
    var maximum: Int?

    static let any = Bounds()

    var isEmpty: Bool { maximum.map { $0 < minimum } ?? false }

    func intersection(_ other: Bounds) -> Bounds {
        Bounds(
            minimum: max(minimum, other.minimum),
            maximum: maximum.map { min($0, other.maximum ?? $0) } ?? other.maximum
        )
    }

    /// All other counts.
    var complement: [Bounds] {
        (minimum > 0 ? [Bounds(maximum: minimum - 1)] : []) + (maximum.map { [Bounds(minimum: $0 + 1)] } ?? [])
    }
}

/// One demand on values of one type; values of other types meet it.
indirect enum Assertion: Hashable {
    case kinds(Kinds)
    case boolean(Bool)
    case number(Texts, isNegative: Bool)
    case string(Texts, isNegative: Bool)
    case has(Name)
    case lacks(Name)
    /// The value of the key, if it is there.
    case property(Name, Condition)
    /// The values of all these keys.
    case keys(KeySet, Condition)
    /// The value of at least one of these keys.
    case someKey(KeySet, Condition)
    /// All keys, as strings.
    case keyNames(Condition)
    /// At least one key, as a string.
    case someKeyName(Condition)
    case propertyCount(Bounds)
    /// The item at an index, if it is there.
    case item(Int, Condition)
    /// All items from an index on.
    case items(Int, Condition)
    /// So many of the items from an index on.
    case contains(Int, Condition, Bounds)
    case length(Bounds)
    /// No two items are equal.
    case unique

    /// The type it speaks of; nil for `kinds`.
    var kind: Kinds? {
        switch self {
        case .kinds: nil
        case .boolean: .boolean
        case .number: .number
        case .string: .string
        case .has, .lacks, .property, .keys, .someKey, .keyNames, .someKeyName, .propertyCount: .object
        case .item, .items, .contains, .length, .unique: .array
        }
    }
}

/// What a schema demands of a value, in negation normal form but for references.
indirect enum Condition: Hashable {
    case always
    case never
    case all([Condition])
    case any([Condition])
    /// Exactly one.
    case one([Condition])
    case assertion(Assertion)
    /// The schema at a node of the document, or its negation: looked up when it is needed, so that schemas can recur.
    case schema(Int, isNegative: Bool)

    static func kinds(_ kinds: Kinds) -> Condition { .assertion(.kinds(kinds)) }

    /// A type and a demand on it.
    static func typed(_ kind: Kinds, _ assertions: [Assertion]) -> Condition {
        .conjunction([.kinds(kind)] + assertions.map(Condition.assertion))
    }

    static func conjunction(_ parts: [Condition]) -> Condition {
        var flat: [Condition] = []
        var seen: Set<Condition> = [.always]
        func add(_ part: Condition) {
            if case .all(let inner) = part { return inner.forEach(add) }
            if seen.insert(part).inserted { flat.append(part) }
        }
        parts.forEach(add)
        let isContradiction =
            seen.contains(.never)
            || flat.contains {
                guard case .schema(let node, let isNegative) = $0 else { return false }
                return seen.contains(.schema(node, isNegative: !isNegative))
            }
        if isContradiction { return .never }
        return flat.isEmpty ? .always : flat.count == 1 ? flat[0] : .all(flat)
    }

    static func disjunction(_ parts: [Condition]) -> Condition {
        var flat: [Condition] = []
        var seen: Set<Condition> = [.never]
        func add(_ part: Condition) {
            if case .any(let inner) = part { return inner.forEach(add) }
            if seen.insert(part).inserted { flat.append(part) }
        }
        parts.forEach(add)
        if seen.contains(.always) { return .always }
        return flat.isEmpty ? .never : flat.count == 1 ? flat[0] : .any(flat)
    }
}
