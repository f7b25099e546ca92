import Foundation

/// What this process has used of the machine, all threads together.
package enum ProcessUsage {
    /// Processor seconds since the process began.
    package static var processorSeconds: Double {
        let usage = current
        func seconds(_ t: timeval) -> Double { Double(t.tv_sec) + Double(t.tv_usec) * 1e-6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// Most bytes that were resident at any time.
    package static var peakBytes: Int {
        #if os(Linux)
            return Int(current.ru_maxrss) * 1024
        #else
            return Int(current.ru_maxrss)
        #endif
    }

    private static var current: rusage {
        var usage = rusage()
        getrusage(0, &usage)
        return usage
    }
}
