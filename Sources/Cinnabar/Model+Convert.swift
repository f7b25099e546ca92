import Checkpoints
import Common
public import Foundation
import Models

extension Model {
    /// Formats of numbers that other programs read too.
    public enum Numbers: String, Sendable, CaseIterable {
        case fp32, bf16
        /// GGUF only.
        case fp16
        /// Blocks of 32 bytes with a scale each; GGUF only.
        case q8 = "q8_0"

        fileprivate var encoding: FloatEncoding {
            switch self {
            case .fp32: .f32
            case .bf16: .bf16
            case .fp16: .f16
            case .q8: .q80
            }
        }
    }

    /// Writes a model in another form: as a GGUF file, if `target` ends in `.gguf`, or as a Hugging Face folder. An old file
    /// or folder is replaced whole or not at all.
    ///
    /// - Parameters:
    ///   - model: a folder of plain numbers or a GGUF file; nil for the default model.
    ///   - progress: called with the share that is written.
    /// - Throws: `unsupported` for forms that cannot say what the model is.
    public static func convert(
        _ model: URL?,
        to target: URL,
        numbers: Numbers = .bf16,
        progress: @escaping (Double) -> Void = { _ in }
    ) throws {
        let place = try model ?? defaultFolder
        guard place.standardizedFileURL != target.standardizedFileURL else {
            throw CinnabarError(.invalidArgument, "\(target.path) is the model itself", hint: "name another place")
        }
        let plain = try PlainModel(place)
        let total = Double(plain.layout.count)
        let report = { (done: Int) in progress(Double(done) / total) }
        if target.pathExtension == "gguf" {
            try plain.writeGGUF(target, as: numbers.encoding, progress: report)
        } else {
            guard numbers == .bf16 || numbers == .fp32 else {
                throw CinnabarError(
                    .invalidArgument,
                    "a folder of \(numbers.rawValue) numbers",
                    hint: "use bf16 or fp32; 'cinnabar quantize' writes smaller ones"
                )
            }
            try plain.writeFolder(target, as: numbers == .bf16 ? .bf16 : .f32, progress: report)
        }
    }
}
