import Common
import Foundation
import Models

/// The native network written a second time: plain loops in float64 over the checkpoint's tensors by name, without
/// cache, kernels, packing or fused matrices. What every fast path is compared with.
struct ReferenceNetwork {
    /// A row of the input. Rows with the same canvas number see each other; clean rows have none.
    struct Row {
        var token: TokenID
        var position: Int
        var canvas: Int?
        /// Where its canvas starts: it sees clean tokens before that place.
        var start = 0
    }

    struct Output {
        var logits: [Double]
        /// The detector's probability; meaningful for canvas rows only.
        var correctness: Double
    }

    typealias Vector = [Double]
    let c: ModelConfiguration
    private let tensors: [String: Vector]

    init(_ parameters: [Float], configuration: ModelConfiguration) {
        c = configuration
        tensors = Dictionary(
            uniqueKeysWithValues: ParameterLayout(configuration).tensors.map { tensor in
                (tensor.name, parameters[tensor.range].map { Double($0) })
            }
        )
    }

    static func clean(_ tokens: [TokenID]) -> [Row] {
        tokens.enumerated().map { Row(token: $1, position: $0) }
    }

    static func canvas(_ tokens: [TokenID], start: Int, number: Int) -> [Row] {
        tokens.enumerated().map { Row(token: $1, position: start + $0, canvas: number, start: start) }
    }

    /// The whole attention rule of the design.
    private func sees(_ query: Row, _ key: Row) -> Bool {
        guard let canvas = query.canvas else { return key.canvas == nil && key.position <= query.position }
        return key.canvas == nil ? key.position < query.start : key.canvas == canvas
    }

    func callAsFunction(_ rows: [Row]) -> [Output] {
        let embedding = tensor("model.embed_tokens.weight")
        var states = rows.map { row in
            let x = Vector(embedding[Int(row.token) * c.hiddenSize..<(Int(row.token) + 1) * c.hiddenSize])
            return row.canvas == nil ? x : add(x, tensor("model.canvas_embedding"))
        }
        for layer in 0..<c.layers {
            let prefix = "model.layers.\(layer)."
            let mixed = attention(states.map { norm($0, prefix + "input_layernorm") }, rows, prefix + "self_attn.")
            states = zip(states, mixed).map(add)
            states = states.map { x in
                let y = norm(x, prefix + "post_attention_layernorm")
                let gate = multiply(prefix + "mlp.gate_proj", y)
                let up = multiply(prefix + "mlp.up_proj", y)
                return add(x, multiply(prefix + "mlp.down_proj", zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 }))
            }
        }
        return zip(rows, states).map { row, x in
            let h = norm(x, row.canvas == nil ? "model.norm" : "model.canvas_norm")
            let score = multiply("model.detector", h)[0] + tensor("model.detector.bias")[0]
            return Output(logits: multiply("model.embed_tokens", h), correctness: 1 / (1 + exp(-score)))
        }
    }

    private func attention(_ inputs: [Vector], _ rows: [Row], _ prefix: String) -> [Vector] {
        func heads(_ name: String, _ count: Int, _ gain: String?) -> [[Vector]] {
            zip(rows, inputs).map { row, x in
                let y = multiply(prefix + name, x)
                return (0..<count).map { head in
                    let part = Vector(y[head * c.headDimension..<(head + 1) * c.headDimension])
                    return gain.map { rotate(norm(part, prefix + $0), row.position) } ?? part
                }
            }
        }
        let queries = heads("q_proj", c.heads, "q_norm")
        let keys = heads("k_proj", c.keyValueHeads, "k_norm")
        let values = heads("v_proj", c.keyValueHeads, nil)
        return rows.indices.map { i in
            let visible = rows.indices.filter { sees(rows[i], rows[$0]) }
            let joined = (0..<c.heads).flatMap { head in
                let group = head * c.keyValueHeads / c.heads
                let scores = visible.map {
                    dot(queries[i][head], keys[$0][group]) / Double(c.headDimension).squareRoot()
                }
                let top = scores.max() ?? 0
                let weights = scores.map { exp($0 - top) }
                let total = weights.reduce(0, +)
                return zip(weights, visible).reduce(Vector(repeating: 0, count: c.headDimension)) { sum, pair in
                    zip(sum, values[pair.1][group]).map { $0 + pair.0 / total * $1 }
                }
            }
            return multiply(prefix + "o_proj", joined)
        }
    }

    /// RoPE: component i and i + half are one complex number, turned by position · θ^(−2i/width).
    private func rotate(_ x: Vector, _ position: Int) -> Vector {
        let half = x.count / 2
        var y = x
        for i in 0..<half {
            let angle = Double(position) * pow(c.ropeTheta, -2 * Double(i) / Double(x.count))
            y[i] = x[i] * cos(angle) - x[i + half] * sin(angle)
            y[i + half] = x[i + half] * cos(angle) + x[i] * sin(angle)
        }
        return y
    }

    private func norm(_ x: Vector, _ name: String) -> Vector {
        let scale = 1 / (dot(x, x) / Double(x.count) + Double(c.normEpsilon)).squareRoot()
        return zip(x, tensor(name + ".weight")).map { $0 * scale * $1 }
    }

    private func multiply(_ name: String, _ x: Vector) -> Vector {
        let matrix = tensor(name + ".weight")
        return stride(from: 0, to: matrix.count, by: x.count).map { row in
            x.indices.reduce(0) { $0 + matrix[row + $1] * x[$1] }
        }
    }

    private func dot(_ x: Vector, _ y: Vector) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    private func add(_ x: Vector, _ y: Vector) -> Vector { zip(x, y).map { $0 + $1 } }
    private func tensor(_ name: String) -> Vector { tensors[name] ?? [] }
}
