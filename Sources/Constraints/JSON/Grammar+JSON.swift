/// Any JSON value, as rules that other grammars use too.
struct JSONRules {
    static let count = 3

    /// The rules, the first of which is any value; `base` is the index of the first.
    static func rules(_ style: JSONStyle, base: Int) -> [Grammar.Rule] {
        func list(_ item: Language) -> Language {
            .optional(.joined([item, .star(.joined([style.comma, item]))]))
        }
        let string = JSONText.quoted(JSONText.anyInside)
        let member = Language.joined([string, style.colon, .rule(base)])
        return [
            Grammar.Rule(
                name: "value",
                language: .either([
                    .text("null"), .text("true"), .text("false"), JSONText.anyNumber, string, .rule(base + 1),
                    .rule(base + 2),
                ])
            ),
            Grammar.Rule(name: "array", language: .joined([.text("["), list(.rule(base)), .text("]")])),
            Grammar.Rule(name: "object", language: .joined([.text("{"), list(member), .text("}")])),
        ]
    }
}

extension Grammar {
    /// Any JSON value (RFC 8259), without white space but what the style has.
    package static func json(style: JSONStyle = .compact) -> Grammar {
        Grammar(start: .rule(0), rules: JSONRules.rules(style, base: 0))
    }

    /// Any JSON object: what clients call `json_object`.
    package static func jsonObject(style: JSONStyle = .compact) -> Grammar {
        Grammar(start: .rule(2), rules: JSONRules.rules(style, base: 0))
    }
}
