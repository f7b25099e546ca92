import Common
import Constraints
import Testing

@Suite struct SchemaScalarTests {
    @Test func strings() throws {
        try SchemaCheck.check(
            #"{"type":"string","minLength":2,"maxLength":3,"pattern":"[\"\\\\\\n]"}"#,
            accepts: [#""a\"""#, #""\\\\""#, #""é\n😀""#],
            refuses: [#""\"""#, #""ab""#, #""\"abc""#]
        )
        try SchemaCheck.check(
            #"{"enum":["a\u0000","é",1.50,-0.0,null,{"k":[1]}]}"#,
            accepts: [#""a\u0000""#, #""é""#, "1.5", "0", "null", #"{"k":[1]}"#],
            refuses: [#""e\u0301""#, "1.51", "-1", #"{"k":[]}"#]
        )
    }

    @Test func formats() throws {
        let texts: [(String, [String], [String])] = [
            (
                "date", ["2024-02-29", "2000-02-29", "1999-12-31"],
                ["2023-02-29", "1900-02-29", "2023-04-31", "2023-1-1"]
            ),
            ("time", ["23:59:59Z", "00:00:00.5+01:30"], ["24:00:00Z", "12:00:00", "12:60:00Z"]),
            ("date-time", ["2024-02-29T12:00:00Z"], ["2024-02-29 12:00:00Z", "2024-02-30T12:00:00Z"]),
            ("duration", ["P1Y2M3DT4H5M6S", "PT1H", "P2W"], ["P", "P1YT", "P1S", "1Y", "P1Y1W"]),
            ("email", ["a.b+c@d-e.org"], ["a@", "@b", "a b@c", "a..b@c"]),
            (
                "hostname", ["a.b-c.d", "localhost"],
                ["-a", "a-", "a..b", "a_b", "xn--x", String(repeating: "a", count: 64)]
            ),
            ("ipv4", ["0.0.0.0", "255.255.255.255"], ["256.0.0.1", "1.2.3", "01.2.3.4"]),
            (
                "ipv6", ["::", "::1", "1:2:3:4:5:6:7:8", "fe80::1:2", "::ffff:1.2.3.4", "1::8", "1:2:3:4:5:6:7::"],
                [":1", "1:2:3", "1::2::3", "12345::", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8"]
            ),
            (
                "uri", ["http://a.b/c?d=e#f", "urn:x:y", "mailto:a@b", "http://[::1]:80/"],
                ["a/b", "//a", "http://a b", "1a:b", "http://a/\\"]
            ),
            ("uri-reference", ["a/b", "//a/b", "#f", "?q", "", "../x"], ["a b", "\\x", "1:2\u{e9}"]),
            (
                "uuid", ["12345678-1234-1234-1234-1234567890AB"],
                ["12345678-1234-1234-1234-1234567890A", "123456781234123412341234567890AB"]
            ),
            ("json-pointer", ["", "/a/b~0~1", "/"], ["a", "/~", "/~2"]),
            ("uri-template", ["http://a/{b}{?c,d*}{+e:3}"], ["{", "{a", "a}"]),
        ]
        for (format, valid, invalid) in texts {
            func quoted(_ text: String) -> String { String(decoding: CanonicalText.string(text), as: UTF8.self) }
            try SchemaCheck.check(
                #"{"type":"string","format":"\#(format)"}"#,
                accepts: valid.map(quoted),
                refuses: invalid.map(quoted)
            )
        }
    }

    /// Against exact arithmetic on integers scaled by 1,000.
    @Test func numbers() throws {
        let seed: UInt64 = 23
        var random = SplitMix64(seed: seed)
        func text(_ thousandths: Int) -> String {
            let (whole, fraction) = (abs(thousandths) / 1000, abs(thousandths) % 1000)
            var digits = String(String(1000 + fraction).dropFirst())
            while digits.hasSuffix("0") { digits.removeLast() }
            return "\(thousandths < 0 ? "-" : "")\(whole)\(digits.isEmpty ? "" : "." + digits)"
        }
        for _ in 0..<300 {
            let scale = [1, 10, 100, 1000, 100_000].randomElement(using: &random) ?? 1
            let bound = Int.random(in: -99...99, using: &random) * scale
            let keyword =
                ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].randomElement(using: &random) ?? ""
            let divisor = [0, 0, 1, 7, 1000, 12_000, 250, 30].randomElement(using: &random) ?? 0
            let isInteger = Bool.random(using: &random)
            var schema = #"{"type":"\#(isInteger ? "integer" : "number")","\#(keyword)":\#(text(bound))"#
            if divisor > 0 { schema += #","multipleOf":\#(text(divisor))"# }
            var recogniser = try Recogniser(Grammar(jsonSchema: schema + "}"))
            for _ in 0..<40 {
                let value =
                    Bool.random(using: &random)
                    ? bound + Int.random(in: -3...3, using: &random)
                        * ([1, 10, 1000].randomElement(using: &random) ?? 1)
                    : Int.random(in: -200_000...200_000, using: &random)
                let isWithin =
                    switch keyword {
                    case "minimum": value >= bound
                    case "maximum": value <= bound
                    case "exclusiveMinimum": value > bound
                    default: value < bound
                    }
                let expected = isWithin && (divisor == 0 || value % divisor == 0) && (!isInteger || value % 1000 == 0)
                #expect(
                    try recogniser.accepts(text(value).utf8) == expected,
                    "\(text(value)) of \(schema)}, seed \(seed)"
                )
            }
        }
    }

    /// A reader that rounds to doubles must not find a bound or an exclusion violated.
    @Test func staysAwayFromWhatDoublesRoundTo() throws {
        try SchemaCheck.check(
            #"{"type":"number","exclusiveMaximum":0.1}"#,
            accepts: ["0.09999", "-7"],
            refuses: ["0.0999999999999999999999", "0.1", "0.10"]
        )
        try SchemaCheck.check(
            #"{"type":"number","exclusiveMinimum":0}"#,
            accepts: ["0.000001", "5"],
            refuses: ["0", "0.00", "-1", "-0.0"]
        )
        try SchemaCheck.check(
            #"{"type":"number","not":{"const":5}}"#,
            accepts: ["4.99", "6"],
            refuses: ["5", "5.0", "4.99999999999999999999", "5.00000000000000000001"]
        )
        try SchemaCheck.check(
            #"{"type":"number","not":{"type":"integer"}}"#,
            accepts: ["0.5", "-3.25"],
            refuses: ["1", "1.0", "0.99999999999999999999"]
        )
    }
}
