import Common
import Evaluation
import Foundation
import Testing

/// What these tests need from the machine.
enum Machine {
    /// The benchmark data: `$CINNABAR_SHARED/evaldata`, or `../shared/evaldata` beside the checkout; nil when absent.
    static let evaldata: URL? = {
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let shared =
            ProcessInfo.processInfo.environment["CINNABAR_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? checkout.appending(path: "../shared").standardizedFileURL
        let folder = shared.appending(path: "evaldata")
        let probe = folder.appending(path: InfillingSuite.Name.singleLine.path)
        return FileManager.default.fileExists(atPath: probe.path) ? folder : nil
    }()

    /// The walls that the sandbox has here; nil when Python is missing.
    static let isolation: SandboxIsolation? = {
        do {
            return try Sandbox(concurrency: 1).probe()
        } catch {
            print("no sandbox: \(error)")
            return nil
        }
    }()

    static let hasPython = isolation != nil
    static let hasNamespaces = isolation?.isComplete ?? false
}

extension Trait where Self == ConditionTrait {
    static var needsPython: Self { .enabled(if: Machine.hasPython, "python3 is not installed") }
    static var needsNamespaces: Self {
        .enabled(if: Machine.hasNamespaces, "this system offers no kernel namespaces to the sandbox")
    }
    static var needsData: Self {
        .enabled(if: Machine.evaldata != nil, "no benchmark data: set CINNABAR_SHARED to the folder above evaldata")
    }
}

/// Runs `body` with a folder that is removed afterwards.
func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "evaluation-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

/// The code of the error that `body` throws; nil when it throws none or another kind.
func errorCode(_ body: () async throws -> Void) async -> CinnabarError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? CinnabarError)?.code
    }
}

extension PairedComparison {
    /// Tasks that both, only the first, only the second, neither passes.
    var counts: [Int] { [both, onlyFirst, onlySecond, neither] }
}
