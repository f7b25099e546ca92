/// A binary heap whose order is given at each call (it may need tables that the heap does not hold); the same order at
/// every call, or the result is arbitrary.
struct BinaryHeap<Element: Sendable>: Sendable {
    private(set) var elements: [Element] = []

    mutating func removeAll() { elements.removeAll(keepingCapacity: true) }

    /// O(log n).
    @inline(__always)
    mutating func push(_ element: Element, before: (Element, Element) -> Bool) {
        elements.append(element)
        var index = elements.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard before(element, elements[parent]) else { break }
            elements[index] = elements[parent]
            index = parent
        }
        elements[index] = element
    }

    /// The first element in the order, which is removed. O(log n).
    @inline(__always)
    mutating func pop(before: (Element, Element) -> Bool) -> Element? {
        guard let first = elements.first, let last = elements.popLast() else { return nil }
        guard !elements.isEmpty else { return first }
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < elements.count else { break }
            if child + 1 < elements.count, before(elements[child + 1], elements[child]) { child += 1 }
            guard before(elements[child], last) else { break }
            elements[index] = elements[child]
            index = child
        }
        elements[index] = last
        return first
    }
}
