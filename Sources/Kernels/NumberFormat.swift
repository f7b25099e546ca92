package import CKernels

/// How the operands of a matrix product are stored. Sums are fp32, of int8 exact.
package enum NumberFormat: String, Sendable, Codable, CaseIterable {
    case fp32, bf16
    /// Each row of both operands has a scale of its own: rows of weights once, activations when they are packed. For
    /// decoding only.
    case int8
    /// Weights in groups of 64 that share a scale, activations as in int8. For decoding only.
    case int4

    /// Operands are packed from rows only, rotated (``ck_table``'s `hadamard`), and rounded.
    package var isInteger: Bool { self == .int8 || self == .int4 }

    /// How keys and values are kept beside weights of this format.
    package var keyValues: NumberFormat { self == .fp32 ? .fp32 : .bf16 }

    package var packed: ck_format {
        switch self {
        case .fp32: CK_F32
        case .bf16: CK_BF16
        case .int8: CK_I8
        case .int4: CK_I4
        }
    }
}
