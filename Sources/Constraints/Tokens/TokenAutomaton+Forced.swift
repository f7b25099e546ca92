import Common
import Synchronization

/// What a left-to-right decoder asks of the automaton.
extension TokenAutomaton {
    /// The bytes that come next whatever is chosen; none where the text may end or go on in several ways.
    package func forcedBytes(_ state: State, atMost count: Int) throws -> [UInt8] {
        try graph.withLock { graph in
            var (bytes, state) = ([UInt8](), state)
            while bytes.count < count, let byte = try graph.forcedByte(state) {
                bytes.append(byte)
                state = try graph.recogniser.run(CollectionOfOne(byte), from: state)
            }
            return bytes
        }
    }

    /// The text ends here: it may, and no token can follow.
    package func isFinal(_ state: State) throws -> Bool {
        let edges = try edges(state)
        return edges.isAccepting && edges.targets.isEmpty
    }

    /// By group of the edges, whether the text can be ended within `count` tokens behind it; nil if it can behind all.
    package func alive(_ edges: TokenEdges, within count: Int) throws -> [Bool]? {
        try graph.withLock { graph in
            let alive = try edges.targets.map { try graph.isAlive($0, within: count) }
            return alive.allSatisfy(\.self) ? nil : alive
        }
    }
}

extension TokenEdges {
    /// Sets the logits of all tokens to minus infinity that may not follow, or whose group is not kept.
    package func forbidOthers(in logits: UnsafeMutableBufferPointer<Float>, keeping kept: [Bool]?) {
        for (index, word) in partition.words.enumerated() {
            let first = index << 6
            let end = min(first + 64, logits.count)
            if word == 0 {
                logits[first..<end].update(repeating: -.infinity)
            } else if word != ~0 {
                for token in first..<end where word & (1 << UInt64(token & 63)) == 0 { logits[token] = -.infinity }
            }
        }
        if partition.words.count << 6 < logits.count {
            logits[partition.words.count << 6..<logits.count].update(repeating: -.infinity)
        }
        guard let kept else { return }
        for token in logits.indices where logits[token] > -.infinity {
            let group = partition.group(of: TokenID(token))
            if group >= 0, !kept[group] { logits[token] = -.infinity }
        }
    }
}
