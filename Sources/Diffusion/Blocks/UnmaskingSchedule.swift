import Foundation

/// How many masks of a block each forward writes.
package enum UnmaskingSchedule: Sendable, Hashable {
    /// The masks shared equally, the rest by the first steps (LLaDA, Fast-dLLM).
    case even(steps: Int)
    /// The same on the block's length instead of its masks, for blocks that begin with a part of the prompt (SDAR, LLaDA2).
    case evenOnBlock(steps: Int)
    /// Of the masks left the share by which the linear schedule falls, rounded half to even; steps that would write nothing
    /// are left out (dllm).
    case linear(steps: Int)
    /// Time steps from 1 to `epsilon`; of the masks left the share by which time falls, cut to a whole number, and all that
    /// are left in the last step (Dream).
    case timeSteps(steps: Int, epsilon: Double)
    /// After step i of n the share 1 - i/n of all masks is left, cut to a whole number (RND1).
    case remainder(steps: Int)

    /// The number of masks that each forward writes, for a block of `length` of which `masks` are masked. Steps behind the
    /// last one write all that is left.
    package func counts(masks: Int, length: Int) -> [Int] {
        switch self {
        case .even(let steps): return Self.even(masks, steps)
        case .evenOnBlock(let steps): return Self.even(length, steps)
        case .linear(let steps):
            var left = masks
            return (0..<max(steps, 1)).map { step in
                // In fp32, step by step as published: half a token more or less hangs on the last bit.
                let time = 1 - Float(step) / Float(max(steps, 1)), next = 1 - Float(step + 1) / Float(max(steps, 1))
                let count = Int((Float(left) * (1 - next / time)).rounded(.toNearestOrEven))
                left -= count
                return count
            }.filter { $0 > 0 }
        case .remainder(let steps):
            var left = masks
            return (1...max(steps, 1)).map { step in
                // In fp32, as published.
                let stay = Int(Float(masks) * Float(Double(max(steps, 1) - step) / Double(max(steps, 1))))
                defer { left = min(left, stay) }
                return max(0, left - stay)
            }
        case .timeSteps(let steps, let epsilon):
            var left = masks
            return (0..<max(steps, 1)).map { step in
                let time = Self.time(step, steps, epsilon), next = Self.time(step + 1, steps, epsilon)
                let count = step + 1 < steps ? Int(Double(left) * (1 - next / time)) : left
                left -= count
                return count
            }
        }
    }

    private static func even(_ count: Int, _ steps: Int) -> [Int] {
        let steps = max(steps, 1)
        return (0..<steps).map { count / steps + ($0 < count % steps ? 1 : 0) }
    }

    private static func time(_ step: Int, _ steps: Int, _ epsilon: Double) -> Double {
        1 + (epsilon - 1) * Double(step) / Double(steps)
    }
}
