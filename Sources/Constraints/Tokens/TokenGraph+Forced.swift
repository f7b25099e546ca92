extension TokenGraph {
    /// The byte that comes next whatever is chosen; nil where the text may end or go on in several ways. 256 steps at first,
    /// then a look-up.
    mutating func forcedByte(_ state: State) throws -> UInt8? {
        if let known = forced[state] { return known >= 0 ? UInt8(known) : nil }
        forced[state] = -1
        guard !recogniser.isAccepting(state) else { return nil }
        recogniser.refill()
        var only: UInt8?
        for byte in UInt8.min...UInt8.max {
            let next = try recogniser.next(state, byte)
            guard next != Recogniser.dead else { continue }
            if only != nil { return nil }
            only = byte
        }
        if let only { forced[state] = Int16(only) }
        return only
    }
}
