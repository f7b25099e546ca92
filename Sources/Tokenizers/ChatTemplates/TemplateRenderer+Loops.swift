extension TemplateRenderer {
    /// A running loop. The items that its test lets through are found one by one, as late as possible, since the body may
    /// change what the test looks at.
    struct Loop {
        var items: [PythonValue]
        var cursor = 0
        var test: (condition: TemplateExpression, target: TemplateTarget, scope: Scope)?
        var index = -1
        /// How many items there are, once that is known.
        var length: Int?
        var previous: PythonValue?
        var current: PythonValue?
        /// The item after this one, once it was looked for.
        var peeked: PythonValue??
        /// What `loop.changed` was last called with.
        var changed: [PythonValue?]?
    }

    func execute(_ loop: TemplateLoop) throws -> Flow {
        let items = try iterate(evaluate(loop.iterable))
        let outer = scope
        let place = loops.count
        let test = loop.test.map { (condition: $0, target: loop.target, scope: outer) }
        loops.append(Loop(items: items, test: test, length: test == nil ? items.count : nil))
        defer { loops.removeSubrange(place...) }
        // Jinja runs `else` where no pass reached the end of the body, also if all of them were left by `continue` or `break`.
        var (hasCompleted, isFinished) = (false, false)
        while !isFinished, let item = try advance(place) {
            try charge()
            let flow = try within(Scope(in: outer)) {
                try assign(loop.target, item)
                scope.variables[Text("loop")] = .loop(place)
                return try execute(loop.body)
            }
            if flow == .next { hasCompleted = true }
            isFinished = flow == .breakLoop
        }
        return try hasCompleted ? .next : within(Scope(in: outer)) { try execute(loop.otherwise) }
    }

    private func advance(_ place: Int) throws -> PythonValue? {
        guard let next = try peek(place) else { return nil }
        loops[place].peeked = nil
        loops[place].index += 1
        loops[place].previous = loops[place].current
        loops[place].current = next
        return next
    }

    private func peek(_ place: Int) throws -> PythonValue? {
        if let peeked = loops[place].peeked { return peeked }
        let next = try search(place)
        loops[place].peeked = .some(next)
        return next
    }

    /// The next item that passes the test.
    private func search(_ place: Int) throws -> PythonValue? {
        while loops[place].cursor < loops[place].items.count {
            let item = loops[place].items[loops[place].cursor]
            loops[place].cursor += 1
            guard let test = loops[place].test else { return item }
            try charge()
            let passes = try within(Scope(in: test.scope)) {
                try assign(test.target, item)
                return try isTrue(evaluate(test.condition))
            }
            if passes { return item }
        }
        return nil
    }

    /// Tests all items that are left.
    private func length(_ place: Int) throws -> Int {
        if let length = loops[place].length { return length }
        let peeked = try peek(place)
        var rest: [PythonValue] = []
        while let item = try search(place) { rest.append(item) }
        loops[place].items = rest
        loops[place].cursor = 0
        loops[place].test = nil
        let length = loops[place].index + 1 + (peeked == nil ? 0 : 1) + rest.count
        loops[place].length = length
        return length
    }

    private func running(_ place: Int) throws -> Loop {
        guard place < loops.count else { throw TemplateFault("the loop has ended") }
        return loops[place]
    }

    /// `loop.name`, nil if there is none.
    func attribute(ofLoop place: Int, _ name: Text) throws -> PythonValue? {
        let loop = try running(place)
        switch name.string {
        case "index": return .integer(loop.index + 1)
        case "index0": return .integer(loop.index)
        case "revindex": return .integer(try length(place) - loop.index)
        case "revindex0": return .integer(try length(place) - loop.index - 1)
        case "length": return .integer(try length(place))
        case "first": return .boolean(loop.index == 0)
        case "last": return .boolean(try peek(place) == nil)
        case "previtem": return loop.index == 0 ? .undefined(because: "there is no previous item") : loop.previous
        case "nextitem": return try peek(place) ?? .undefined(because: "there is no next item")
        case "depth": return .integer(1)
        case "depth0": return .integer(0)
        case "cycle", "changed": return .method(.loop(place), name)
        default: return nil
        }
    }

    func cycle(_ place: Int, _ values: [PythonValue?]) throws -> PythonValue {
        let index = try running(place).index
        guard !values.isEmpty, let value = values[index % values.count] else {
            throw TemplateFault("loop.cycle has no items")
        }
        return value
    }

    /// Whether the values differ from those of the last call.
    func changed(_ place: Int, _ values: [PythonValue?]) throws -> PythonValue {
        guard try running(place).changed != values else { return .boolean(false) }
        loops[place].changed = values
        return .boolean(true)
    }
}
