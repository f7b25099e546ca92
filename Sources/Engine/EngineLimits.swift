/// Bounds of an engine.
package struct EngineLimits: Sendable, Hashable {
    /// Rows of a forward beyond which nobody else joins it. What one text adds is bounded by its own options.
    package var rows = 256
    /// Bytes of keys and values that are kept for texts to come.
    package var prefixMemory = 256 << 20

    package init() {}
}

/// What an engine has done.
package struct EngineCounters: Sendable, Hashable {
    /// Network calls, items in them, and their rows.
    package private(set) var forwards = 0
    package private(set) var items = 0
    package private(set) var rows = 0
    /// Keys and values that are kept for texts to come.
    package var prefixBytes = 0

    package init() {}

    mutating func note(_ items: Int, rows: Int) {
        forwards += 1
        self.items += items
        self.rows += rows
    }
}
