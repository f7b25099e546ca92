/// A priority queue for small whole numbers that hardly ever fall below the last one taken.
struct BucketQueue {
    private var buckets: [[Int32]] = []
    private var base: Int?
    private var cursor = 0

    /// - Parameter priority: at most 2^22 above the first one pushed, or the element is dropped.
    /// - Returns: whether it was kept.
    mutating func push(_ element: Int32, priority: Int32) -> Bool {
        let base = base ?? Int(priority)
        self.base = base
        let index = max(0, Int(priority) - base)
        guard index <= 1 << 22 else { return false }
        while buckets.count <= index { buckets.append([]) }
        buckets[index].append(element)
        cursor = min(cursor, index)
        return true
    }

    mutating func pop() -> Int32? {
        while cursor < buckets.count {
            if let element = buckets[cursor].popLast() { return element }
            cursor += 1
        }
        return nil
    }
}
