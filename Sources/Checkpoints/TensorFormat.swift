/// How the numbers of a tensor are stored: in units that hold one number or a block of them.
package enum TensorFormat: Sendable {
    case plain(DataType)
    case blocks(BlockFormat)
    /// A format that is not read. Its tensors can be listed; where even its size is not known, `byteCount` is 0.
    case opaque(name: String, count: Int, byteCount: Int)

    package var name: String {
        switch self {
        case .plain(let type): type.rawValue
        case .blocks(let format): format.name
        case .opaque(let name, _, _): name
        }
    }

    /// Numbers of a unit.
    package var unitCount: Int {
        switch self {
        case .plain: 1
        case .blocks(let format): format.count
        case .opaque(_, let count, _): count
        }
    }

    /// Bytes of a unit.
    package var unitBytes: Int {
        switch self {
        case .plain(let type): type.width
        case .blocks(let format): format.byteCount
        case .opaque(_, _, let byteCount): byteCount
        }
    }
}
