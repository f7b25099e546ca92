import Serving
import Testing

/// The forms of next-edit prompts that clients send, reconstructed from their sources.
@Suite struct EditPromptTests {
    private static let snippets = """
        <|recently_viewed_code_snippets|>
        <|recently_viewed_code_snippet|>
        code_snippet_file_path: a.py
        x = 1
        <|/recently_viewed_code_snippet|>
        <|/recently_viewed_code_snippets|>
        """
    private static let file = """
        <|current_file_content|>
        current_file_path: path/b.py
        import os

        <|code_to_edit|>
        def f(a):
            return <|cursor|>a
        <|/code_to_edit|>

        print(f(1))
        <|/current_file_content|>
        """
    private static let history = """
        <|edit_diff_history|>
        --- path/b.py
        +++ path/b.py
        @@ -1,1 +1,1 @@
        -old
        +new

        <|/edit_diff_history|>
        """

    @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
    func sectionsAreFoundInAnyOrder(order: [Int]) {
        let parts = [Self.snippets, Self.file, Self.history]
        let prompt = EditPrompt(order.map { parts[$0] }.joined(separator: "\n\n"))
        #expect(prompt.path == "path/b.py")
        #expect(prompt.above == "import os\n\n")
        #expect(prompt.region == "def f(a):\n    return a")
        #expect(prompt.cursor == "def f(a):\n    return ".utf8.count)
        #expect(prompt.below == "\nprint(f(1))")
        #expect(prompt.snippets.contains("x = 1") && prompt.history.contains("+new"))
        #expect(prompt.hole == ("def f(a):\n    return ", "a", ""))
    }

    /// The OpenAPI document's example repeats the region outside of the file.
    @Test func aRegionOutsideOfTheFileIsFoundInIt() {
        let prompt = EditPrompt(
            """
            <|edit_diff_history|>
            <|/edit_diff_history|>
            <|current_file_content|>
            import os
            def greet(name):
                print("hi")
            greet(1)
            <|/current_file_content|>
            <|code_to_edit|>
            def greet(name):
                print("hi")<|cursor|>
            <|/code_to_edit|>
            """
        )
        #expect(prompt.above == "import os\n" && prompt.below == "greet(1)")
        #expect(prompt.hole == ("def greet(name):\n    print(\"hi\")", "", ""))
    }

    @Test func aMessageWithoutTagsIsTheRegion() {
        let prompt = EditPrompt("x = 1\n")
        #expect(prompt.region == "x = 1\n" && prompt.cursor == nil)
        #expect(prompt.hole == ("", "x = 1\n", ""))
    }

    @Test func anUnchangedRegionIsNone() {
        let prompt = EditPrompt("x = 1")
        #expect(prompt.answer("x = 1") == "None")
        #expect(prompt.answer("x = 2") == "```\nx = 2\n```")
    }
}
