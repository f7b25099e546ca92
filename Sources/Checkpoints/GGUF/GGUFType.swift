/// The tensor formats of GGUF files by their number.
///
/// Source: `enum ggml_type` and the block sizes in gguf 0.19.0, `constants.py`.
enum GGUFType {
    static let formats: [UInt32: TensorFormat] = [
        0: .plain(.f32), 1: .plain(.f16), 2: .blocks(.q40), 3: .blocks(.q41), 6: .blocks(.q50), 7: .blocks(.q51),
        8: .blocks(.q80), 9: .opaque(name: "Q8_1", count: 32, byteCount: 40), 10: .blocks(.q2k), 11: .blocks(.q3k),
        12: .blocks(.q4k), 13: .blocks(.q5k), 14: .blocks(.q6k), 15: .opaque(name: "Q8_K", count: 256, byteCount: 292),
        16: .opaque(name: "IQ2_XXS", count: 256, byteCount: 66), 17: .opaque(name: "IQ2_XS", count: 256, byteCount: 74),
        18: .opaque(name: "IQ3_XXS", count: 256, byteCount: 98), 19: .opaque(name: "IQ1_S", count: 256, byteCount: 50),
        20: .blocks(.iq4nl), 21: .opaque(name: "IQ3_S", count: 256, byteCount: 110),
        22: .opaque(name: "IQ2_S", count: 256, byteCount: 82), 23: .blocks(.iq4xs), 24: .plain(.i8), 25: .plain(.i16),
        26: .plain(.i32), 27: .plain(.i64), 28: .plain(.f64), 29: .opaque(name: "IQ1_M", count: 256, byteCount: 56),
        30: .plain(.bf16), 34: .opaque(name: "TQ1_0", count: 256, byteCount: 54),
        35: .opaque(name: "TQ2_0", count: 256, byteCount: 66), 39: .opaque(name: "MXFP4", count: 32, byteCount: 17),
    ]

    /// The format of a number, also of one that is not in the table.
    static func format(_ number: UInt32) -> TensorFormat {
        formats[number] ?? .opaque(name: "type \(number)", count: 1, byteCount: 0)
    }

    /// Names of the formats that ``Tensor/floats(in:checkingFinite:)`` reads, apart from F64.
    static let readable: [String] = formats.sorted { $0.key < $1.key }.compactMap {
        switch $0.value {
        case .plain(.f32), .plain(.f16), .plain(.bf16), .blocks: $0.value.name
        case .plain, .opaque: nil
        }
    }
}
