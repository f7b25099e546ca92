import Common

/// What stands in the holes of a finished text.
extension Template {
    package struct Value: Sendable, Hashable {
        package var name: String
        package var text: String
        /// Where it stands, in bytes of UTF-8.
        package var range: Range<Int>
    }

    /// Steps of automata that reading one text may take: some seconds.
    private static let workLimit = 20_000_000

    /// The values of the holes, in the template's order. Where a text can be read in several ways, the first hole's value is
    /// the longest possible one, then the second one's, and so on. Fixed text and values, one behind the other, are the text.
    ///
    /// - Throws: `.invalidArgument` for a text that is none of the template's; `.resource` if there are too many ways to
    ///   read it.
    package func values(of text: String) throws -> [Value] {
        let bytes = Array(text.utf8)
        var reader = try Reader(self, bytes)
        guard try reader.fits(0, at: 0) else {
            throw CinnabarError(
                .invalidArgument,
                "the text is none of the template's: \(try reader.complaint())"
            )
        }
        return reader.path().compactMap { index, range in
            guard case .hole(let hole) = parts[index] else { return nil }
            return Value(name: hole.name, text: String(decoding: bytes[range], as: UTF8.self), range: range)
        }
    }

    private struct Reader {
        struct Place: Hashable {
            var part: Int
            var start: Int
        }

        let template: Template
        let text: [UInt8]
        var recognisers: [Recogniser] = []
        /// By part, which recogniser reads it; nil for fixed text.
        var recogniserOf: [Int?] = []
        /// Where the part ends if the rest fits behind it; nil if it fits nowhere.
        var ends: [Place: Int?] = [:]
        var work = 0

        init(_ template: Template, _ text: [UInt8]) throws {
            (self.template, self.text) = (template, text)
            var known: [Kind: Int] = [:]
            for part in template.parts {
                guard case .hole(let hole) = part, let grammar = template.grammars[hole.kind] else {
                    recogniserOf.append(nil)
                    continue
                }
                if known[hole.kind] == nil {
                    known[hole.kind] = recognisers.count
                    recognisers.append(try Recogniser(grammar))
                }
                recogniserOf.append(known[hole.kind])
            }
        }

        /// Whether the parts from `index` on read the text from `start` to its end.
        mutating func fits(_ index: Int, at start: Int) throws -> Bool {
            guard index < template.parts.count else { return start == text.count }
            let place = Place(part: index, start: start)
            if let known = ends[place] { return known != nil }
            var end: Int?
            for candidate in try candidates(index, at: start).reversed() where try fits(index + 1, at: candidate) {
                end = candidate
                break
            }
            ends[place] = .some(end)
            return end != nil
        }

        /// Where the part may end, ascending.
        private mutating func candidates(_ index: Int, at start: Int) throws -> [Int] {
            guard let recogniser = recogniserOf[index] else {
                guard case .text(let fixed) = template.parts[index], text[start...].starts(with: fixed.utf8) else {
                    return []
                }
                return [start + fixed.utf8.count]
            }
            var result: [Int] = []
            var state = recognisers[recogniser].start
            for place in start...text.count {
                if recognisers[recogniser].isAccepting(state) { result.append(place) }
                guard place < text.count, state != Recogniser.dead else { break }
                state = try recognisers[recogniser].run(text[place...place], from: state)
                work += 1
                guard work <= Template.workLimit else {
                    throw CinnabarError(
                        .resource,
                        "the text can be read in too many ways",
                        hint: "put fixed text between holes, or bound their lengths"
                    )
                }
            }
            return result
        }

        /// The parts and their ranges, as far as the text was read.
        func path() -> [(part: Int, range: Range<Int>)] {
            var result: [(part: Int, range: Range<Int>)] = []
            var start = 0
            for index in template.parts.indices {
                guard case .some(.some(let end)) = ends[Place(part: index, start: start)] else { break }
                result.append((index, start..<end))
                start = end
            }
            return result
        }

        /// The first part behind which nothing fits.
        func complaint() throws -> String {
            let furthest = ends.keys.max { ($0.part, $0.start) < ($1.part, $1.start) }
            guard let furthest else { return "there is text behind its end" }
            return switch template.parts[furthest.part] {
            case .text(let fixed): "at byte \(furthest.start), expected \"\(fixed)\""
            case .hole(let hole): "at byte \(furthest.start), hole '\(hole.name)'"
            }
        }
    }
}
