import Common
import Foundation

/// Which files of a repository are pulled.
package struct FileSelection: Sendable {
    /// Globs (`*`, `?`, `[a-z]`; a star also matches slashes). Empty: what a model needs.
    package var include: [String]
    package var exclude: [String]

    package init(include: [String] = [], exclude: [String] = []) {
        (self.include, self.exclude) = (include, exclude)
    }

    /// The names that are chosen, in their order.
    ///
    /// Without `include`: the weights in safetensors with configuration, tokenizer, chat templates, card and licence of
    /// the uppermost folder; where there are none, the one GGUF file.
    ///
    /// - Throws: `invalidArgument` when nothing is chosen, or when there are several GGUF files to choose from.
    package func choose(_ names: [String], of repository: RepositoryID) throws -> [String] {
        let allowed = names.filter { name in !exclude.contains { Self.matches($0, name) } }
        if !include.isEmpty {
            let chosen = allowed.filter { name in include.contains { Self.matches($0, name) } }
            guard !chosen.isEmpty else {
                throw CinnabarError(
                    .invalidArgument,
                    "no file of \(repository) is chosen by --include and --exclude",
                    hint: "it holds \(Self.enumerate(names))"
                )
            }
            return chosen
        }
        let top = allowed.filter { !$0.contains("/") }
        if top.contains(where: { $0.hasSuffix(".safetensors") }) {
            return allowed.filter { name in Self.needed.contains { Self.matches($0, name) } }
                .filter { !$0.contains("/") || $0.hasSuffix(".jinja") }
        }
        let weights = allowed.filter { $0.hasSuffix(".gguf") }
        guard weights.count <= 1 else {
            throw CinnabarError(
                .invalidArgument,
                "\(repository) holds \(weights.count) GGUF files: \(Self.enumerate(weights))",
                hint: "choose one, as in --include '\(weights[0])'"
            )
        }
        guard weights.count == 1 else {
            throw CinnabarError(
                .unsupported,
                "\(repository) has neither safetensors nor GGUF: it holds \(Self.enumerate(names))",
                hint: "look for a conversion of the model, or choose files by --include"
            )
        }
        return weights
    }

    private static let needed = [
        "*.safetensors", "*.json", "*.jinja", "tokenizer*", "vocab*", "merges.txt", "*.tiktoken", "README.md",
        "LICENSE*",
    ]

    private static func matches(_ pattern: String, _ name: String) -> Bool {
        fnmatch(pattern.hasSuffix("/") ? pattern + "*" : pattern, name, 0) == 0
    }

    private static func enumerate(_ names: [String]) -> String {
        guard !names.isEmpty else { return "no files" }
        let rest = names.count > 12 ? " and \(names.count - 12) more" : ""
        return names.prefix(12).joined(separator: ", ") + rest
    }
}
