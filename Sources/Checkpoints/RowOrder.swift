/// In which order the rows of a tensor lie in the file.
package enum RowOrder: Sendable, Hashable {
    case stored
    /// Rows of each head in the order of interleaved rotary embedding, (0, n/2, 1, n/2 + 1, …) of the order that
    /// everything here expects, in which the two halves of a head rotate together. `headSize` is even.
    case interleaved(headSize: Int)

    /// The row of the file that holds a row of the tensor.
    func storedRow(_ row: Int) -> Int {
        switch self {
        case .stored: return row
        case .interleaved(let size):
            let (first, place) = (row / size * size, row % size)
            return first + (place < size / 2 ? 2 * place : 2 * (place - size / 2) + 1)
        }
    }

    /// The row of the tensor that lies in a row of the file.
    package func row(stored: Int) -> Int {
        switch self {
        case .stored: return stored
        case .interleaved(let size):
            let (first, place) = (stored / size * size, stored % size)
            return first + place / 2 + (place % 2) * (size / 2)
        }
    }
}
