import Foundation

/// The machine in words, for reports.
package enum Hardware {
    /// Such as `AMD EPYC 9R14, 2 cores, 15 GiB, Linux`.
    package static var description: String {
        let info = ProcessInfo.processInfo
        let memory = Int((Double(info.physicalMemory) / 0x1p30).rounded())
        #if os(Linux)
            let system = "Linux"
        #else
            let system = "macOS"
        #endif
        return [processor, "\(info.activeProcessorCount) cores", "\(memory) GiB", system].joined(separator: ", ")
    }

    /// The processor's name as Linux tells it, or the architecture.
    private static var processor: String {
        let text = FileManager.default.contents(atPath: "/proc/cpuinfo").map { String(decoding: $0, as: UTF8.self) }
        let line = text?.split(separator: "\n").first { $0.hasPrefix("model name") }
        if let name = line?.split(separator: ":").dropFirst().first {
            return name.trimmingCharacters(in: .whitespaces)
        }
        #if arch(x86_64)
            return "x86_64"
        #elseif arch(arm64)
            return "arm64"
        #else
            return "unknown processor"
        #endif
    }
}
