import Common

/// Where Python would raise: what is wrong, without the line, which the statement being rendered adds.
struct TemplateFault: Error {
    var code: CinnabarError.Code = .malformed
    var message: String

    init(_ message: String, code: CinnabarError.Code = .malformed) {
        self.message = message
        self.code = code
    }

    static func unsupported(_ message: String) -> TemplateFault { TemplateFault(message, code: .unsupported) }

    static let overflow = unsupported("a number has more than 64 bits")

    func at(line: Int) -> CinnabarError {
        CinnabarError(code, "line \(line) of the chat template: \(message)")
    }
}
