package import Common

/// The open stretch of text: `cells[i]` stands at absolute position `start + i`. A value; it knows no network.
package struct Canvas: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Codable {
        case masked
        /// Written, still open to edits and remasks.
        case decided
        /// Given from outside.
        case pinned
        /// Written and never to change again.
        case locked
    }

    package struct Cell: Sendable, Hashable, Codable {
        package var token: TokenID
        package var state: State
        /// Probability of the token when it was written; 0 for a mask.
        package var confidence: Float = 0
        /// What the detector last said of the token; nil until a forward has seen it.
        package var correctness: Float?
        /// Forwards that have seen the token and left it.
        package var survived = 0
        /// Edits and remasks so far.
        package var changes = 0
        package var remasks = 0
        /// Tokens that stood here and were taken away, with their last probability.
        package var abandoned: [Abandoned] = []

        package init(token: TokenID, state: State) {
            self.token = token
            self.state = state
        }

        package var isFixed: Bool { state == .pinned || state == .locked }
    }

    package struct Abandoned: Sendable, Hashable, Codable {
        package var token: TokenID
        package var probability: Double
    }

    /// Absolute position of the first cell.
    package private(set) var start: Int
    package var cells: [Cell]
    /// Rises by one with each forward whose writes were applied.
    package internal(set) var version = 0
    /// Forwards over a canvas without masks since the counters were last reset.
    package var extraSteps = 0
    /// Revision rounds since the counters were last reset.
    package var revisions = 0
    /// Cells at the front that may leave, if the causal stream agrees.
    package var ready = 0
    /// Tokens committed since the counters were last reset; they are reset every canvas length.
    private var advanced = 0

    package init(start: Int, cells: [Cell] = []) {
        self.start = start
        self.cells = cells
    }

    package var count: Int { cells.count }
    /// Absolute position behind the last cell.
    package var end: Int { start + cells.count }
    package var tokens: [TokenID] { cells.map(\.token) }

    /// The cells that count: all of them, or those up to and with the first decided end marker.
    package func horizon(_ options: DecodingOptions) -> Int {
        endMarker(options).map { $0 + 1 } ?? cells.count
    }

    /// Index of the first visible end marker.
    package func endMarker(_ options: DecodingOptions) -> Int? {
        cells.firstIndex { $0.state != .masked && options.isEnd($0.token) }
    }

    /// Nothing that counts is masked.
    package func isComplete(_ options: DecodingOptions) -> Bool {
        !cells.prefix(horizon(options)).contains { $0.state == .masked }
    }

    /// Cells before the first mask, or all.
    package var decidedFront: Int {
        cells.firstIndex { $0.state == .masked } ?? cells.count
    }

    /// Indices whose predictions the policy needs: all that count and may change.
    package func wanted(_ options: DecodingOptions) -> [Int] {
        (0..<horizon(options)).filter { !cells[$0].isFixed }
    }

    /// What the network sees: behind the end marker only masks, as in training.
    package func input(_ options: DecodingOptions) -> [TokenID] {
        let horizon = horizon(options)
        return cells.indices.map { index in
            index < horizon || cells[index].isFixed ? cells[index].token : options.maskToken
        }
    }

    /// Takes the first `count` tokens off the front.
    package mutating func commit(_ count: Int, canvasLength: Int) -> [TokenID] {
        let tokens = cells.prefix(count).map(\.token)
        cells.removeFirst(count)
        start += count
        ready = max(0, ready - count)
        advanced += count
        if advanced >= canvasLength {
            advanced %= canvasLength
            (extraSteps, revisions) = (0, 0)
        }
        return tokens
    }

    /// Takes masks off the end, as far as absolute position `position`; what was written once keeps its history.
    package mutating func dropMasks(from position: Int) {
        while end > position, let last = cells.last, last.state == .masked, last.changes == 0 { cells.removeLast() }
    }

    /// Appends cells until the canvas has `length` of them or reaches `limit`: pins, then drafts, then masks.
    package mutating func extend(
        to length: Int,
        limit: Int,
        mask: TokenID,
        pins: [Int: TokenID] = [:],
        draft: (_ position: Int) -> TokenID? = { _ in nil }
    ) {
        while cells.count < length, end < limit {
            if let pin = pins[end] {
                cells.append(Cell(token: pin, state: .pinned))
            } else if let token = draft(end) {
                cells.append(Cell(token: token, state: .decided))
            } else {
                cells.append(Cell(token: mask, state: .masked))
            }
        }
    }
}
