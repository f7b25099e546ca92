import Common
import Constraints
import Foundation
import TestSupport
import Testing

/// Schemas of others, with instances that are known to be valid or not.
@Suite(.enabled(if: SharedData.folder != nil, "needs the evaluation data: set CINNABAR_SHARED to its folder"))
struct SchemaCoverageTests {
    struct Outcome {
        var schemas = 0
        var supported = 0
        var refusals: [String: Int] = [:]
        var unsound: [String] = []
        var incomplete: [String] = []
        var valid = 0
        var invalid = 0

        var share: Double { Double(supported) / Double(max(1, schemas)) }
    }

    static func measure(_ cases: [SchemaCase]) throws -> Outcome {
        var outcome = Outcome()
        let isVerbose = ProcessInfo.processInfo.environment["CINNABAR_VERBOSE"] != nil
        for schemaCase in cases {
            outcome.schemas += 1
            let grammar: Grammar?
            let clock = ContinuousClock()
            let begin = clock.now
            do {
                grammar = try Grammar(jsonSchema: schemaCase.schema)
            } catch let error as CinnabarError where error.code == .invalidArgument {
                // A schema without a valid value is understood.
                grammar = nil
                let hasValid = schemaCase.instances.contains { $0.isValid }
                #expect(!hasValid, "\(schemaCase.name): \(error)")
            } catch let error as CinnabarError {
                outcome.refusals["\(error.message.split(separator: ": ", maxSplits: 1).last ?? "")", default: 0] += 1
                if isVerbose { print("refused", schemaCase.name, error) }
                continue
            }
            if isVerbose, clock.now - begin > .milliseconds(20) { print("slow", schemaCase.name, clock.now - begin) }
            outcome.supported += 1
            var matcher = try grammar.map { try AnyOrderMatcher($0) }
            for instance in schemaCase.instances {
                let accepted = try matcher?.accepts(instance.value) ?? false
                if instance.isValid { outcome.valid += 1 } else { outcome.invalid += 1 }
                if accepted == instance.isValid { continue }
                let name = "\(schemaCase.name): \(instance.name)"
                if accepted { outcome.unsound.append(name) } else { outcome.incomplete.append(name) }
            }
            if isVerbose, clock.now - begin > .milliseconds(500) {
                print("slow in all", schemaCase.name, clock.now - begin)
            }
        }
        return outcome
    }

    static func report(_ name: String, _ outcome: Outcome) {
        print(
            "\(name): \(outcome.supported) of \(outcome.schemas) schemas supported, "
                + "\(outcome.valid) valid and \(outcome.invalid) invalid instances, "
                + "\(outcome.unsound.count) wrongly accepted, \(outcome.incomplete.count) wrongly refused"
        )
        for (reason, count) in outcome.refusals.sorted(by: { $0.value > $1.value }) { print("  \(count) \(reason)") }
        for name in outcome.incomplete { print("  refused though valid:", name) }
        for name in outcome.unsound { print("  accepted though invalid:", name) }
    }

    @Test(arguments: [("draft2020-12", 0.44), ("draft7", 0.615)])
    func understandsTheTestSuite(_ draft: String, _ least: Double) throws {
        let outcome = try Self.measure(SchemaSuite.testSuite(draft))
        Self.report(draft, outcome)
        #expect(outcome.share >= least)
        #expect(outcome.unsound.isEmpty)
        // Formats are asserted, which the suite takes for an annotation.
        #expect(outcome.incomplete.allSatisfy { $0.hasPrefix("format / ") })
    }

    @Test func understandsSchemasOfTheWild() throws {
        let outcome = try Self.measure(SchemaSuite.maskBench())
        Self.report("MaskBench", outcome)
        #expect(outcome.share >= 0.88)
        #expect(outcome.unsound.isEmpty)
        #expect(outcome.incomplete.isEmpty)
    }
}
