package import Common
import Foundation

/// What one forward says of a canvas under a constraint.
package struct CanvasReading: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package var token: TokenID
        package var probability: Double
    }

    /// A whole valid assignment that agrees with all pins: the most probable one, or a draw.
    package var witness: [TokenID]
    /// By position, the tokens that may stand there given all the rest, by descending probability: exact where the rows name
    /// all tokens, otherwise over the named ones.
    package var marginals: [[Entry]]
    /// Nats: -log of the probability that the rows alone obey the constraint.
    package var surprise: Double

    /// Probability of the witness's token; 1 where the constraint leaves no other.
    package func confidence(_ position: Int) -> Double { probability(witness[position], at: position) }

    package func probability(_ token: TokenID, at position: Int) -> Double {
        marginals[position].first { $0.token == token }?.probability ?? 0
    }

    /// Nats, of the marginal.
    package func entropy(_ position: Int) -> Double {
        marginals[position].reduce(0) { $0 - ($1.probability > 0 ? $1.probability * log($1.probability) : 0) }
    }
}

extension CanvasInference {
    /// Less than this counts as nothing in a marginal.
    private static let leastMarginal = 1e-14

    /// Right to left: what may follow each node, in sum and at best. Whether anything may follow the first.
    mutating func sumBackwards() -> Bool {
        for node in stride(from: lattice.layers[lattice.layers.count - 1] - 1, through: 0, by: -1) {
            let first = Int(lattice.nodes[node].firstEdge)
            var (rest, best) = (ScaledProbability.zero, ScaledProbability.zero)
            var bestEdge: Int32 = -1
            for edge in first..<first + Int(lattice.nodes[node].edgeCount) {
                let target = Int(lattice.edges[edge].target)
                guard target >= 0, !lattice.nodes[target].rest.isZero else { continue }
                let slot = Int(lattice.edges[edge].slot)
                rest = rest + lattice.nodes[target].rest * lattice.slots[slot].sum
                let way = lattice.nodes[target].best * lattice.slots[slot].best
                if best < way { (best, bestEdge) = (way, Int32(edge)) }
            }
            lattice.nodes[node].rest = rest
            lattice.nodes[node].best = best
            lattice.nodes[node].bestEdge = bestEdge
        }
        return lattice.nodes.first.map { !$0.rest.isZero } ?? false
    }

    /// Left to right with the sums from the right: the posterior of each edge, hence of each token.
    mutating func reading(_ canvas: [CanvasPosition], draw: (seed: UInt64, position: Int)?) -> CanvasReading {
        var marginals: [[CanvasReading.Entry]] = []
        marginals.reserveCapacity(canvas.count)
        lattice.nodes[0].posterior = 1
        for position in canvas.indices {
            for node in lattice.layer(position) where lattice.nodes[node].posterior > Self.leastMarginal {
                let here = lattice.nodes[node]
                for edge in Int(here.firstEdge)..<Int(here.firstEdge + here.edgeCount) {
                    let target = Int(lattice.edges[edge].target)
                    guard target >= 0 else { continue }
                    let slot = Int(lattice.edges[edge].slot)
                    let part = lattice.nodes[target].rest * lattice.slots[slot].sum
                    let posterior = here.posterior * (part / here.rest)
                    lattice.slots[slot].posterior += posterior
                    lattice.nodes[target].posterior += posterior
                }
            }
            marginals.append(marginal(position))
        }
        let witness =
            draw.map { drawWitness(canvas.count, seed: $0.seed, position: $0.position) } ?? bestWitness(canvas.count)
        return CanvasReading(
            witness: witness,
            marginals: marginals,
            surprise: max(0, -lattice.nodes[0].rest.logarithm)
        )
    }

    private mutating func marginal(_ position: Int) -> [CanvasReading.Entry] {
        var entries: [CanvasReading.Entry] = []
        for slot in lattice.slots(of: position) where lattice.slots[slot].posterior > Self.leastMarginal {
            let scale = lattice.slots[slot].posterior / lattice.slots[slot].sum
            var member = lattice.slots[slot].firstMember
            while member >= 0 {
                let (token, probability, next) = (
                    Int(lattice.members[Int(member)].token), lattice.members[Int(member)].probability,
                    lattice.members[Int(member)].next
                )
                member = next
                let known = token < entryOf.count ? Int(entryOf[token]) : entries.firstIndex { $0.token == token } ?? -1
                if known >= 0 {
                    entries[known].probability += scale * probability
                } else {
                    if token < entryOf.count { entryOf[token] = Int32(entries.count) }
                    entries.append(.init(token: TokenID(token), probability: scale * probability))
                }
            }
        }
        for entry in entries where Int(entry.token) < entryOf.count { entryOf[Int(entry.token)] = -1 }
        entries.removeAll { $0.probability < Self.leastMarginal }
        entries.sort { ($0.probability, $1.token) > ($1.probability, $0.token) }
        return entries
    }

    private func bestWitness(_ count: Int) -> [TokenID] {
        var node = 0
        return (0..<count).map { _ in
            let edge = lattice.edges[Int(lattice.nodes[node].bestEdge)]
            node = Int(edge.target)
            return lattice.slots[Int(edge.slot)].token
        }
    }

    /// An edge by its share of what may follow, then a token of it by its share.
    private func drawWitness(_ count: Int, seed: UInt64, position: Int) -> [TokenID] {
        var node = 0
        return (0..<count).map { index in
            let here = lattice.nodes[node]
            var left = CounterNoise.uniform(seed: seed, position: position + index, token: 0)
            var chosen = Int(here.bestEdge)
            for edge in Int(here.firstEdge)..<Int(here.firstEdge + here.edgeCount) {
                let target = Int(lattice.edges[edge].target)
                guard target >= 0, !lattice.nodes[target].rest.isZero else { continue }
                let slot = Int(lattice.edges[edge].slot)
                left -= lattice.nodes[target].rest * lattice.slots[slot].sum / here.rest
                if left < 0 {
                    chosen = edge
                    break
                }
            }
            let slot = lattice.slots[Int(lattice.edges[chosen].slot)]
            node = Int(lattice.edges[chosen].target)
            var rest = slot.sum * CounterNoise.uniform(seed: seed, position: position + index, token: 1)
            var member = slot.firstMember
            while member >= 0 {
                let here = lattice.members[Int(member)]
                rest -= here.probability
                if rest < 0 { return here.token }
                member = here.next
            }
            return slot.token
        }
    }
}
