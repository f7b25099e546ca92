import Serving
import Testing

@Suite struct ToolCallReaderTests {
    private static let text = """
        I shall <tool look.
        <tool_call>
        {"name":"find \\"it\\"","arguments":{"path":"a}\\"<tool_call>","depth":[1,{"x":2}]}}
        </tool_call>
        <tool_call>
        {"name":"stop","arguments":{}}
        </tool_call>
        """

    @Test func readsContentAndCalls() {
        let reader = ToolCallReader(Self.text, isFinished: true)
        #expect(reader.content == "I shall <tool look.")
        #expect(
            reader.calls == [
                .init(name: "find \"it\"", arguments: #"{"path":"a}\"<tool_call>","depth":[1,{"x":2}]}"#),
                .init(name: "stop", arguments: "{}"),
            ]
        )
    }

    /// What was read of a beginning is a beginning of what is read of the whole: told pieces are never taken back.
    @Test func everyBeginningReadsAsABeginning() {
        let whole = ToolCallReader(Self.text, isFinished: true)
        let bytes = Array(Self.text.utf8)
        var (content, calls) = (0, 0)
        for count in 0...bytes.count {
            let part = ToolCallReader(String(decoding: bytes[..<count], as: UTF8.self), isFinished: false)
            #expect(whole.content.hasPrefix(part.content))
            #expect(part.content.utf8.count >= content && part.calls.count >= calls)
            for (one, other) in zip(part.calls, whole.calls) {
                #expect(one.name == other.name && other.arguments.hasPrefix(one.arguments))
            }
            (content, calls) = (part.content.utf8.count, part.calls.count)
        }
        #expect(calls == 2)
    }

    @Test func textWithoutCallsIsAllContent() {
        #expect(ToolCallReader("a <tool_cal", isFinished: true).content == "a <tool_cal")
        #expect(ToolCallReader("a\n", isFinished: true).content == "a\n")
        #expect(ToolCallReader("", isFinished: true).calls.isEmpty)
    }
}
