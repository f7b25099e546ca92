import Common
package import Foundation

/// Finds documents that contain evaluation tasks.
///
/// Two rules, each removing the whole document: it contains a task's prompt (white space aside), or it shares a run of
/// ten consecutive words with a task's prompt, solution or tests. Words are identifiers and numbers. A run counts only if
/// it tells something: at least six different words, and at least four that are neither keywords nor numbers.
package struct Decontaminator: Sendable {
    package enum Verdict: Sendable {
        case clean, prompt, tenWords
    }

    private var prompts: Set<UInt64> = []
    private var promptLengths: Set<Int> = []
    private var runs: Set<UInt64> = []
    package private(set) var tasks = 0

    private static let run = 10
    private static let keywords: Set<String> = [
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
        "false", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "none", "nonlocal", "not",
        "or",
        "pass", "raise", "return", "self", "true", "try", "while", "with", "yield", "int", "str", "list", "len",
        "range",
    ]

    package init() {}

    /// - Parameter folder: a folder of evaluation sets; every `.jsonl` and `.jsonl.gz` below it that holds code counts.
    package init(evaluationFolder folder: URL) throws {
        let texts = try EvaluationTexts.load(folder)
        for task in texts {
            tasks += 1
            addPrompt(task.prompt)
            for text in Set(task.texts) { runs.formUnion(Decontaminator.tellingRuns(Decontaminator.words(text))) }
        }
    }

    package init(prompts: [String], texts: [String]) {
        for prompt in prompts {
            tasks += 1
            addPrompt(prompt)
        }
        runs = Set(texts.flatMap { Decontaminator.tellingRuns(Decontaminator.words($0)) })
    }

    package func callAsFunction(_ bytes: [UInt8]) -> Verdict {
        if containsPrompt(bytes) { return .prompt }
        for hash in Decontaminator.tellingRuns(Decontaminator.words(String(decoding: bytes, as: UTF8.self)))
        where runs.contains(hash) { return .tenWords }
        return .clean
    }

    /// Prompts are compared by a rolling hash over their last 64 visible bytes (white space aside): that part holds the
    /// task's own words, and a fixed length needs one pass.
    private static let window = 64

    private mutating func addPrompt(_ prompt: String) {
        let visible = prompt.utf8.filter { $0 > 32 }
        guard visible.count >= Decontaminator.window else { return }
        prompts.insert(visible.suffix(Decontaminator.window).reduce(0) { $0 &* 0x100_0000_01B3 &+ UInt64($1) })
    }

    private func containsPrompt(_ bytes: [UInt8]) -> Bool {
        guard !prompts.isEmpty else { return false }
        let visible = bytes.filter { $0 > 32 }
        let window = Decontaminator.window
        guard visible.count >= window else { return false }
        var leading: UInt64 = 1
        for _ in 0..<window { leading = leading &* 0x100_0000_01B3 }
        var hash: UInt64 = 0
        for (i, byte) in visible.enumerated() {
            hash = hash &* 0x100_0000_01B3 &+ UInt64(byte)
            if i >= window { hash = hash &- leading &* UInt64(visible[i - window]) }
            if i >= window - 1, prompts.contains(hash) { return true }
        }
        return false
    }

    /// Identifiers and numbers, in lower case, as hashes with a flag for those that tell something.
    private static func words(_ text: String) -> [(hash: UInt64, tells: Bool)] {
        var result: [(UInt64, Bool)] = []
        var word: [UInt8] = []
        func finish() {
            guard !word.isEmpty else { return }
            let lower = String(decoding: word, as: UTF8.self)
            let hash = word.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } as UInt64
            let number = word[0] >= 48 && word[0] <= 57
            result.append((SplitMix64.mix(hash), !number && word.count > 1 && !keywords.contains(lower)))
            word.removeAll(keepingCapacity: true)
        }
        for byte in text.utf8 {
            switch byte {
            case 65...90: word.append(byte + 32)
            case 48...57, 95, 97...122: word.append(byte)
            default: finish()
            }
        }
        finish()
        return result
    }

    private static func tellingRuns(_ words: [(hash: UInt64, tells: Bool)]) -> [UInt64] {
        guard words.count >= run else { return [] }
        return (0...words.count - run).compactMap { start in
            let part = words[start..<start + run]
            guard part.count(where: \.tells) >= 4, Set(part.lazy.map(\.hash)).count >= 6 else { return nil }
            return part.reduce(0x9E37_79B9) { SplitMix64.mix($0 ^ $1.hash) }
        }
    }
}
