import Cinnabar
import Foundation

/// Draws a canvas on the terminal, each state over the last one: final text plain, decided tokens by confidence, masks
/// as blocks.
struct CanvasScreen {
    private let before: String
    private let behind: String
    private var lines = 0

    /// Shows at most the last lines of the text before the hole and the first lines behind it.
    init(before: String, behind: String) {
        self.before = before.split(separator: "\n", omittingEmptySubsequences: false).suffix(6).joined(separator: "\n")
        self.behind = behind.split(separator: "\n", omittingEmptySubsequences: false).prefix(4).joined(separator: "\n")
    }

    mutating func draw(_ state: CanvasState) {
        let dim = "\u{1B}[2m"
        let plain = "\u{1B}[0m"
        var text = dim + before + plain + state.text
        for cell in state.canvas {
            switch cell.status {
            case .masked: text += "\u{1B}[90m▒\(plain)"
            case .decided, .fixed:
                // Green is sure, yellow is not; what changed in this step is underlined.
                let colour = cell.confidence > 0.9 ? 32 : cell.confidence > 0.6 ? 36 : 33
                text += "\u{1B}[\(colour)\(cell.change == nil ? "" : ";4")m\(cell.text)\(plain)"
            }
        }
        text += dim + behind + plain + "\n" + dim + "forward \(state.forwards)" + plain
        erase()
        lines = text.count { $0 == "\n" } + 1
        write(text + "\n")
        // Forwards of a small model are faster than the eye.
        usleep(40_000)
    }

    /// Removes the drawing.
    mutating func clear() {
        erase()
        lines = 0
    }

    private func erase() {
        if lines > 0 { write("\u{1B}[\(lines)A\u{1B}[0J") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
