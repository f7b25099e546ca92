import Common

/// What is known so far of a grammar's states over the tokens of a vocabulary. Not shared: ``TokenAutomaton`` guards it.
struct TokenGraph: Sendable {
    typealias State = Recogniser.State

    /// A way to end the text: how many tokens, and the first of them (-1 if none is needed).
    struct Closing: Sendable, Hashable {
        var count: Int32
        var token: TokenID
        /// No text that ends is shorter.
        var isShortest: Bool
    }

    let vocabulary: VocabularyTrie
    let limits: TokenAutomaton.Limits
    var recogniser: Recogniser
    private var edgesOf: [State: TokenEdges] = [:]
    private var partitions: Set<TokenPartition> = []
    private var memory = 0
    /// By state, the only byte that may come next; -1 if there is none.
    var forced: [State: Int16] = [:]
    var closings: [State: Closing] = [:]
    /// Lower bounds of the shortest closing, from searches that found none.
    var atLeast: [State: Int32] = [:]
    /// States whose shortest text no tokens spell.
    var unspellable: Set<State> = []
    // Scratch of a walk.
    private var stack: [State]
    private var groupOf: [Int32]

    init(_ recogniser: Recogniser, _ vocabulary: VocabularyTrie, limits: TokenAutomaton.Limits) {
        (self.recogniser, self.vocabulary, self.limits) = (recogniser, vocabulary, limits)
        stack = Array(repeating: Recogniser.dead, count: vocabulary.longest + 1)
        groupOf = Array(repeating: -1, count: vocabulary.size)
    }

    /// States with known edges, and bytes that edges and expressions take, roughly.
    var usage: TokenAutomaton.Usage {
        .init(states: edgesOf.count, edgeMemory: memory, expressionMemory: recogniser.memory)
    }

    /// The edges of a state: one walk over the trie at first, then a look-up.
    mutating func edges(_ state: State) throws -> TokenEdges {
        if let known = edgesOf[state] { return known }
        recogniser.refill()
        var targets: [State] = []
        var groups: [State: Int32] = [:]
        for token in groupOf.indices { groupOf[token] = -1 }
        stack[0] = state
        var node = 1
        let trie = vocabulary
        while node < trie.bytes.count {
            let depth = Int(trie.depths[node])
            let next = try recogniser.next(stack[depth - 1], trie.bytes[node])
            guard next != Recogniser.dead else {
                node = Int(trie.ends[node])
                continue
            }
            stack[depth] = next
            for index in trie.tokenStarts[node]..<trie.tokenStarts[node + 1] {
                // The state for now; its group when all are known.
                groupOf[Int(trie.tokens[Int(index)])] = next
            }
            node += 1
        }
        var last: (state: State, group: Int32) = (Recogniser.dead, -1)
        for token in groupOf.indices where groupOf[token] >= 0 {
            if groupOf[token] != last.state {
                last.state = groupOf[token]
                if let known = groups[last.state] {
                    last.group = known
                } else {
                    last.group = Int32(targets.count)
                    groups[last.state] = last.group
                    targets.append(last.state)
                }
            }
            groupOf[token] = last.group
        }
        guard targets.count <= Int(UInt16.max) else {
            throw CinnabarError(.resource, "a state of the constraint has \(targets.count) successors, more than 65535")
        }
        var partition = TokenPartition(groups: groupOf, groupCount: targets.count)
        if memory > limits.memory {
            // What is in use stays with its users; the rest is made again when it is met.
            edgesOf.removeAll()
            partitions.removeAll()
            memory = 0
        }
        let (inserted, member) = partitions.insert(partition)
        partition = member
        memory += (inserted ? partition.memory : 0) + targets.count * 4 + 64
        let edges = TokenEdges(partition: partition, targets: targets, isAccepting: recogniser.isAccepting(state))
        edgesOf[state] = edges
        return edges
    }
}
