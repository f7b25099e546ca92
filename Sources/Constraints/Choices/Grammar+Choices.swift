import Common

extension Grammar {
    /// Exactly one of the texts.
    ///
    /// - Throws: `invalidArgument` for an empty list.
    package init(choices: [String]) throws {
        guard !choices.isEmpty else {
            throw CinnabarError(.invalidArgument, "a list of choices is empty", hint: "give at least one text")
        }
        var strings: [[UInt8]] = []
        var seen: Set<[UInt8]> = []
        for choice in choices where seen.insert(Array(choice.utf8)).inserted { strings.append(Array(choice.utf8)) }
        self.init(start: .literals(strings))
    }
}
