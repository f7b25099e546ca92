import Common
import Constraints
import Foundation
import Testing

/// A toy decode: random rows, a random schedule that writes, edits, masks again and commits, and interruptions.
struct ToyDecode {
    let grammar: Grammar
    let tokens: [[UInt8]]
    var session: ConstraintSession
    var canvas: [TokenID?] = []
    let length: Int

    var end: TokenID { TokenID(tokens.count - 3) }
    var pad: TokenID { TokenID(tokens.count - 2) }

    init(_ grammar: Grammar, _ tokens: [[UInt8]], _ session: ConstraintSession, _ random: inout SplitMix64) {
        (self.grammar, self.tokens, self.session) = (grammar, tokens, session)
        length = Int.random(in: 1...5, using: &random)
        open()
    }

    mutating func open() {
        let room = min(length, session.limit - session.committed.count)
        while canvas.count < room { canvas.append(nil) }
        canvas.removeLast(max(0, canvas.count - room))
    }

    /// One forward.
    mutating func step(_ random: inout SplitMix64) throws {
        let rows = canvas.map { _ in RandomCanvas.row(tokens.count, &random) }
        let cells = zip(canvas, rows).map { token, row -> ConstraintSession.Cell in
            let isUnread = Int.random(in: 0..<8, using: &random) == 0
            let row =
                isUnread
                ? nil : TokenRow(logits: row[...], candidates: Int.random(in: 1...row.count, using: &random))
            return token.map { .decided($0, row) } ?? .masked(row)
        }
        let seed = Bool.random(using: &random) ? random.next() : nil
        let reading = try session.read(cells, draw: seed)
        func wanted(_ index: Int) -> TokenID {
            switch Int.random(in: 0..<3, using: &random) {
            case 0: TokenID(rows[index].indices.max { rows[index][$0] < rows[index][$1] } ?? 0)
            case 1: reading.marginals[index].first?.token ?? 0
            default: reading.witness[index]
            }
        }
        let writes = canvas.indices.filter { _ in Bool.random(using: &random) }
            .map { ToyPolicy.Write(index: $0, token: wanted($0)) }
        let masked = canvas.indices.filter { canvas[$0] == nil }
        let allowed = ToyPolicy.allowed(writes, masked: masked, reading) + ToyPolicy.forced(masked: masked, reading)
        for write in allowed { canvas[write.index] = write.token }
        for index in canvas.indices where Int.random(in: 0..<10, using: &random) == 0 { canvas[index] = nil }
        guard Int.random(in: 0..<3, using: &random) == 0 else { return }
        // Close some of the front.
        let count = Int.random(in: 0...canvas.count, using: &random)
        for write in ToyPolicy.closing(canvas, reading) where write.index < count {
            canvas[write.index] = write.token
        }
        try session.commit(canvas.prefix(count).compactMap { $0 })
        canvas.removeFirst(count)
        open()
    }

    /// What must hold at every moment.
    func check(_ comment: Comment, _ grammar: Grammar? = nil) throws {
        let text = try session.completion()
        #expect(text.count <= session.limit, comment)
        #expect(ReferenceMatcher.accepts(grammar ?? self.grammar, text.flatMap { tokens[Int($0)] }), comment)
        let whole = session.committed + session.witness
        for (position, token) in session.pins { #expect(position < whole.count && whole[position] == token, comment) }
    }
}

@Suite struct ConstrainedDecodingTests {
    /// A random session, nil if its constraint has no text in time.
    static func session(_ generator: inout RandomLanguage, pins: Int) throws -> ToyDecode? {
        guard let problem = try RandomCanvas(&generator, longest: 0) else { return nil }
        let limit = Int.random(in: 0...7, using: &generator.random)
        var session: ConstraintSession
        let options = CanvasInference.Options(endTokens: [problem.end], padToken: problem.pad)
        do {
            session = try ConstraintSession(problem.automaton, options: options, limit: limit)
        } catch { return nil }
        for _ in 0..<pins {
            let token = TokenID(Int.random(in: 0..<problem.tokens.count - 1, using: &generator.random))
            let before = session
            do {
                try session.pin(Int.random(in: 0..<max(1, limit), using: &generator.random), to: token)
            } catch {
                #expect(session.pins == before.pins && session.version == before.version)
            }
        }
        return ToyDecode(problem.grammar, problem.tokens, session, &generator.random)
    }

    @Test("10,000 random decodes: valid whenever they are stopped, pins kept, limits kept")
    func alwaysValid() throws {
        let seed: UInt64 = 81
        var generator = RandomLanguage(seed: seed)
        var (cases, pinned, finished) = (0, 0, 0)
        while cases < 10_000 {
            guard var decode = try Self.session(&generator, pins: Int.random(in: 0...2, using: &generator.random))
            else {
                continue
            }
            cases += 1
            let comment: Comment = "seed \(seed), case \(cases)"
            pinned += decode.session.pins.isEmpty ? 0 : 1
            for _ in 0..<Int.random(in: 0...6, using: &generator.random) { try decode.step(&generator.random) }
            try decode.check(comment)
            finished += decode.session.hasEnded || decode.session.committed.count == decode.session.limit ? 1 : 0
        }
        #expect(pinned > 1_000 && finished > 500)
    }

