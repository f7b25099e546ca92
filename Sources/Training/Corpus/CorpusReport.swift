/// What went into a prepared corpus and what was left out, and why.
package struct CorpusReport: Codable, Sendable, Equatable {
    package struct Source: Codable, Sendable, Equatable {
        package var name: String
        package var licence: String
        package var documents: Int
        package var bytes: Int
    }

    package var filesSeen = 0
    package var bytesSeen = 0
    /// Files left out, by reason.
    package var skipped: [String: Int] = [:]
    package var exactDuplicates = 0
    package var nearDuplicates = 0
    /// Documents that contain the prompt of an evaluation task.
    package var contaminatedByPrompt = 0
    /// Documents that share a telling run of ten words with an evaluation task.
    package var contaminatedByTenWords = 0
    package var evaluationTasks = 0
    package var trainDocuments = 0
    package var trainBytes = 0
    package var heldOutDocuments = 0
    package var heldOutBytes = 0
    package var sources: [Source] = []

    package init() {}
}
