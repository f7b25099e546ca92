/// Upper, lower and title case, as Python's `str` has them.
extension Text {
    func uppercased() -> Text { mapped(flipping: "a"..."z") { Text(self[$0].properties.uppercaseMapping) } }

    func lowercased() -> Text {
        mapped(flipping: "A"..."Z") { index in
            self[index] == "Σ" ? [isFinalSigma(index) ? "ς" : "σ"] : Text(self[index].properties.lowercaseMapping)
        }
    }

    /// Changes each code point; of ASCII, where tables would be slow, only these letters change, by one bit.
    private func mapped(flipping letters: ClosedRange<Unicode.Scalar>, _ change: (Int) -> Text) -> Text {
        var result: Text = []
        result.reserveCapacity(count)
        for (index, scalar) in enumerated() {
            if !scalar.isASCII {
                result += change(index)
            } else {
                result.append(letters.contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) ^ 0x20) : scalar)
            }
        }
        return result
    }

    /// A capital sigma at the end of a word: behind a cased letter and before none, signs between not counted.
    private func isFinalSigma(_ index: Int) -> Bool {
        let before = self[..<index].last { !$0.properties.isCaseIgnorable }
        let after = self[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        return before?.properties.isCased == true && after?.properties.isCased != true
    }

    /// The first code point in title case, all others in lower case.
    func capitalized() -> Text {
        guard let first else { return [] }
        return Text(first.properties.titlecaseMapping) + Text(lowercased().dropFirst(Text([first]).lowercased().count))
    }

    /// `str.title`: a letter behind a letter is small, all others are capitals.
    func titled() -> Text {
        var isInside = false
        return flatMap { scalar -> Text in
            defer { isInside = scalar.properties.isCased }
            return Text(isInside ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping)
        }
    }

    func swappingCase() -> Text {
        flatMap { scalar -> Text in
            Text(
                scalar.properties.isUppercase ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
            )
        }
    }

    /// The test of `str.isupper` or `str.islower`: at least one cased letter, and none of the other case.
    func isAll(_ isWanted: (Unicode.Scalar.Properties) -> Bool) -> Bool {
        contains { $0.properties.isCased } && allSatisfy { !$0.properties.isCased || isWanted($0.properties) }
    }
}
