import CKernels
import Common

/// The rows of one forward: where each token of the batch sits and what it may see.
struct ForwardRows {
    struct Row {
        let token: TokenID
        /// In the text, for the rotation.
        let position: Int
        /// Among the clean tokens; of no meaning for a canvas row.
        let slot: Int
        let item: Int
        /// Number of clean keys it sees.
        let clean: Int
        /// Index into ``canvases``; -1 for a clean row.
        let canvas: Int
    }

    /// A canvas of the batch: its rows and its place in the canvas key buffer.
    struct Canvas {
        let firstRow: Int
        let count: Int
        /// First position in the buffer of canvas keys, a multiple of the tile.
        let slot: Int
    }

    /// Queries that share keys: some heads of some neighbouring rows, for each key-value head.
    struct Queries {
        let rows: Range<Int>
        /// Among the query heads that read one key-value head.
        let heads: Range<Int>
    }

    private(set) var rows: [Row] = []
    private(set) var canvases: [Canvas] = []
    /// Wanted rows in the order of the predictions, and the range of each item.
    private(set) var wanted: [Int] = []
    private(set) var wantedRanges: [Range<Int>] = []
    private(set) var canvasSlots = 0
    /// Of each item.
    private let blockPhases: [Int]

    /// - Throws: if an item does not fit its context or names rows that do not exist.
    init<Cache>(_ items: [ForwardItem<Cache>], configuration c: ModelConfiguration) throws {
        blockPhases = items.map(\.blockPhase)
        for (number, item) in items.enumerated() {
            let start = item.cache.length
            let firstWanted = wanted.count
            let firstRow = rows.count
            for (i, token) in item.clean.enumerated() {
                let visible = c.variant.attention.visible(
                    from: start + i,
                    committed: start + item.clean.count,
                    blockPhase: item.blockPhase
                )
                let position = item.positions.map { $0.indices.contains(i) ? $0[i] : -1 } ?? start + i
                try add(token, position: position, slot: start + i, item: number, clean: visible, canvas: -1, c)
            }
            let shiftsClean = c.variant.shiftsLogits && c.variant.attention == .full
            for (order, index) in item.wantedClean.enumerated() {
                guard item.clean.indices.contains(index), order == 0 || item.wantedClean[order - 1] < index else {
                    throw Self.badRow(index, item.clean.count)
                }
                wanted.append(firstRow + (shiftsClean ? max(0, index - 1) : index))
            }
            for canvas in item.canvases {
                guard canvas.start >= 0, canvas.start <= start + item.clean.count else {
                    throw CinnabarError(
                        .invalidArgument,
                        "a canvas starts at \(canvas.start), after the \(start + item.clean.count) committed tokens"
                    )
                }
                let first = rows.count
                for (i, token) in canvas.tokens.enumerated() {
                    try add(
                        token,
                        position: canvas.position + i,
                        slot: canvas.start + i,
                        item: number,
                        clean: canvas.start,
                        canvas: canvases.count,
                        c
                    )
                }
                for (order, index) in canvas.wanted.enumerated() {
                    guard canvas.tokens.indices.contains(index), order == 0 || canvas.wanted[order - 1] < index else {
                        throw Self.badRow(index, canvas.tokens.count)
                    }
                    wanted.append(first + (c.variant.shiftsLogits ? max(0, index - 1) : index))
                }
                canvases.append(Canvas(firstRow: first, count: canvas.tokens.count, slot: canvasSlots))
                let tile = KeyValues.tile
                canvasSlots += (canvas.tokens.count + tile - 1) / tile * tile
            }
            wantedRanges.append(firstWanted..<wanted.count)
        }
    }

    /// The neighbouring rows that share a block of so many positions of one text, each whole block that has a row in `range`.
    func blocks(of size: Int, overlapping range: Range<Int>) -> [Range<Int>] {
        func place(_ row: Int) -> (Int, Int, Int) {
            let row = rows[row]
            return (row.item, row.canvas, (row.position + blockPhases[row.item]) / size)
        }
        var blocks: [Range<Int>] = []
        var first = range.lowerBound
        while first > 0, first < range.upperBound, place(first - 1) == place(first) { first -= 1 }
        while first < range.upperBound {
            var end = first + 1
            while end < rows.count, place(end) == place(first) { end += 1 }
            blocks.append(first..<end)
            first = end
        }
        return blocks
    }

    /// The queries of some rows, as many together as a call of the kernel takes: they load their keys once.
    func queries(in range: Range<Int>, heads: Int) -> [Queries] {
        let most = Int(CK_QUERIES)
        var queries: [Queries] = []
        var first = range.lowerBound
        while first < range.upperBound {
            var end = first + 1
            while end < range.upperBound, end - first < most / heads, rows[end].item == rows[first].item,
                rows[end].canvas == rows[first].canvas
            {
                end += 1
            }
            for head in stride(from: 0, to: heads, by: most) {
                queries.append(Queries(rows: first..<end, heads: head..<min(head + most, heads)))
            }
            first = end
        }
        return queries
    }

    private mutating func add(
        _ token: TokenID,
        position: Int,
        slot: Int,
        item: Int,
        clean: Int,
        canvas: Int,
        _ c: ModelConfiguration
    ) throws {
        guard token >= 0, Int(token) < c.vocabularySize else {
            throw CinnabarError(.invalidArgument, "token \(token) is outside the vocabulary of \(c.vocabularySize)")
        }
        guard position >= 0, max(position, slot) < c.contextLength else {
            throw CinnabarError(
                .contextLength,
                "position \(position) is beyond the context of \(c.contextLength) tokens",
                hint: "shorten the prompt or ask for fewer tokens"
            )
        }
        rows.append(Row(token: token, position: position, slot: slot, item: item, clean: clean, canvas: canvas))
    }

    private static func badRow(_ index: Int, _ count: Int) -> CinnabarError {
        CinnabarError(.invalidArgument, "row \(index) is wanted of \(count) rows, or out of order")
    }
}
