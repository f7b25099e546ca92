import Common
import Foundation
import Testing
import Tokenizers

/// Damaged templates give a text or an error of ours.
@Suite struct ChatTemplateMutationTests {
    private static let splices = [
        "", "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "(", ")", "[", "]", "{", "}", "|", ".", ",", ":", "'", "\"",
        "\\", " ",
        "\n", "is", "not ", "in ", "if ", "else", "for x in messages", "endfor", "endif", "set x =", "loop", "messages",
        "**", "//",
        " % ", " * ", "~", "== ", "0", "-1", "9223372036854775807", "1e400", "[::-1]", "|tojson", "|list", "|join",
        "|first",
        "|map('upper')", "|sort", "|int", ".split()", ".items()", "()", "range(99)", "namespace()", "none", "true", "é",
        "😀", "\u{0}",
        "{% break %}", "{% raw %}", "{% endmacro %}", "{% macro m(x) %}", "{{ m(1) }}", "recursive", "\\x", "%s",
    ]

    @Test func mutationsNeverTrap() throws {
        var limits = TemplateLimits()
        limits.work = 200_000
        let cases = try ChatTemplateTests.cases()
        var rendered = 0
        let seeds = 0..<6000 as Range<UInt64>
        for seed in seeds {
            var random = SplitMix64(seed: seed)
            let original = cases[Int.random(in: 0..<cases.count, using: &random)]
            var scalars = Array(original.template.unicodeScalars)
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&scalars, &random) }
            var source = String.UnicodeScalarView()
            source.append(contentsOf: scalars)
            do {
                _ = try ChatTemplate(source: String(source), limits: limits).render(original.variables)
                rendered += 1
            } catch {
                #expect(error is CinnabarError, "seed \(seed): \(error)")
            }
        }
        #expect(rendered > 100 && rendered < seeds.count)
    }

    private static func mutate(_ scalars: inout [Unicode.Scalar], _ random: inout SplitMix64) {
        let place = Int.random(in: 0...scalars.count, using: &random)
        let end = min(scalars.count, place + Int.random(in: 0...8, using: &random))
        switch Int.random(in: 0..<4, using: &random) {
        case 0: scalars.removeSubrange(place..<end)
        case 1: scalars.insert(contentsOf: scalars[place..<end], at: Int.random(in: 0...scalars.count, using: &random))
        default:
            let splice = splices[Int.random(in: 0..<splices.count, using: &random)].unicodeScalars
            scalars.replaceSubrange(place..<(Bool.random(using: &random) ? place : end), with: splice)
        }
    }
}
