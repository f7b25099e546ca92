/// What stands between the parts of a JSON text. There is no other white space: it would be infinite.
package struct JSONStyle: Sendable, Hashable {
    /// Between a key and its value.
    package var colon: Language
    /// Between members and between elements.
    package var comma: Language

    /// `{"a":1,"b":2}`
    package static let compact = JSONStyle(colon: .text(":"), comma: .text(","))
    /// `{"a": 1, "b": 2}`
    package static let spaced = JSONStyle(colon: .text(": "), comma: .text(", "))
}
