import Common
import Foundation
import Testing

/// What a user gets for a mistake: an exit code, one line that names the thing and says what to do, nothing on standard
/// output.
@Suite(.enabled(if: Program.url != nil, Program.isMissing)) struct BadInputTests {
    struct Mistake: CustomTestStringConvertible {
        var arguments: [String]
        var status: Int32
        /// Parts of the line: what is wrong and what helps.
        var mentions: [String]
        var testDescription: String { arguments.map { $0.prefix(60) }.joined(separator: " ") }
    }

    private static let usage: Int32 = 64
    private static let failure: Int32 = 1

    static let mistakes: [Mistake] = [
        // Texts and places.
        Mistake(arguments: ["infill", "latin.py:1"], status: failure, mentions: ["latin.py", "UTF-8", "iconv"]),
        Mistake(arguments: ["infill", "three.py:9"], status: usage, mentions: ["three.py", "line 9", "count from 1"]),
        Mistake(arguments: ["infill", "three.py:2:99"], status: usage, mentions: ["three.py", "column 99", "1 to 6"]),
        Mistake(arguments: ["infill", "three.py:0"], status: usage, mentions: ["three.py:0", "FILE:LINE"]),
        Mistake(arguments: ["infill", "three.py"], status: usage, mentions: ["three.py", "FILE:LINE"]),
        Mistake(arguments: ["infill", "nowhere.py:1"], status: failure, mentions: ["nowhere.py", "exist"]),
        Mistake(arguments: ["infill", "binaries:1"], status: failure, mentions: ["binaries", "is it a file"]),
        Mistake(arguments: ["infill"], status: usage, mentions: ["hole", "--prefix"]),
        Mistake(
            arguments: ["infill", "three.py:1", "--suffix", "three.py"],
            status: usage,
            mentions: ["--suffix", "give one"]
        ),
        Mistake(arguments: ["generate", ""], status: usage, mentions: ["prompt is empty", "give"]),
        Mistake(
            arguments: ["generate", String(repeating: "value = other + 1\n", count: 1000)],
            status: failure,
            mentions: ["prompt has", "context", "shorten"]
        ),
        // Options.
        Mistake(arguments: ["generate", "x", "--threads", "0"], status: usage, mentions: ["0 threads", "1 to 1024"]),
        Mistake(
            arguments: ["generate", "x", "--max-tokens", "0"],
            status: usage,
            mentions: ["max_new_tokens 0", "1..."]
        ),
        Mistake(
            arguments: ["infill", "three.py:1", "--max-tokens=\(Int.min)"],
            status: usage,
            mentions: ["max_new_tokens", "1..."]
        ),
        Mistake(
            arguments: ["infill", "three.py:1", "--canvas=\(Int.min)"],
            status: usage,
            mentions: ["canvas_length", "1...1024"]
        ),
        Mistake(
            arguments: ["generate", "x", "--temperature", "nan"],
            status: usage,
            mentions: ["temperature nan", "0...100"]
        ),
        Mistake(arguments: ["eval", "humaneval-infilling", "--every", "0"], status: usage, mentions: ["--every 0"]),
        Mistake(
            arguments: ["eval", "humaneval-infilling", "--data", "nowhere"],
            status: failure,
            mentions: ["nowhere"]
        ),
        // Models.
        Mistake(
            arguments: ["generate", "x", "--model", "nowhere"],
            status: failure,
            mentions: ["no model folder", "nowhere", "spelling"]
        ),
        Mistake(
            arguments: ["generate", "x", "--model", "nobody/nothing"],
            status: failure,
            mentions: ["no model folder", "nobody/nothing", "cinnabar pull"]
        ),
        Mistake(arguments: ["pull", "../nothing"], status: usage, mentions: ["'../nothing'", "ORG/NAME"]),
        Mistake(
            arguments: ["pull", "nobody/nothing", "--revision", "../main"],
            status: usage,
            mentions: ["'../main'", "branch"]
        ),
        Mistake(
            arguments: ["remove", "nobody/nothing"],
            status: failure,
            mentions: ["nobody/nothing", "cinnabar list"]
        ),
        Mistake(arguments: ["inspect", "three.py"], status: failure, mentions: ["three.py", "config.json"]),
        Mistake(
            arguments: ["generate", "x", "--model", "truncated"],
            status: failure,
            mentions: ["truncated/model.safetensors", "cut off"]
        ),
        // Corpora and runs.
        Mistake(
            arguments: ["corpus", "sources.tsv", "--output", "prepared"],
            status: failure,
            mentions: ["no text is left", "binary", "UTF-8"]
        ),
        Mistake(
            arguments: ["corpus", "nowhere.tsv", "--output", "prepared"],
            status: failure,
            mentions: ["nowhere.tsv", "fetch.sh"]
        ),
        Mistake(
            arguments: ["corpus", "three.py", "--output", "prepared"],
            status: failure,
            mentions: ["three.py", "NAME<tab>LICENCE<tab>FOLDER"]
        ),
        Mistake(arguments: ["train", "nowhere", "--run", "run"], status: failure, mentions: ["nowhere", "spelling"]),
        Mistake(
            arguments: ["train", "three.py", "--run", "run"],
            status: failure,
            mentions: ["three.py", "spelling"]
        ),
        Mistake(
            arguments: ["train", "binaries", "--run", "run", "--threads", "0"],
            status: usage,
            mentions: ["--threads 0", "1 to 1024"]
        ),
        Mistake(
            arguments: ["train", "binaries", "--run", "run", "--minutes", "inf"],
            status: usage,
            mentions: ["--minutes inf", "minutes"]
        ),
        Mistake(
            arguments: ["train", "binaries", "--run", "run", "--tokens-per-step", "\(Int.max)"],
            status: usage,
            mentions: ["--tokens-per-step", "1 to"]
        ),
        Mistake(
            arguments: ["train", "binaries", "--run", "run", "--shape", "1,2"],
            status: usage,
            mentions: ["--shape '1'", "layers="]
        ),
        Mistake(
            arguments: ["train", "binaries", "--run", "run", "--shape", "hidden=1000000000000"],
            status: usage,
            mentions: ["--shape", "hidden_size 1000000000000"]
        ),
        Mistake(arguments: ["bench", "--shape", "head=3"], status: usage, mentions: ["--shape 'head=3'", "heads"]),
        Mistake(
            arguments: ["bench", "--shape", "layers=1024,hidden=65536,ffn=262144"],
            status: failure,
            mentions: ["the shape needs", "GB in int8", "smaller"]
        ),
        Mistake(arguments: ["bench", "--generate", "\(Int.max)"], status: 1, mentions: ["exceed the context"]),
        Mistake(arguments: ["bench", "--generate", "8", "--repetitions=-1"], status: usage, mentions: ["positive"]),
        Mistake(arguments: ["bench", "--rows", "\(Int.max)"], status: 1, mentions: ["exceed the context"]),
    ]

    /// Files to be wrong about.
    private func prepare(_ folder: URL) throws {
        func write(_ name: String, _ data: Data) throws {
            let url = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try data.write(to: url)
        }
        try write("latin.py", Data("name = '".utf8) + [0xE9, 0xFF] + Data("'\n".utf8))
        try write("three.py", Data("a = 1\nb = 2\nc = 3\n".utf8))
        var random = SplitMix64(seed: 1)
        for number in 0..<3 {
            try write(
                "binaries/\(number).py",
                Data((0..<400).map { _ in UInt8(truncatingIfNeeded: random.next()) } + [0])
            )
        }
        try write("sources.tsv", Data("noise\tMIT\tbinaries\n".utf8))
        let model = try #require(Program.url).deletingLastPathComponent()
            .appendingPathComponent("cinnabar_Cinnabar.resources/default-model")
        for name in ["config.json", "tokenizer.json", "generation_config.json", "model.safetensors"] {
            // The weights' header and a little more are enough to tell that something is missing.
            let data = try Data(contentsOf: model.appendingPathComponent(name), options: .alwaysMapped)
            try write("truncated/\(name)", name == "model.safetensors" ? data.prefix(100_000) : data)
        }
    }

    @Test(arguments: mistakes) func isOneLineThatHelps(mistake: Mistake) throws {
        try withScratchFolder { folder in
            try prepare(folder)
            let outcome = try Program.run(mistake.arguments, in: folder)
            #expect(outcome.status == mistake.status, "\(outcome.errors)")
            #expect(outcome.output.isEmpty)
            let lines = outcome.errors.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count == 2 && lines.last == "" && lines[0].hasPrefix("cinnabar: "), "\(outcome.errors)")
            for part in mistake.mentions { #expect(outcome.errors.contains(part), "\(outcome.errors)") }
        }
    }

    /// What the argument parser refuses comes with the command's usage, so these are more lines.
    @Test(arguments: [
        ["generate", "x", "--threads", "many"], ["generate", "x", "--mode", "fast"], ["nonsense"],
        ["infill", "--nonsense"],
    ])
    func wrongUsageShowsTheUsage(arguments: [String]) throws {
        try withScratchFolder { folder in
            let outcome = try Program.run(arguments, in: folder)
            #expect(outcome.status == Self.usage)
            #expect(outcome.output.isEmpty)
            #expect(outcome.errors.contains(arguments[arguments.count - 1]) && outcome.errors.contains("Usage:"))
        }
    }
}
