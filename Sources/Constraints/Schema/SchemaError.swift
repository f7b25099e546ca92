import Common

extension CinnabarError {
    /// A keyword, or a use of it, that no grammar is made for.
    static func unsupportedSchema(_ pointer: String, _ message: String) -> CinnabarError {
        CinnabarError(.unsupported, "JSON Schema at #\(pointer): \(message)")
    }

    static func malformedSchema(_ pointer: String, _ message: String) -> CinnabarError {
        CinnabarError(.malformed, "JSON Schema at #\(pointer): \(message)")
    }
}
