import CKernels

extension NetworkInput {
    /// The network's form of a training row: canvas tokens follow the clean ones, each seeing its own canvas and the
    /// clean tokens before its start.
    package init(_ row: TrainingRow) {
        self.init()
        cleanRows = row.tokens.count
        let canvasTokens = row.canvases.reduce(0) { $0 + $1.tokens.count }
        tokens.reserveCapacity(cleanRows + canvasTokens)
        for (i, token) in row.tokens.enumerated() {
            tokens.append(token)
            positions.append(Int32(i - row.segmentStart[i]))
            spans.append(
                ck_span(clean_lo: Int32(row.segmentStart[i]), clean_hi: Int32(i + 1), canvas_lo: 0, canvas_hi: 0)
            )
            guard row.nextTokenWeight[i] > 0 else { continue }
            targets.append(
                Target(
                    row: Int32(i),
                    token: row.tokens[i + 1],
                    weight: row.nextTokenWeight[i],
                    supervision: .next,
                    canvas: -1
                )
            )
        }
        var transitions: [Target] = []
        for (index, canvas) in row.canvases.enumerated() {
            let first = tokens.count
            for j in canvas.tokens.indices {
                let at = Int32(tokens.count)
                tokens.append(canvas.tokens[j])
                positions.append(Int32(canvas.start - canvas.segmentStart + j))
                spans.append(
                    ck_span(
                        clean_lo: Int32(canvas.segmentStart),
                        clean_hi: Int32(canvas.start),
                        canvas_lo: Int32(first),
                        canvas_hi: Int32(first + canvas.tokens.count)
                    )
                )
                let supervision: Supervision
                switch canvas.roles[j] {
                case .masked: supervision = .masked
                case .replaced: supervision = .replaced
                case .visible: supervision = .visible
                case .ignored: continue
                }
                targets.append(
                    Target(
                        row: at,
                        token: canvas.targets[j],
                        weight: 1,
                        supervision: supervision,
                        canvas: Int32(index)
                    )
                )
                if supervision != .masked {
                    verdicts.append(Verdict(row: at, isRight: supervision == .visible, weight: 1))
                } else if canvas.start + j > canvas.segmentStart {
                    transitions.append(
                        Target(
                            row: at,
                            token: canvas.targets[j],
                            weight: 1,
                            supervision: .transition,
                            canvas: Int32(index),
                            previous: j > 0 ? canvas.targets[j - 1] : row.tokens[canvas.start - 1]
                        )
                    )
                }
            }
        }
        targets += transitions
    }
}
