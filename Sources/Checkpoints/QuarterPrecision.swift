/// Eight-bit floating-point formats (OCP 8-bit Floating Point Specification, revision 1.0, table 1).
package enum QuarterPrecision {
    /// Four bits of exponent (bias 7), three of fraction: no infinities, the largest number is 448, only the code of all ones is
    /// a NaN. Exact.
    package static func float(e4m3 bits: UInt8) -> Float {
        let sign = UInt32(bits & 0x80) << 24
        let exponent = UInt32(bits >> 3 & 0xF)
        let fraction = UInt32(bits & 0x7)
        if bits & 0x7F == 0x7F { return Float(bitPattern: sign | 0x7FC0_0000) }
        if exponent != 0 { return Float(bitPattern: sign | (exponent + 120) << 23 | fraction << 20) }
        // Subnormal: fraction * 2^-9.
        let magnitude = Float(fraction) * 0x1p-9
        return Float(bitPattern: sign | magnitude.bitPattern)
    }

    /// Five bits of exponent (bias 15), two of fraction: the upper half of a float16, infinities and NaNs included. Exact.
    package static func float(e5m2 bits: UInt8) -> Float {
        HalfPrecision.float(float16: UInt16(bits) << 8)
    }
}
