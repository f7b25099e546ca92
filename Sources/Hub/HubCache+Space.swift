import Common
import Foundation

extension HubCache {
    /// Looks that what is still to come fits the disk.
    ///
    /// - Throws: `resource` with the bytes that are needed and free.
    func checkSpace(for files: [HubFile], _ repository: RepositoryID) throws {
        var needed = 0
        for file in files {
            var status = stat()
            let isBegun = stat(partial(file.hash, repository).path, &status) == 0
            // Blocks of 512 bytes: a partial file has holes.
            needed += max(0, file.size - (isBegun ? Int(status.st_blocks) * 512 : 0))
        }
        var status = statvfs()
        guard statvfs(place(repository).path, &status) == 0 else { return }
        let free = Double(status.f_bavail) * Double(status.f_frsize)
        guard Double(needed) <= free else {
            let (needed, free) = (ByteCount.text(needed), ByteCount.text(Int(free)))
            throw CinnabarError(
                .resource,
                "\(repository) needs \(needed) more, \(free) are free in \(folder.path)",
                hint: "free some space, or set HF_HUB_CACHE to a folder on another disk"
            )
        }
    }
}

/// Sizes for people.
package enum ByteCount {
    /// Three figures in decimal units: `1.23 GB`.
    package static func text(_ bytes: Int) -> String {
        var value = Double(bytes)
        var units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"][...]
        while value >= 999.5, units.count > 1 {
            value /= 1000
            units.removeFirst()
        }
        let isWhole = bytes < 1000 || value >= 99.95
        return String(format: isWhole ? "%.0f " : value < 9.995 ? "%.2f " : "%.1f ", value) + units[units.startIndex]
    }
}
