import Foundation

/// Processor time of this process, all threads together.
package enum ProcessorTime {
    /// Seconds since the process began.
    package static var now: Double {
        var usage = rusage()
        getrusage(0, &usage)
        func seconds(_ t: timeval) -> Double { Double(t.tv_sec) + Double(t.tv_usec) * 1e-6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
