import Common
import Testing

@Suite struct CinnabarErrorTests {
    /// Names come from files: they must not break the line or command the terminal.
    @Test func isOneLineWhateverItQuotes() {
        struct Cause: Error, CustomStringConvertible { let description = "below\nthis" }
        let error = CinnabarError(.malformed, "tensor 'a\r\nb\u{1B}[2J'", hint: "é\tis fine", cause: Cause())
        #expect(error.description == "tensor 'a  b [2J' (below this); é is fine")
    }
}
