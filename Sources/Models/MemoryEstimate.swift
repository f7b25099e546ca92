import Common
package import Kernels

/// Bytes that a network takes in memory, told without loading it.
package struct MemoryEstimate: Sendable, Hashable {
    /// The packed weights.
    package let weights: Int
    /// Keys and values of each token of the context.
    package let perToken: Int
    /// Everything else that a forward needs, at most.
    package static let overhead = 64 << 20

    /// - Parameter format: of the weights.
    package init(_ c: ModelConfiguration, format: NumberFormat) {
        let layout = ParameterLayout(c)
        let heads = [layout.head, layout.embedding]
        weights = layout.tensors.reduce(0) { sum, tensor in
            guard tensor.isMatrix else { return sum + 4 * tensor.count }
            // As `NativeWeights` packs them.
            let format: NumberFormat =
                if heads.contains(tensor.offset) {
                    format.head
                } else if tensor.name.hasSuffix("mlp.gate.weight") || tensor.name.contains("transition.previous") {
                    .fp32
                } else if tensor.name.contains("transition.next") {
                    format.isInteger ? .bf16 : format
                } else {
                    format
                }
            return sum + PackedMatrix.byteCount(rows: tensor.shape[0], columns: tensor.shape[1], format: format)
        }
        let keys = KeyValues(width: c.headDimension, format: format.keyValues)
        perToken = 2 * c.layers * c.keyValueHeads * 4 * keys.words(KeyValues.tile) / KeyValues.tile
    }

    /// With a context of so many tokens.
    package func bytes(tokens: Int) -> Int { weights + tokens * perToken + Self.overhead }
}

extension MemoryEstimate {
    /// Refuses a model that would not fit, before anything is read.
    ///
    /// - Parameters:
    ///   - isMapped: its weights are packed: the system may drop them and read them again.
    ///   - free: bytes that can be had.
    /// - Throws: `resource` with the formats that would fit.
    package static func check(
        _ configuration: ModelConfiguration,
        format: NumberFormat,
        isMapped: Bool,
        free: Int? = nil,
        name: String
    ) throws {
        let free = free ?? (isMapped ? MachineMemory.total : MachineMemory.available)
        func needed(_ format: NumberFormat) -> Int { MemoryEstimate(configuration, format: format).bytes(tokens: 0) }
        func gigabytes(_ bytes: Int) -> String {
            let tenths = (bytes + 50_000_000) / 100_000_000
            return "\(tenths / 10).\(tenths % 10) GB"
        }
        guard needed(format) > free else { return }
        let smaller = isMapped ? [] : [NumberFormat.int8, .int4].filter { needed($0) <= free }
        throw CinnabarError(
            .resource,
            "\(name) needs \(gigabytes(needed(format))) in \(format.rawValue), of which the machine has \(gigabytes(free)) to give",
            hint: smaller.first.map { "--precision \($0.rawValue) needs \(gigabytes(needed($0)))" }
                ?? "use a smaller model or a machine with more memory"
        )
    }
}
