import Common

/// The arrays of one case.
struct ArrayForm {
    /// Demands on the item at an index.
    var items: [Int: [Condition]] = [:]
    /// Demands on all items from an index on.
    var rests: [(start: Int, condition: Condition)] = []
    var contains: [Contains] = []
    var length = Bounds.any
    var isUnique = false

    struct Contains {
        var start: Int
        var condition: Condition
        var bounds: Bounds
    }

    /// The index from which on all items are alike.
    var horizon: Int {
        max(items.keys.max().map { $0 + 1 } ?? 0, rests.map(\.start).max() ?? 0, contains.map(\.start).max() ?? 0)
    }

    func condition(at index: Int) -> Condition {
        .conjunction((items[index] ?? []) + rests.filter { $0.start <= index }.map(\.condition))
    }
}

extension SchemaCompiler {
    /// Most items that are each treated on their own.
    static let horizonLimit = 100

    /// Merges what holds together; nil where it contradicts itself.
    func arrayForm(_ assertions: Case) throws -> ArrayForm? {
        var form = ArrayForm()
        for assertion in assertions {
            switch assertion {
            case .item(let index, let condition): form.items[index, default: []].append(condition)
            case .items(let start, let condition): form.rests.append((start, condition))
            case .contains(let start, let condition, let bounds):
                form.contains.append(.init(start: start, condition: condition, bounds: bounds))
            case .length(let bounds): form.length = form.length.intersection(bounds)
            case .unique: form.isUnique = true
            default: break
            }
        }
        guard form.horizon <= Self.horizonLimit else {
            throw CinnabarError(
                .unsupported,
                "JSON Schema: more than \(Self.horizonLimit) items with a schema of their own are not supported"
            )
        }
        // The first item that can be nothing ends the array.
        for index in 0...form.horizon where index < form.length.maximum ?? .max {
            if try isEmpty(form.condition(at: index)) {
                form.length.maximum = index
                break
            }
        }
        for contained in form.contains {
            form.length.minimum = max(form.length.minimum, contained.bounds.minimum)
            if contained.bounds.isEmpty { return nil }
            if contained.bounds.minimum > 0, try isEmpty(contained.condition) { return nil }
        }
        form.contains.removeAll { $0.bounds == .any }
        return form.length.isEmpty ? nil : form
    }
}