    @Test("1,000 random injections: obeyed from then on, or refused with nothing changed")
    func injections() throws {
        let seed: UInt64 = 82
        var generator = RandomLanguage(seed: seed)
        var (cases, obeyed, rolledBack, refused) = (0, 0, 0, 0)
        while cases < 1_000 {
            guard var decode = try Self.session(&generator, pins: Int.random(in: 0...1, using: &generator.random))
            else {
                continue
            }
            for _ in 0..<Int.random(in: 0...5, using: &generator.random) { try decode.step(&generator.random) }
            // The same language cut down, or another one.
            let other = generator.grammar()
            let isRelated = Bool.random(using: &generator.random)
            let grammar =
                isRelated
                ? Grammar(
                    start: .choice([decode.grammar.start, generator.language(depth: 2, rules: 0)]),
                    rules: decode.grammar.rules
                )
                : other
            guard let automaton = try? TokenAutomaton(grammar, vocabulary: decode.session.automaton.vocabulary) else {
                continue
            }
            cases += 1
            let before = decode.session
            let mayRollBack = Bool.random(using: &generator.random)
            let comment: Comment = "seed \(seed), case \(cases)"
            let reference = ReferenceTexts(grammar, tokens: decode.tokens)
            let nothing = Set(before.options.endTokens + [decode.pad])
            func canGoOn(_ count: Int) -> Bool {
                let prefix = before.committed.prefix(count)
                let text = prefix.filter { !nothing.contains($0) }.flatMap { decode.tokens[Int($0)] }
                let isOver = prefix.contains(where: nothing.contains)
                return isOver ? reference.isText(text) : reference.canEnd(text, within: before.limit - count)
            }
            do {
                let injection = try decode.session.inject(automaton, mayRollBack: mayRollBack)
                obeyed += 1
                rolledBack += injection.draft.isEmpty ? 0 : 1
                #expect(injection.draft.isEmpty || mayRollBack, comment)
                #expect(before.committed == decode.session.committed + injection.draft, comment)
                #expect(decode.session.pins == before.pins && decode.session.version > before.version, comment)
                if before.pins.isEmpty {
                    for count in stride(from: injection.kept + 1, through: before.committed.count, by: 1) {
                        #expect(!canGoOn(count), comment)
                    }
                }
                decode.canvas = injection.draft + decode.canvas
                decode.open()
                try decode.check(comment, grammar)
                for _ in 0..<3 { try decode.step(&generator.random) }
                try decode.check(comment, grammar)
            } catch let error as CinnabarError {
                refused += 1
                #expect(error.code == .invalidArgument, "\(comment): \(error)")
                let after = decode.session
                #expect(after.committed == before.committed && after.version == before.version, comment)
                #expect(after.witness == before.witness && after.state == before.state, comment)
                if before.pins.isEmpty {
                    let counts =
                        mayRollBack ? 0...before.committed.count : before.committed.count...before.committed.count
                    #expect(counts.allSatisfy { !canGoOn($0) }, "\(comment): \(error)")
                }
                try decode.check(comment)
            }
        }
        #expect(obeyed > 200 && rolledBack > 30 && refused > 80)
    }

    @Test("an infeasible pin is refused by name; locks, unpinning and rolling back")
    func control() throws {
        let trie = VocabularyTrie(["a", "b", "ab", "", ""].map { Array($0.utf8) })
        let automaton = try TokenAutomaton(Grammar(start: .star(.text("ab"))), vocabulary: trie)
        let options = CanvasInference.Options(endTokens: [3], padToken: 4)
        var session = try ConstraintSession(automaton, options: options, limit: 6)
        try session.pin(2, to: 0)
        let error = #expect(throws: CinnabarError.self) { try session.pin(3, to: 2) }
        #expect(error?.description.contains("position 3") == true && error?.description.contains("\"ab\"") == true)
        #expect(session.pins == [2: 0] && session.version == 1)
        #expect(try trie.bytes(of: session.completion()).count % 2 == 0)
        try session.commit(Array(session.witness.prefix(1)))
        #expect(throws: CinnabarError.self) { try session.commit([3]) }
        #expect(throws: CinnabarError.self) { try session.pin(0, to: session.committed[0] == 2 ? 0 : 2) }
        let first = session.committed[0]
        try session.lock([0: first])
        session.unpin(2)
        #expect(session.pins == [0: first] && session.version == 4)
        #expect(try session.rollBack(to: 0) == [first])
        #expect(try session.read(Array(repeating: .masked(nil), count: 4)).witness.first == first)
        // A limit that no text fits.
        let five = try TokenAutomaton(
            Grammar(start: .repetition(.text("ab"), minimum: 5, maximum: 5)),
            vocabulary: trie
        )
        let short = #expect(throws: CinnabarError.self) { try ConstraintSession(five, options: options, limit: 4) }
        #expect(short?.description.contains("5 are needed") == true)
        #expect(try ConstraintSession(five, options: options, limit: 5).completion() == [2, 2, 2, 2, 2])
    }
}
