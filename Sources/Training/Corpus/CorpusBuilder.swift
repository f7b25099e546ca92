import Common
package import Foundation

/// Turns folders of sources into a prepared corpus: scan, decode, filter, decontaminate, de-duplicate, split.
///
/// Files are taken in the order of a hash of their path, so that the result depends on the files alone.
package struct CorpusBuilder: Sendable {
    /// A folder of source files of one licence.
    package struct Source: Sendable {
        package var name: String
        package var licence: String
        package var folder: URL

        package init(name: String, licence: String, folder: URL) {
            self.name = name
            self.licence = licence
            self.folder = folder
        }
    }

    package var sources: [Source]
    /// Evaluation sets to keep out; nil skips that step.
    package var evaluationFolder: URL?
    package var extensions: Set<String> = ["py"]
    /// No source gives more than this many bytes, so that none dominates.
    package var sourceLimit = 6_000_000
    package var heldOutBytes = 1_000_000

    package init(sources: [Source], evaluationFolder: URL?) {
        self.sources = sources
        self.evaluationFolder = evaluationFolder
    }

    private struct Candidate {
        let source: Int
        let url: URL
        let key: UInt64
    }

    /// Writes `train.bin`, `train.index`, `heldout.bin`, `heldout.index`, `report.json` and `LICENSES.tsv` into `folder`,
    /// all or nothing.
    package func build(into folder: URL, progress: ((_ done: Int, _ total: Int) -> Void)? = nil) throws -> CorpusReport
    {
        var report = CorpusReport()
        let decontaminator = try evaluationFolder.map(Decontaminator.init(evaluationFolder:)) ?? Decontaminator()
        report.evaluationTasks = decontaminator.tasks
        report.sources = sources.map { .init(name: $0.name, licence: $0.licence, documents: 0, bytes: 0) }
        let candidates = try scan()
        guard !candidates.isEmpty else {
            throw CinnabarError(
                .file,
                "no .\(extensions.sorted().joined(separator: ", .")) file in \(sources.count) source folders",
                hint: "are the folders right?"
            )
        }
        var deduplicator = Deduplicator()
        let filter = DocumentFilter()
        var train = CorpusSplit()
        var heldOut = CorpusSplit()
        for (done, candidate) in candidates.enumerated() {
            progress?(done, candidates.count)
            report.filesSeen += 1
            guard let data = try? Data(contentsOf: candidate.url) else {
                report.skipped["unreadable", default: 0] += 1
                continue
            }
            report.bytesSeen += data.count
            guard report.sources[candidate.source].bytes < sourceLimit else {
                report.skipped["source limit", default: 0] += 1
                continue
            }
            let bytes: [UInt8]
            switch filter(data) {
            case .skip(let reason):
                report.skipped[reason, default: 0] += 1
                continue
            case .keep(let kept): bytes = kept
            }
            switch decontaminator(bytes) {
            case .prompt:
                report.contaminatedByPrompt += 1
                continue
            case .tenWords:
                report.contaminatedByTenWords += 1
                continue
            case .clean: break
            }
            switch deduplicator(bytes) {
            case .exact:
                report.exactDuplicates += 1
                continue
            case .near:
                report.nearDuplicates += 1
                continue
            case .new: break
            }
            report.sources[candidate.source].documents += 1
            report.sources[candidate.source].bytes += bytes.count
            // The first files of the hash order are held out: their lines are remembered, so that later near duplicates
            // do not enter the training part.
            if heldOut.bytes.count < heldOutBytes { heldOut.append(bytes) } else { train.append(bytes) }
        }
        guard !train.isEmpty else {
            throw CinnabarError(
                .malformed,
                "no text is left of \(report.filesSeen) files: \(report.skipped.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))",
                hint: "are these source files?"
            )
        }
        report.trainDocuments = train.count
        report.trainBytes = train.bytes.count
        report.heldOutDocuments = heldOut.count
        report.heldOutBytes = heldOut.bytes.count
        try write(train, heldOut, report, to: folder)
        return report
    }

    private func scan() throws -> [Candidate] {
        var candidates: [Candidate] = []
        for (index, source) in sources.enumerated() {
            guard
                let files = FileManager.default.enumerator(
                    at: source.folder,
                    includingPropertiesForKeys: [.isRegularFileKey],
                    options: [.skipsHiddenFiles]
                )
            else {
                throw CinnabarError(
                    .file,
                    "cannot read the source folder \(source.folder.path)",
                    hint: "does it exist?"
                )
            }
            let root = source.folder.standardizedFileURL.path
            for case let url as URL in files where extensions.contains(url.pathExtension) {
                let path = source.name + url.standardizedFileURL.path.dropFirst(root.count)
                let key = path.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } as UInt64
                candidates.append(Candidate(source: index, url: url, key: SplitMix64.mix(key)))
            }
        }
        return candidates.sorted { ($0.key, $0.url.path) < ($1.key, $1.url.path) }
    }

    private func write(_ train: CorpusSplit, _ heldOut: CorpusSplit, _ report: CorpusReport, to folder: URL) throws {
        try AtomicFolder.write(to: folder) { folder in
            for (name, split) in [("train", train), ("heldout", heldOut)] {
                try AtomicFile.write(Data(split.bytes), to: folder.appendingPathComponent("\(name).bin"))
                try AtomicFile.write(split.indexData, to: folder.appendingPathComponent("\(name).index"))
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try AtomicFile.write(try encoder.encode(report), to: folder.appendingPathComponent("report.json"))
            let lines = report.sources.filter { $0.documents > 0 }.map { "\($0.name)\t\($0.licence)\t\($0.bytes)" }
            try AtomicFile.write(
                (["source\tlicence\tbytes"] + lines).joined(separator: "\n") + "\n",
                to: folder.appendingPathComponent("LICENSES.tsv")
            )
        }
    }
}
