extension Passage {
    /// A Python function, as ranges of lines of the passage.
    struct Definition {
        /// Decorators, signature, docstring and body; trailing blank lines excluded.
        let all: Range<Int>
        /// What follows the docstring, or the signature if there is none; may be empty.
        let body: Range<Int>
    }

    /// The function whose head is at or before line `index`, or the next one behind it; nil if there is none.
    func definition(near index: Int) -> Definition? {
        let before = lines[...index].lastIndex { $0.head == .definition }
        guard let head = before ?? lines[index...].firstIndex(where: { $0.head == .definition }) else { return nil }
        var first = head
        while first > 0, lines[first - 1].head == .decorator, lines[first - 1].indentation == lines[head].indentation {
            first -= 1
        }
        let signatureEnd = endOfSignature(head)
        let end = endOfBlock(signatureEnd, indentation: lines[head].indentation)
        return Definition(all: first..<end, body: min(endOfDocstring(signatureEnd, end), end)..<end)
    }

    /// The line behind the last of a signature, which is the first that ends with a colon.
    private func endOfSignature(_ head: Int) -> Int {
        for index in head..<min(head + 40, lines.count) where lastByte(lines[index]) == UInt8(ascii: ":") {
            return index + 1
        }
        return head + 1
    }

    private func lastByte(_ line: Line) -> UInt8? {
        document[line.content..<line.visibleEnd].last { $0 != 32 && $0 != 9 }
    }

    /// The line behind the last that is indented deeper than `indentation`.
    private func endOfBlock(_ first: Int, indentation: Int) -> Int {
        var end = first
        for index in first..<lines.count where !lines[index].isBlank {
            let line = lines[index]
            guard line.indentation > indentation || line.head == .closingBracket else { break }
            end = index + 1
        }
        return end
    }

    /// The line behind the docstring that begins at the first line that is not blank, if one does.
    private func endOfDocstring(_ first: Int, _ end: Int) -> Int {
        guard first < end, let opening = (first..<end).first(where: { !lines[$0].isBlank }) else { return first }
        let line = lines[opening]
        var text = document[line.content..<line.visibleEnd]
        while let byte = text.first, "rRuUbB".utf8.contains(byte) { text = text.dropFirst() }
        guard let quote = text.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return first }
        let delimiter = [quote, quote, quote]
        guard text.starts(with: delimiter) else { return opening + 1 }
        if contains(delimiter, text.dropFirst(3)) { return opening + 1 }
        for index in opening + 1..<max(opening + 1, end)
        where contains(delimiter, document[lines[index].content..<lines[index].visibleEnd]) {
            return index + 1
        }
        return end
    }

    private func contains(_ triple: [UInt8], _ text: ArraySlice<UInt8>) -> Bool {
        text.count >= 3 && text.indices.dropLast(2).contains { text[$0..<$0 + 3].elementsEqual(triple) }
    }
}
