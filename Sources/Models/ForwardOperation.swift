/// The parts of a forward, in the order in which a layer runs them.
package enum ForwardOperation: String, Sendable, Codable, CaseIterable {
    case embedding
    /// RMSNorm and SwiGLU: what prepares the inputs of products.
    case preparation
    case queryKeyValue = "query_key_value"
    /// QK-norm, rotation and storing of keys and values.
    case placement
    case attention
    case output
    case gateUp = "gate_up"
    case down
    /// Choosing experts and adding up what they say.
    case routing
    case experts
    /// Final norm, logits and detector.
    case head
    /// For the other workers.
    case waiting
}

/// Time of each operation, as one worker saw it.
package struct OperationTimes: Sendable {
    private var times = [Duration](repeating: .zero, count: ForwardOperation.allCases.count)

    package init() {}

    package subscript(operation: ForwardOperation) -> Duration {
        get { times[Self.index(operation)] }
        set { times[Self.index(operation)] = newValue }
    }

    private static func index(_ operation: ForwardOperation) -> Int {
        ForwardOperation.allCases.firstIndex(of: operation) ?? 0
    }
}
