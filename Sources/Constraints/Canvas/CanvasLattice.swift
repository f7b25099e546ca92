import Common

/// The working memory of an inference: (position × state) as flat arrays that are kept from forward to forward.
///
/// A *slot* is a set of tokens that lead from any state that shares a ``TokenPartition`` to one successor each: its sum,
/// its best token and its members are computed once for each position, whatever the number of states.
struct CanvasLattice {
    /// What follows the text: nothing yet, the end marker, or the emptiness that fills a span.
    enum Mode: Int32 {
        case text, ended, padded
    }

    struct Node {
        var state: Recogniser.State
        var mode: Mode
        var firstEdge: Int32 = 0
        var edgeCount: Int32 = 0
        /// Most probable way here: orders the nodes when there are too many.
        var reach: ScaledProbability
        /// Probability of all that may follow, and of the best of it.
        var rest = ScaledProbability.zero
        var best = ScaledProbability.zero
        var bestEdge: Int32 = -1
        var posterior = 0.0
    }

    struct Edge {
        /// Node of the next layer; -1 if it was given up.
        var target: Int32
        var slot: Int32
    }

    struct Slot {
        var sum = 0.0
        var best = 0.0
        var token: TokenID = -1
        var firstMember: Int32 = -1
        var posterior = 0.0
    }

    struct Member {
        var token: TokenID
        var probability: Double
        var next: Int32
    }

    /// The slots of one partition at one position.
    struct Block {
        var partition: TokenPartition
        /// Slot of group 0.
        var firstSlot: Int32
        /// Groups with a member, in `active`.
        var firstActive: Int32
        var activeCount: Int32
    }

    var nodes: [Node] = []
    /// Where each layer's nodes begin; layer i stands before position i.
    var layers: [Int] = []
    var edges: [Edge] = []
    var slots: [Slot] = []
    /// Where each position's slots begin.
    var slotLayers: [Int] = []
    var members: [Member] = []
    var blocks: [Block] = []
    var active: [Int32] = []
    /// Numbers of the nodes of the layer that is being made, by state and mode.
    var index = NodeIndex()
    /// Nodes were given up, or groups left out.
    var isTruncated = false

    mutating func reset() {
        nodes.removeAll(keepingCapacity: true)
        layers.removeAll(keepingCapacity: true)
        edges.removeAll(keepingCapacity: true)
        slots.removeAll(keepingCapacity: true)
        slotLayers.removeAll(keepingCapacity: true)
        members.removeAll(keepingCapacity: true)
        blocks.removeAll(keepingCapacity: true)
        active.removeAll(keepingCapacity: true)
        index.removeAll()
        isTruncated = false
    }

    func layer(_ position: Int) -> Range<Int> {
        layers[position]..<(position + 1 < layers.count ? layers[position + 1] : nodes.count)
    }

    func slots(of position: Int) -> Range<Int> {
        slotLayers[position]..<(position + 1 < slotLayers.count ? slotLayers[position + 1] : slots.count)
    }

    mutating func add(_ token: TokenID, _ probability: Double, to slot: Int) {
        members.append(Member(token: token, probability: probability, next: slots[slot].firstMember))
        slots[slot].firstMember = Int32(members.count - 1)
        slots[slot].sum += probability
        let best = slots[slot]
        // The smallest of equals.
        guard best.token < 0 || probability > best.best || probability == best.best && token < best.token else {
            return
        }
        (slots[slot].best, slots[slot].token) = (probability, token)
    }

    func contains(_ token: TokenID, _ slot: Int) -> Bool {
        var member = slots[slot].firstMember
        while member >= 0 {
            if members[Int(member)].token == token { return true }
            member = members[Int(member)].next
        }
        return false
    }

    /// A slot that belongs to no partition.
    mutating func makeSlot() -> Int {
        slots.append(Slot())
        return slots.count - 1
    }

    /// The node of the next layer, made if there is none.
    mutating func reach(_ state: Recogniser.State, _ mode: Mode, _ probability: ScaledProbability) -> Int32 {
        let key = Int64(state) << 2 | Int64(mode.rawValue)
        let number = index.number(of: key, ifNew: Int32(nodes.count))
        if Int(number) == nodes.count {
            nodes.append(Node(state: state, mode: mode, reach: probability))
        } else if nodes[Int(number)].reach < probability {
            nodes[Int(number)].reach = probability
        }
        return number
    }

    mutating func connect(_ node: Int, to state: Recogniser.State, _ mode: Mode, by slot: Int) {
        guard slots[slot].sum > 0 else { return }
        let target = reach(state, mode, nodes[node].reach * min(1, slots[slot].sum))
        edges.append(Edge(target: target, slot: Int32(slot)))
    }
}
