package import CKernels
import Common
import Foundation

/// The kernels of one instruction set, as a table of C functions.
///
/// `@unchecked Sendable`: the pointer leads to a constant of the C library that nothing ever writes.
package struct KernelTable: @unchecked Sendable {
    package let functions: UnsafePointer<ck_table>

    package var name: String { String(cString: functions.pointee.name) }

    /// All tables that this processor can run, best first; the last one is the scalar reference.
    package static let available: [KernelTable] = {
        var count = 0
        guard let tables = ck_available(&count) else { return [] }
        return (0..<count).compactMap { tables[$0].map(KernelTable.init(functions:)) }
    }()

    /// The table that a whole process uses: the best one, or the one that `CINNABAR_ISA` names
    /// (`scalar`, `avx2`, `avxvnni`, `avx512`, `avx512bf16`, `neon`, `neondot`).
    package static let active: KernelTable = {
        let wanted = ProcessInfo.processInfo.environment["CINNABAR_ISA"]
        return available.first { $0.name == wanted } ?? available[0]
    }()

    /// Says why `CINNABAR_ISA` was not followed, if it was not.
    package static func checkEnvironment() throws {
        guard let wanted = ProcessInfo.processInfo.environment["CINNABAR_ISA"], wanted != active.name else { return }
        throw CinnabarError(
            .invalidArgument,
            "CINNABAR_ISA=\(wanted) is not an instruction set of this processor",
            hint: "use one of \(available.map(\.name).joined(separator: ", "))"
        )
    }

    /// True if bf16 products run on their own instruction, so that they are twice as fast as fp32 ones.
    package var hasBF16Products: Bool { name == "avx512bf16" }
}
