/// Uninitialised-once, zero-filled memory for floats, aligned to a cache line. Owner frees it; no bounds checks beyond
/// `subscript`, the kernels work on ``base``.
package final class FloatBuffer {
    package let base: UnsafeMutablePointer<Float>
    package let count: Int

    package init(count: Int) {
        let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4 + 64, alignment: 64)
        raw.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 1) * 4 + 64)
        base = raw.bindMemory(to: Float.self, capacity: max(count, 1) + 16)
        self.count = count
    }

    package convenience init(_ values: [Float]) {
        self.init(count: values.count)
        values.withUnsafeBufferPointer {
            if let source = $0.baseAddress { base.update(from: source, count: values.count) }
        }
    }

    deinit { base.deallocate() }

    package subscript(index: Int) -> Float {
        get {
            precondition(index >= 0 && index < count)
            return base[index]
        }
        set {
            precondition(index >= 0 && index < count)
            base[index] = newValue
        }
    }

    package var array: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

    package func zero() { base.update(repeating: 0, count: count) }
}
