/// What went wrong with the world (a file, a request, a machine), said so that the reader knows what to do next.
///
/// Programmer errors trap; everything else is one of these.
public struct CinnabarError: Error, CustomStringConvertible, Sendable {
    /// The kind of failure. An extensible set: compare with `==`, never switch exhaustively.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        package init(_ description: String) { self.description = description }

        /// A file or folder is missing, unreadable or cannot be written.
        public static let file = Code("file")
        /// A file is there, but its content is damaged or not of the expected form.
        public static let malformed = Code("malformed")
        /// A well-formed file or request asks for something this build does not do.
        public static let unsupported = Code("unsupported")
        /// An argument is outside its range.
        public static let invalidArgument = Code("invalid-argument")
        /// The text does not fit the context of the model.
        public static let contextLength = Code("context-length")
        /// The work was stopped from outside.
        public static let cancelled = Code("cancelled")
        /// Memory, disk or another resource ran out.
        public static let resource = Code("resource")
    }

    public let code: Code
    /// One line that names the thing that failed and, where there are numbers, the expected and the found one.
    public let message: String
    /// What the reader can do about it, if we know.
    public let hint: String?
    /// The failure underneath, if any.
    public let cause: (any Error)?

    package init(_ code: Code, _ message: String, hint: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.cause = cause
    }

    /// `message (cause); hint` on a single line: what it quotes from files may hold line ends and terminal commands.
    public var description: String {
        var text = message
        if let cause { text += " (\(cause))" }
        if let hint { text += "; \(hint)" }
        return String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 })
        )
    }
}
