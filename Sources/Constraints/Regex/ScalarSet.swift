/// A set of Unicode scalars: sorted ranges that neither touch nor overlap. Surrogates never belong to one.
package struct ScalarSet: Sendable, Hashable {
    package private(set) var ranges: [ClosedRange<UInt32>]

    package init(_ ranges: some Sequence<ClosedRange<UInt32>>) {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged.flatMap(Self.withoutSurrogates)
    }

    package init(_ scalars: Unicode.Scalar...) { self.init(scalars.map { $0.value...$0.value }) }

    package static let all = ScalarSet([0...0x10FFFF])

    private static func withoutSurrogates(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
        guard range.overlaps(0xD800...0xDFFF) else { return [range] }
        var parts: [ClosedRange<UInt32>] = []
        if range.lowerBound < 0xD800 { parts.append(range.lowerBound...0xD7FF) }
        if range.upperBound > 0xDFFF { parts.append(0xE000...range.upperBound) }
        return parts
    }

    package var isEmpty: Bool { ranges.isEmpty }

    package var count: Int { ranges.reduce(0) { $0 + $1.count } }

    package func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } }

    package func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    package var complement: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return ScalarSet(gaps)
    }

    package func intersection(_ other: ScalarSet) -> ScalarSet {
        complement.union(other.complement).complement
    }

    package func subtracting(_ other: ScalarSet) -> ScalarSet { intersection(other.complement) }
}
