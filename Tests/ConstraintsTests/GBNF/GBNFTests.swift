import Common
import Constraints
import Testing

@Suite struct GBNFTests {
    private static func check(_ grammar: String, accepts: [String], refuses: [String]) throws {
        var recogniser = try Recogniser(Grammar(gbnf: grammar))
        for text in accepts { #expect(try recogniser.accepts(text.utf8), "'\(text)' of \(grammar)") }
        for text in refuses { #expect(try !recogniser.accepts(text.utf8), "'\(text)' of \(grammar)") }
    }

    static let arithmetic = """
        # sums of products, as llama.cpp's example has them
        root  ::= (expr "=" ws term "\\n")+
        expr  ::= term ([-+*/] term)*
        term  ::= ident | num | "(" ws expr ")" ws
        ident ::= [a-z] [a-z0-9_]* ws
        num   ::= [0-9]+ ws
        ws    ::= [ \\t\\n]*
        """

    @Test func readsAnExample() throws {
        try Self.check(
            Self.arithmetic,
            accepts: ["1=1\n", "a+(b*2)=c\n", "1 -x1 = 5\n2=2\n"],
            refuses: ["", "1=1", "1+=2\n", "(1=1\n", "A=1\n"]
        )
    }

    @Test func readsItsElements() throws {
        try Self.check(#"root ::= "a\n\x41é\u00e9" [^a-c\]]"#, accepts: ["a\nAééz"], refuses: ["a\nAééb", "a\nAéé]"])
        try Self.check(
            "root ::= a{2} | \"b\"{1,2} | \"c\"{2,}\na ::= \"a\"",
            accepts: ["aa", "b", "bb", "ccc"],
            refuses: ["a", "bbb", "c", ""]
        )
        try Self.check(
            "root ::= (\n  \"a\" # first\n  | \"b\"\n)? .",
            accepts: ["ax", "é", "b"],
            refuses: ["", "abx"]
        )
        try Self.check("root ::=\n  \"a\" |\n  \"b\"", accepts: ["a", "b"], refuses: ["ab"])
    }

    @Test func rewritesImmediateLeftRecursion() throws {
        try Self.check(
            "root ::= root \"+\" num | num | root \"!\"\nnum ::= [0-9]",
            accepts: ["1", "1+2", "1!+3!!"],
            refuses: ["", "+1", "1+", "!"]
        )
    }

    @Test func refusesOtherLeftRecursionByName() {
        let error = #expect(throws: CinnabarError.self) {
            try Grammar(gbnf: "root ::= first \"a\"\nfirst ::= \"x\"? second\nsecond ::= root \"y\"")
        }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("'root' begins with 'first' begins with 'second' begins with 'root'") == true)
    }

    @Test(arguments: [
        ("root ::= \"a", "line 1, column 10"), ("root ::= x", "'x' is not defined"),
        ("a ::= \"a\"", "'root' is missing"),
        ("root ::= (\"a\"", "column 10"), ("root ::= [z-a]", "backwards"), ("root \"a\"", "'::='"),
        ("root ::= \"a\"\nroot ::= \"b\"", "twice"), ("root ::= \"a\"{3,1}", "below the least"),
        ("root ::= )", "not expected"),
    ])
    func saysWhereAnErrorIs(_ grammar: String, _ part: String) {
        let error = #expect(throws: CinnabarError.self) { try Grammar(gbnf: grammar) }
        #expect(error?.code == .malformed && error?.message.contains(part) == true, "\(String(describing: error))")
    }

    @Test func refusesWhatDerivesNothing() {
        let error = #expect(throws: CinnabarError.self) { try Grammar(gbnf: "root ::= \"(\" root \")\"") }
        #expect(error?.code == .invalidArgument)
    }

    @Test func survivesMutations() {
        let signs = Array("()[]{}*+?|\\\"^.-,09azr:=# \n".unicodeScalars)
        let seed: UInt64 = 3
        var random = SplitMix64(seed: seed)
        var read = 0
        for _ in 0..<4_000 {
            var scalars = Array(Self.arithmetic.unicodeScalars)
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let place = Int.random(in: 0..<scalars.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: scalars[place] = signs[Int.random(in: 0..<signs.count, using: &random)]
                case 1: scalars.insert(signs[Int.random(in: 0..<signs.count, using: &random)], at: place)
                default: scalars.remove(at: place)
                }
            }
            do {
                _ = try Recogniser(Grammar(gbnf: String(String.UnicodeScalarView(scalars))))
                read += 1
            } catch {
                #expect(error is CinnabarError, "seed \(seed)")
            }
        }
        #expect(read > 400)
    }
}
