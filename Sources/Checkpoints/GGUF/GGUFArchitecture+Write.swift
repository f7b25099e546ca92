import Common

/// What writing a file needs to know; the reverse of ``GGUFWeights``.
extension GGUFArchitecture {
    /// Where a tensor of Hugging Face's name goes.
    package struct Place: Sendable, Hashable {
        package let name: String
        /// Number among the experts whose matrices the tensor holds together; nil for a tensor alone.
        package let expert: Int?
    }

    /// The architecture of a released model.
    ///
    /// - Throws: `unsupported` for one that llama.cpp does not know.
    package init(named architectures: [String]) throws {
        guard let known = Self.all.first(where: { architectures.contains($0.className) }) else {
            throw CinnabarError(
                .unsupported,
                "llama.cpp has no architecture for \(architectures.joined(separator: ", "))",
                hint: "it has them for \(Self.all.map(\.className).joined(separator: ", ")); write a folder instead"
            )
        }
        self = known
    }

    /// - Parameter usual: such as `model.layers.3.self_attn.q_proj.weight`.
    package func place(of usual: String) -> Place? {
        var parts = usual.split(separator: ".").map(String.init)
        guard let kind = parts.popLast(), kind == "weight" || kind == "bias" else { return nil }
        if let own = Self.tensorNames.first(where: { $0.value == parts.joined(separator: ".") })?.key {
            return Place(name: "\(own).\(kind)", expert: nil)
        }
        guard parts.count > 3, parts[0] == "model", parts[1] == "layers" else { return nil }
        var expert: Int?
        if let index = parts.firstIndex(of: "experts"), index + 1 < parts.count {
            expert = Int(parts[index + 1])
            parts[index + 1] = "*"
        }
        let leaf = parts.dropFirst(3).joined(separator: ".")
        guard let own = Self.layerTensorNames.first(where: { $0.value == leaf })?.key else { return nil }
        return Place(name: "blk.\(parts[2]).\(own).\(kind)", expert: expert)
    }

    /// Whether the weights of chosen experts are made to sum to 1: llama.cpp's code says so, whatever a file does.
    package var normalizesExperts: Bool { defaults["norm_topk_prob"] == .flag(true) }

    /// The order in which the rows of a tensor are written.
    ///
    /// - Parameters:
    ///   - name: the file's.
    ///   - headSize: rows of a head.
    package func rowOrder(of name: String, headSize: Int) -> RowOrder {
        let leaf = name.split(separator: ".").dropFirst(2).first.map(String.init) ?? ""
        return isInterleaved && Self.headCounts[leaf] != nil ? .interleaved(headSize: headSize) : .stored
    }

    /// The pairs of metadata for values of a config.json with the usual keys.
    package func metadata(_ values: [String: GGUFConfiguration.Value]) -> [(key: String, value: GGUFValue)] {
        GGUFConfiguration.rows.compactMap { row in
            guard let value = (values[row.name] ?? renamed[row.name].flatMap { values[$0] })?.stored else { return nil }
            return (row.key.hasPrefix(".") ? name + row.key : row.key, value)
        }
    }
}

extension GGUFConfiguration.Value {
    /// Nil for what no key holds.
    fileprivate var stored: GGUFValue? {
        switch self {
        case .integer(let value): UInt32(exactly: value).map(GGUFValue.uint32)
        case .number(let value): .float32(Float(value))
        case .flag(let value): .bool(value)
        case .text(let value): .string(value)
        case .list, .object: nil
        }
    }
}
