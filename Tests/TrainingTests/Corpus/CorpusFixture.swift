import Common
import Foundation
import Training

/// Folders of made-up sources in a temporary place, removed at the end.
final class CorpusFixture {
    let root: URL
    private(set) var names: [String] = []
    /// Holds out next to nothing unless a test says otherwise.
    var heldOutShare = 1e-9
    var sourceLimit = 6_000_000
    var evaluationFolder: URL?

    init() throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("cinnabar-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    var output: URL { root.appendingPathComponent("prepared") }

    /// Writes `source/path`, the first part of which becomes a source.
    func write(_ path: String, _ data: Data) throws {
        let url = root.appendingPathComponent("sources/\(path)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
        let source = String(path.prefix { $0 != "/" })
        if !names.contains(source) { names.append(source) }
    }

    func write(_ path: String, _ text: String) throws { try write(path, Data(text.utf8)) }

    /// Some Python that shares nothing with that of another number.
    static func python(_ number: Int, functions: Int = 6) -> String {
        var random = SplitMix64(seed: UInt64(number))
        func word() -> String {
            String((0..<9).map { _ in Character(UnicodeScalar(UInt8.random(in: 97...122, using: &random))) })
        }
        return (0..<functions).map { _ in
            "def \(word())(\(word()), \(word())):\n    \(word()) = \(word()).\(word())(\(word()))\n    return \(word()) + 1\n"
        }
        .joined(separator: "\n")
    }

    func builder() -> CorpusBuilder {
        var builder = CorpusBuilder(
            sources: names.map {
                .init(name: $0, licence: "MIT", folder: root.appendingPathComponent("sources/\($0)"))
            },
            evaluationFolder: evaluationFolder
        )
        builder.heldOutShare = heldOutShare
        builder.sourceLimit = sourceLimit
        return builder
    }

    func build() throws -> CorpusReport { try builder().build(into: output) }

    /// All documents of the prepared corpus, both parts.
    func documents() throws -> [String] {
        let corpus = try Corpus(output)
        return [corpus.train, corpus.heldOut].flatMap { split in
            (0..<split.count).map { String(decoding: split.document($0), as: UTF8.self) }
        }
    }
}

/// The folder of common test data: `CINNABAR_SHARED`, or `shared` beside the checkout; nil when there is none.
enum CorpusTestData {
    static let evaluation: URL? = {
        let checkout = URL(fileURLWithPath: #filePath).pathComponents.dropLast(4).joined(separator: "/").dropFirst()
        let place = URL(fileURLWithPath: String(checkout))
        var candidates = ["../shared", "../../shared"].map { place.appendingPathComponent($0).standardizedFileURL }
        if let path = ProcessInfo.processInfo.environment["CINNABAR_SHARED"] {
            candidates = [URL(fileURLWithPath: path)]
        }
        return candidates.map { $0.appendingPathComponent("evaldata") }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }()
}
