import ArgumentParser
import Cinnabar
import Evaluation
import Foundation

struct BenchTextsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-texts",
        abstract: "Measure how fast several texts are written at the same time.",
        discussion: """
            Texts that are written at the same time share forwards. 'network' is the share of the time that the network \
            alone needs for such forwards. Measure on an idle machine.
            """
    )

    @OptionGroup var loading: LoadOptions

    @Option(help: "Numbers of texts, separated by commas.")
    var texts = "1,4,16,64"

    @Option(help: "Modes, separated by commas.")
    var modes = "autoregressive,speed"

    @Option(help: "Most tokens of a text.")
    var tokens = 128

    @Option(help: "Repetitions of each, of which the median counts.")
    var repetitions = 5

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    func run() async throws {
        let counts = texts.split(separator: ",").map { Int($0) }
        guard !counts.isEmpty, counts.allSatisfy({ $0.map { (1...4096).contains($0) } ?? false }) else {
            throw CinnabarError.usage("--texts '\(texts)' is not a list of numbers up to 4096", hint: "such as 1,8,64")
        }
        let modes = try modes.split(separator: ",").map { name in
            guard let mode = Mode(rawValue: String(name)) else {
                throw CinnabarError.usage(
                    "--modes: '\(name)' is unknown",
                    hint: "modes are \(Mode.allCases.map(\.rawValue))"
                )
            }
            return mode
        }
        guard tokens >= 1, repetitions >= 1 else {
            throw CinnabarError.usage("--tokens and --repetitions are at least 1", hint: "see --help")
        }
        let report = try await ConcurrentTexts.measure(
            loading.load(),
            prompts: Self.prompts,
            modes: modes,
            counts: counts.compactMap { $0 },
            tokens: tokens,
            repetitions: repetitions
        )
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            print(report.table)
        }
    }

    private static let prompts = [
        "def fibonacci(n):\n    ", "class Stack:\n    def __init__(self", "import os\nimport sys\n\n\ndef main(",
        "def read_lines(path):\n    with open(", "for i in range(10):\n    ", "def is_prime(n):\n    if n < 2:\n",
        "def test_add():\n    assert ", "class Node:\n    \"\"\"A node of a tree.\"\"\"\n\n    def ",
    ]
}
