import Common
package import Foundation

/// Finds documents that contain evaluation tasks.
///
/// Two rules, each removing the whole document:
/// - it contains the last 64 visible bytes of a task's prompt (or all of a shorter one, from 24 visible bytes up), white
///   space aside: copies with a changed head count as well;
/// - it shares a run of ten consecutive words with a task's prompt or solution, in whatever layout. Runs of numbers and
///   single letters do not count (``WordRuns``).
package struct Decontaminator: Sendable {
    package enum Verdict: Sendable {
        case clean, prompt, tenWords
    }

    /// Visible ends of prompts, by the hash of their last `window` bytes.
    private var prompts: [UInt64: [[UInt8]]] = [:]
    private var runs: Set<UInt64> = []
    package private(set) var tasks = 0

    private static let window = 24
    private static let longest = 64
    private static let base: UInt64 = 0x100_0000_01B3

    package init() {}

    /// - Parameter folder: a folder of evaluation sets as ``EvaluationTexts`` knows them.
    package init(evaluationFolder folder: URL) throws {
        for task in try EvaluationTexts.load(folder) {
            tasks += 1
            for prompt in task.prompts { addPrompt(prompt) }
            for text in Set(task.texts) { addRuns(text) }
        }
    }

    package init(prompts: [String], texts: [String]) {
        tasks = prompts.count
        for prompt in prompts { addPrompt(prompt) }
        for text in texts { addRuns(text) }
    }

    package func callAsFunction(_ bytes: [UInt8]) -> Verdict {
        if containsPrompt(bytes) { return .prompt }
        return containsRun(bytes) ? .tenWords : .clean
    }

    private mutating func addRuns(_ text: String) {
        WordRuns.forEach(text.utf8) { run, tells in
            if tells { runs.insert(run) }
            return true
        }
    }

    private func containsRun(_ bytes: [UInt8]) -> Bool {
        guard !runs.isEmpty else { return false }
        var found = false
        WordRuns.forEach(bytes) { run, _ in
            found = runs.contains(run)
            return !found
        }
        return found
    }

    private mutating func addPrompt(_ prompt: String) {
        let end = Array(prompt.utf8.filter { $0 > 32 }.suffix(Decontaminator.longest))
        guard end.count >= Decontaminator.window else { return }
        let hash = end.suffix(Decontaminator.window).reduce(0) { $0 &* Decontaminator.base &+ UInt64($1) }
        if prompts[hash]?.contains(end) != true { prompts[hash, default: []].append(end) }
    }

    /// A rolling hash (Rabin and Karp) finds where a prompt may end, a comparison decides.
    private func containsPrompt(_ bytes: [UInt8]) -> Bool {
        guard !prompts.isEmpty else { return false }
        let visible = bytes.filter { $0 > 32 }
        let window = Decontaminator.window
        let leading = (0..<window).reduce(1) { power, _ in power &* Decontaminator.base } as UInt64
        var hash: UInt64 = 0
        for (i, byte) in visible.enumerated() {
            hash = hash &* Decontaminator.base &+ UInt64(byte)
            if i >= window { hash = hash &- leading &* UInt64(visible[i - window]) }
            guard i >= window - 1, let ends = prompts[hash] else { continue }
            for end in ends where end.count <= i + 1 && visible[(i + 1 - end.count)...i].elementsEqual(end) {
                return true
            }
        }
        return false
    }
}
