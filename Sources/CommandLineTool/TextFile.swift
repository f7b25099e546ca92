import Cinnabar
import Common
import Foundation

/// Texts that the user names.
enum TextFile {
    /// An argument that is the text itself, or the path of a file with it.
    static func textOrFile(_ argument: String, isText: Bool) throws -> String {
        isText ? argument : try read(argument)
    }

    /// - Throws: if the file is missing or not UTF-8.
    static func read(_ path: String) throws -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw CinnabarError(.file, "cannot read \(path)", hint: "does it exist, and is it a file?")
        }
        return try decode(data, path)
    }

    static func standardInput() throws -> String {
        try decode(FileHandle.standardInput.readDataToEndOfFile(), "standard input")
    }

    private static func decode(_ data: Data, _ name: String) throws -> String {
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CinnabarError(.malformed, "\(name) is not UTF-8", hint: "convert it, for example with iconv")
        }
        return text
    }
}

extension CinnabarError {
    /// The user asked for something that cannot be.
    static func usage(_ message: String, hint: String? = nil) -> CinnabarError {
        CinnabarError(.invalidArgument, message, hint: hint)
    }
}
