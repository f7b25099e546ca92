import Common
import Foundation
import Testing

@Suite struct ContainerLimitsTests {
    /// Files of a mounted hierarchy, by their paths.
    private func limits(_ membership: String, _ files: [String: String]) throws -> ContainerLimits {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("groups-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in files.merging(["self": membership], uniquingKeysWith: { $1 }) {
            let file = root.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
        return ContainerLimits(root: root, membership: root.appendingPathComponent("self"))
    }

    @Test func theTightestOfNestedGroupsHolds() throws {
        let found = try limits(
            "0::/pod/box\n",
            [
                "pod/cpu.max": "150000 100000\n", "pod/box/cpu.max": "max 100000\n",
                "pod/memory.max": "max\n", "pod/box/memory.max": "1000000\n", "pod/box/memory.current": "700000\n",
                "pod/box/memory.stat": "anon 1\ninactive_file 200000\n",
            ]
        )
        #expect(found.processors == 1.5)
        #expect(found.memory == 1_000_000)
        #expect(found.freeMemory == 500_000)
    }

    @Test func versionOneIsReadToo() throws {
        let found = try limits(
            "4:memory:/box\n3:cpu,cpuacct:/box\n",
            [
                "cpu/box/cpu.cfs_quota_us": "50000", "cpu/box/cpu.cfs_period_us": "100000",
                "memory/memory.limit_in_bytes": "9223372036854771712", "memory/box/memory.limit_in_bytes": "4096",
                "memory/box/memory.usage_in_bytes": "5000",
            ]
        )
        #expect(found.processors == 0.5)
        #expect(found.memory == 4096)
        #expect(found.freeMemory == 0)
    }

    @Test func nothingIsLimitedWithoutGroups() throws {
        let none = try limits("", [:])
        #expect(none.processors == nil && none.memory == nil && none.freeMemory == nil)
        let odd = try limits("0::/../..\nnonsense\n1:2\n", ["cpu.max": "-1 0", "memory.max": "lots"])
        #expect(odd.processors == nil && odd.memory == nil)
        #expect(MachineMemory.available > 0 && MachineMemory.available <= MachineMemory.total)
    }
}
