import Common
package import Foundation

/// Turns folders of sources into a prepared corpus: scan, decode, filter, decontaminate, de-duplicate, split.
///
/// Files are taken in the order of a hash of their path, and the same hash decides what is held out, so that the result
/// depends on the files alone and a file never changes sides when others come or go.
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
    /// Bytes of the smallest and the largest file worth keeping.
    package var fileSizes = 120...120_000
    /// No source gives more than this many bytes (but for its last file), so that none dominates.
    package var sourceLimit = 6_000_000
    /// Share of the files that is held out: 1 MB of the default model's sources. One file at least.
    package var heldOutShare = 0.0041

    package init(sources: [Source], evaluationFolder: URL?) {
        self.sources = sources
        self.evaluationFolder = evaluationFolder
    }

    /// Writes `train.bin`, `train.index`, `heldout.bin`, `heldout.index`, `report.json` and `LICENSES.tsv` into `folder`,
    /// all or nothing.
    ///
    /// Memory: the corpus twice, and some 40 bytes a line.
    package func build(into folder: URL, progress: ((_ done: Int, _ total: Int) -> Void)? = nil) throws -> CorpusReport
    {
        guard heldOutShare > 0, heldOutShare < 1 else {
            throw CinnabarError(.invalidArgument, "a held-out share of \(heldOutShare) is not between 0 and 1")
        }
        let decontaminator = try evaluationFolder.map(Decontaminator.init(evaluationFolder:)) ?? Decontaminator()
        let files = try scan()
        guard !files.isEmpty else {
            throw CinnabarError(
                .file,
                "no .\(extensions.sorted().joined(separator: ", .")) file in \(sources.count) source folders",
                hint: "are the folders right?"
            )
        }
        var report = CorpusReport()
        report.evaluationTasks = decontaminator.tasks
        report.sources = sources.map { .init(name: $0.name, licence: $0.licence, documents: 0, bytes: 0) }
        var deduplicator = Deduplicator()
        var train = CorpusSplit()
        var heldOut = CorpusSplit()
        for (done, file) in files.enumerated() {
            progress?(done, files.count)
            guard let bytes = read(file, &report), isClean(bytes, decontaminator, &report) else { continue }
            let isHeldOut = Double(file.key) < heldOutShare * 0x1p64 || heldOut.isEmpty
            switch deduplicator(bytes, heldOut: isHeldOut) {
            case .exact: report.exactDuplicates += 1
            case .near: report.nearDuplicates += 1
            case .new:
                report.sources[file.source].documents += 1
                report.sources[file.source].bytes += bytes.count
                if isHeldOut { heldOut.append(bytes) } else { train.append(bytes) }
            }
        }
        guard !train.isEmpty else { throw nothingLeft(report, heldOut) }
        report.trainDocuments = train.count
        report.trainBytes = train.bytes.count
        report.heldOutDocuments = heldOut.count
        report.heldOutBytes = heldOut.bytes.count
        try write(train, heldOut, report, to: folder)
        return report
    }

    /// The cleaned text of a file, or nil with the reason counted.
    private func read(_ file: SourceFile, _ report: inout CorpusReport) -> [UInt8]? {
        report.filesSeen += 1
        report.bytesSeen += file.size
        func skip(_ reason: String) -> [UInt8]? {
            report.skipped[reason, default: 0] += 1
            return nil
        }
        if report.sources[file.source].bytes >= sourceLimit { return skip("source limit") }
        if file.isVendored { return skip("third-party copy") }
        if file.size > fileSizes.upperBound { return skip("too large") }
        guard let data = try? Data(contentsOf: file.url) else { return skip("unreadable") }
        switch DocumentFilter(sizes: fileSizes)(data) {
        case .skip(let reason): return skip(reason)
        case .keep(let bytes): return bytes
        }
    }

    private func isClean(_ bytes: [UInt8], _ decontaminator: Decontaminator, _ report: inout CorpusReport) -> Bool {
        switch decontaminator(bytes) {
        case .prompt: report.contaminatedByPrompt += 1
        case .tenWords: report.contaminatedByTenWords += 1
        case .clean: return true
        }
        return false
    }

    private func nothingLeft(_ report: CorpusReport, _ heldOut: CorpusSplit) -> CinnabarError {
        let counts = [
            ("held out", heldOut.count), ("duplicates", report.exactDuplicates + report.nearDuplicates),
            ("evaluation data", report.contaminatedByPrompt + report.contaminatedByTenWords),
        ]
        let reasons = (counts + report.skipped.map { ($0.key, $0.value) }).filter { $0.1 > 0 }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        return CinnabarError(
            .malformed,
            "no text is left to train on from \(report.filesSeen) files: "
                + reasons.map { "\($0.1) \($0.0)" }.joined(separator: ", "),
            hint: "give folders of source files in UTF-8"
        )
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
