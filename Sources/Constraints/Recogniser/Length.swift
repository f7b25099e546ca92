/// Lengths of shortest strings, as 32-bit numbers that saturate.
enum Length {
    /// There is no string.
    static let none = Int32.max
    /// Too long to be written, however long exactly.
    static let far: Int32 = 1 << 30

    static func sum(_ a: Int32, _ b: Int32) -> Int32 {
        a == none || b == none ? none : min(far, a &+ b)
    }

    static func product(_ a: Int32, _ times: Int32) -> Int32 {
        if times == 0 { return 0 }
        return a == none ? none : Int32(min(Int(far), Int(a) * Int(times)))
    }
}
