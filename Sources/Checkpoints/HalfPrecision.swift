/// Sixteen-bit floating-point formats, with integer arithmetic only: no dependence on rounding or flush-to-zero modes.
package enum HalfPrecision {
    /// The bfloat16 nearest to `value`, ties to even; infinities stay, a NaN stays a NaN (quiet, sign and upper payload
    /// kept).
    package static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if bits & 0x7FFF_FFFF > 0x7F80_0000 {
            // Rounding could carry a NaN into infinity; the quiet bit keeps the payload from vanishing.
            return UInt16(bits >> 16) | 0x0040
        }
        return UInt16((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
    }

    /// The float16 nearest to `value`, ties to even; beyond 65520 infinity. A NaN stays a NaN (quiet, sign and upper
    /// payload kept).
    package static func float16(_ value: Float) -> UInt16 {
        let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16 & 0x8000)
        let bits = value.bitPattern & 0x7FFF_FFFF
        if bits > 0x7F80_0000 { return sign | 0x7E00 | UInt16(bits >> 13 & 0x3FF) }
        if bits >= 0x4780_0000 { return sign | 0x7C00 }
        if bits >= 0x3880_0000 {
            return sign | UInt16((bits + 0xFFF + (bits >> 13 & 1) - 112 << 23) >> 13)
        }
        // Subnormal: a multiple of 2^-24, of which values below a half become zero.
        let shift = 126 - (bits >> 23)
        guard shift <= 24 else { return sign }
        let fraction = bits & 0x7F_FFFF | 0x80_0000
        return sign | UInt16((fraction + (1 << (shift - 1) - 1) + (fraction >> shift & 1)) >> shift)
    }

    /// Exact.
    package static func float(bfloat16 bits: UInt16) -> Float {
        Float(bitPattern: UInt32(bits) << 16)
    }

    /// Exact; a NaN stays a NaN.
    package static func float(float16 bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10 & 0x1F)
        let fraction = UInt32(bits & 0x3FF)
        if exponent == 0x1F { return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13) }
        if exponent != 0 { return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13) }
        if fraction == 0 { return Float(bitPattern: sign) }
        // Subnormal: fraction * 2^-24, normalised.
        let shift = UInt32(fraction.leadingZeroBitCount - 21)
        return Float(bitPattern: sign | (113 - shift) << 23 | (fraction << shift & 0x3FF) << 13)
    }
}
