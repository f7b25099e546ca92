/// A language with named parts that may refer to each other and to themselves.
///
/// No rule is left-recursive: whoever builds a grammar rewrites such rules or refuses them.
package struct Grammar: Sendable, Hashable {
    package struct Rule: Sendable, Hashable {
        /// What errors call it.
        package var name: String
        package var language: Language

        package init(name: String, language: Language) {
            self.name = name
            self.language = language
        }
    }

    package var start: Language
    package var rules: [Rule]

    package init(start: Language, rules: [Rule] = []) {
        self.start = start
        self.rules = rules
    }
}
