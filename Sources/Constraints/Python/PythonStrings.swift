/// String literals: of text with the prefixes `r`, `u` and `f`, of bytes with `b` and `rb`, in one or three quotation
/// marks of either kind. Escapes are those that have a meaning, without `\N`.
struct PythonStrings {
    /// One literal of text.
    let text: Language
    /// One literal of bytes; the two do not stand side by side.
    let bytes: Language
    /// The inside of a comment: any characters of a line.
    let line: Language

    init(_ builder: GrammarBuilder, name: Language, number: Language) {
        let controls: [ClosedRange<UInt32>] = [0...0x08, 0x0A...0x1F, 0x7F...0x7F]
        let visible = ScalarSet(controls).complement
        let ascii = visible.intersection(ScalarSet([0...0x7F]))
        func scalar(_ set: ScalarSet, without signs: Unicode.Scalar...) -> Language {
            .scalar(set.subtracting(ScalarSet(signs.map { $0.value...$0.value })))
        }
        line = builder.add("comment", .star(.scalar(visible)))
        var (texts, byteTexts): ([Language], [Language]) = ([], [])
        for quote in ["\"", "'"] as [Unicode.Scalar] {
            let other: Unicode.Scalar = quote == "'" ? "\"" : "'"
            let field = PythonFields(builder, name: name, number: number, quote: quote, other: other).field
            for isLong in [false, true] {
                func literal(_ prefixes: [String], _ item: Language) -> Language {
                    let mark = Language.text(String(quote))
                    var inside = Language.star(item)
                    var ends = mark
                    if isLong {
                        // One or two marks are text unless a third follows.
                        let item = Language.either([item, .text("\n")])
                        inside = .star(.joined([.repeated(mark, 0, 2), item]))
                        ends = .repeated(mark, 3, 3)
                    }
                    return .joined([.literals(prefixes.map { Array($0.utf8) }), ends, inside, ends])
                }
                let plain = scalar(visible, without: quote, "\\")
                let plainASCII = scalar(ascii, without: quote, "\\")
                let rawPair = [visible, ascii].map { Language.joined([.text("\\"), .scalar($0)]) }
                let literalPart = Language.either([
                    scalar(visible, without: quote, "\\", "{", "}"), .text("{{"), .text("}}"),
                    Self.escape(isText: true),
                    field,
                ])
                texts += [
                    literal(["", "u", "U"], .either([plain, Self.escape(isText: true)])),
                    literal(["r", "R"], .either([plain, rawPair[0]])),
                    literal(["f", "F"], literalPart),
                ]
                byteTexts += [
                    literal(["b", "B"], .either([plainASCII, Self.escape(isText: false)])),
                    literal(["rb", "rB", "Rb", "RB", "br", "bR", "Br", "BR"], .either([plainASCII, rawPair[1]])),
                ]
            }
        }
        text = builder.add("string", .either(texts))
        bytes = builder.add("bytes", .either(byteTexts))
    }

    private static func escape(isText: Bool) -> Language {
        func digits(_ set: String, _ minimum: Int, _ maximum: Int) -> Language {
            .repeated(.byte(ByteSet(set.utf8)), minimum, maximum)
        }
        let hex = "0123456789abcdefABCDEF"
        let octal = "01234567"
        var kinds: [Language] = [
            .byte(ByteSet("\\'\"abfnrtv\n".utf8)),
            .joined([.text("x"), digits(hex, 2, 2)]),
            .joined([digits("0123", 1, 1), digits(octal, 0, 2)]),
            .joined([digits("4567", 1, 1), digits(octal, 0, 1)]),
        ]
        if isText {
            kinds.append(.joined([.text("u"), digits(hex, 4, 4)]))
            kinds.append(
                .joined([
                    .text("U00"), .either([.text("10"), .joined([.text("0"), digits(hex, 1, 1)])]), digits(hex, 4, 4),
                ])
            )
        }
        return .joined([.text("\\"), .either(kinds)])
    }
}

/// `{value!r:format}` in an f-string: values without braces, comments, backslashes and the literal's own quotation mark,
/// as versions before 3.12 want them.
struct PythonFields {
    let field: Language

    init(_ builder: GrammarBuilder, name: Language, number: Language, quote: Unicode.Scalar, other: Unicode.Scalar) {
        let space = Language.star(.text(" "))
        let mark = Language.text(String(other))
        let signs: [Unicode.Scalar] = ["\"", "'", "\\", "{", "}", "#"]
        let printable = ScalarSet([0x20...0x7E])
        let string = Language.joined([
            mark, .star(.scalar(printable.subtracting(ScalarSet(signs.map { $0.value...$0.value })))), mark,
        ])
        func list(_ item: Language) -> Language { .joined([item, .star(.joined([.text(","), space, item]))]) }
        let attribute = Language.joined([.text("."), name])
        var value = Language.nothing
        for level in 0...2 {
            var trailers = [attribute]
            var atoms = [name, string]
            if value != .nothing {
                let bound = Language.optional(value)
                trailers += [
                    .joined([.text("("), .optional(list(value)), .text(")")]),
                    .joined([.text("["), .either([value, .joined([bound, .text(":"), bound])]), .text("]")]),
                ]
                atoms.append(.joined([.text("("), value, .text(")")]))
            }
            let operand = Language.joined([
                .optional(.text("-")),
                .either([number, .joined([.either(atoms), .repeated(.either(trailers), 0, 4)])]),
            ])
            let operators = Language.literals(["+", "-", "*", "/", "//", "%", "**"].map { Array($0.utf8) })
            let more = Language.joined([space, operators, space, operand])
            value = builder.add("f\(quote) value \(level)", .joined([operand, .repeated(more, 0, 4)]))
        }
        let plain = printable.subtracting(ScalarSet((signs + ["!"]).map { $0.value...$0.value }))
        let format = Language.star(
            .either([.scalar(plain), .joined([.text("{"), .either([name, number]), .text("}")])])
        )
        field = builder.add(
            "f\(quote) field",
            .joined([
                .text("{"), space, value,
                .either([
                    .joined([
                        .optional(.joined([.text("!"), .byte(ByteSet("rsa".utf8))])),
                        .optional(.joined([.text(":"), format])),
                    ]),
                    .joined([.text(" "), space]),
                ]),
                .text("}"),
            ])
        )
    }
}
