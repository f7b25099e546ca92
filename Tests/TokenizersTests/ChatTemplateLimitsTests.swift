import Common
import Foundation
import Testing
import Tokenizers

/// Templates that would take forever, all memory or the whole stack.
@Suite struct ChatTemplateLimitsTests {
    private static let nesting = 100_000
    private static func nested(_ open: String, _ close: String = "") -> String {
        String(repeating: open, count: nesting) + "1" + String(repeating: close, count: nesting)
    }

    /// A template and the code of the error that it must give.
    static let hostile: [(String, CinnabarError.Code)] = [
        ("{{ " + nested("(", ")") + " }}", .malformed),
        ("{{ " + nested("[", "]") + " }}", .malformed),
        ("{{ " + nested("{1: ", "}") + " }}", .malformed),
        ("{{ " + nested("-") + " }}", .malformed),
        ("{{ " + nested("not ") + " }}", .malformed),
        ("{{ " + nested("1 if 1 else ") + " }}", .malformed),
        ("{{ " + nested("f(", ")") + " }}", .malformed),
        ("{{ x" + nested("[", "]") + " }}", .malformed),
        ("{{ x is " + nested("eq (", ")") + " }}", .malformed),
        (nested("{% if 1 %}"), .malformed),
        (nested("{% for x in y %}"), .malformed),
        ("{% set " + nested("(", ")") + " = 1 %}", .malformed),
        (String(repeating: "a", count: 1 << 21), .malformed),
        ("{{ range(10000000) }}", .resource),
        ("{{ range(0, 9223372036854775807) }}", .resource),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", .resource),
        (
            "{% macro m(x) %}{% if x %}{% for i in [1] %}{{ m([x|upper ~ 'a']|first) }}{% endfor %}{% endif %}{% endmacro %}{{ m('a') }}",
            .resource
        ),
        ("{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}", .resource),
        ("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", .resource),
        ("{% for a in range(100000) %}{% for b in range(100000) if a == 1 %}{% endfor %}{% endfor %}", .resource),
        ("{% for a in range(100000) %}{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' * 1000 }}{% endfor %}", .resource),
        ("{{ 'a' * 9223372036854775807 }}", .resource),
        ("{{ [1] * 9223372036854775807 }}", .resource),
        ("{{ ('a' * 100000).replace('a', 'a' * 100000) }}", .resource),
        ("{{ ('a' * 100000)|list|join('a' * 100000) }}", .resource),
        ("{{ 'a'|indent(9223372036854775807, true) }}", .resource),
        ("{{ ('a\n' * 100000)|indent(100000) }}", .resource),
        ("{{ 'a'|center(9223372036854775807) }}", .resource),
        ("{{ 'a'.zfill(9223372036854775807) }}", .resource),
        ("{{ [1]|tojson(indent=9223372036854775807) }}", .resource),
        ("{{ '%9223372036854775807d' % 1 }}", .resource),
        ("{{ '%.9223372036854775807d' % 1 }}", .resource),
        ("{{ '%99999999999999999999d' % 1 }}", .unsupported),
        ("{{ '%.2000f' % 1.5 }}", .unsupported),
        ("{{ [1]|batch(9223372036854775807, 0)|list }}", .resource),
        ("{{ strftime_now('%9000000000Y') }}", .malformed),
        // Lists that share their parts: small in memory, endless to walk.
        (
            "{% set n = namespace(x=[1]) %}{% for i in range(100) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
            .resource
        ),
        (
            "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(100) %}{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
            .resource
        ),
        (
            "{% set n = namespace(x=[1]) %}{% for i in range(100) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x|tojson|length }}",
            .resource
        ),
        (
            "{% set n = namespace(x=(1,)) %}{% for i in range(100) %}{% set n.x = (n.x, n.x) %}{% endfor %}{{ {n.x: 1}|length }}",
            .resource
        ),
        ("{% set n = namespace(x=[1]) %}{% for i in range(100000) %}{% set n.x = [n.x] %}{% endfor %}", .malformed),
        ("{% set n = namespace(x='a') %}{% for i in range(100) %}{% set n.x = n.x ~ n.x %}{% endfor %}", .resource),
        ("{% set n = namespace(x=[1]) %}{% for i in range(100) %}{% set n.x = n.x + n.x %}{% endfor %}", .resource),
        ("{% set x = 'a' * 100000 %}{% for i in range(100000) %}{{ x.find('ab') }}{% endfor %}", .resource),
        ("{% for i in range(100000) %}{% set x = range(100000)|map('string')|list %}{% endfor %}", .resource),
        ("{{ 9223372036854775807 + 1 }}", .unsupported),
        ("{{ -9223372036854775807 - 2 }}", .unsupported),
        ("{{ 9223372036854775807 * -2 }}", .unsupported),
        ("{{ 2 ** 63 }}", .unsupported),
        ("{{ 2 ** 9223372036854775807 }}", .unsupported),
        ("{{ 10.0 ** 400 | int }}", .unsupported),
        ("{{ (-9223372036854775807 - 1) // -1 }}", .unsupported),
        ("{{ (-9223372036854775807 - 1)|abs }}", .unsupported),
        ("{{ -(-9223372036854775807 - 1) }}", .unsupported),
        ("{{ 1e300|int }}", .unsupported),
        ("{{ [9223372036854775807, 1]|sum }}", .unsupported),
        ("{{ 99999999999999999999 }}", .malformed),
        ("{{ '99999999999999999999'|int }}", .unsupported),
    ]

    /// The caller has the smallest stack that a thread has by default on the systems that we know of.
    @Test(arguments: hostile.indices)
    func costIsBounded(_ index: Int) throws {
        let (source, code) = Self.hostile[index]
        let outcome = OnSmallStack.run {
            var limits = TemplateLimits()
            limits.work = 1 << 22
            return try ChatTemplate(source: source, limits: limits).render([:])
        }
        #expect(throws: CinnabarError.self, "\(source.prefix(200))") { _ = try outcome.get() }
        if case .failure(let error) = outcome {
            #expect((error as? CinnabarError)?.code == code, "\(source.prefix(200)): \(error)")
        }
    }

    /// The same ends of the ranges where there is an answer.
    @Test(arguments: [
        ("{{ (-9223372036854775807 - 1) % -1 }}", "0"), ("{{ 'abc'[9223372036854775807:] }}", ""),
        ("{{ 'abc'[-9223372036854775807:9223372036854775807:9223372036854775807] }}", "a"),
        ("{{ 'abc'[::-9223372036854775807] }}", "c"), ("{{ [1, 2][-9223372036854775807] }}", ""),
        ("{{ 'abc'.find('c', -9223372036854775807) }}", "2"), ("{{ 'abc'.find('c', 9223372036854775807) }}", "-1"),
        ("{{ 'aXb'.split('X', -9223372036854775807)|length }}", "2"),
        ("{{ range(9223372036854775807, 0)|list }}", "[]"),
        ("{{ range(0, 9223372036854775807, 9223372036854775806)|list }}", "[0, 9223372036854775806]"),
        ("{{ 'a' * -9223372036854775807 }}", ""), ("{{ 'a'.rjust(-9223372036854775807) }}", "a"),
        ("{{ 'a'.zfill(-9223372036854775807) }}", "a"), ("{{ 1.5|round(9223372036854775807) }}", "1.5"),
        ("{{ 1.5|round(-9223372036854775807) }}", "0.0"), ("{{ '%c' % 97 }}", "a"),
    ])
    func extremesHaveValues(_ source: String, _ text: String) throws {
        #expect(try ChatTemplate(source: source).render([:]) == text)
    }

    /// What may be nested is deep enough for real templates, and its stack is small enough for any thread.
    @Test func allowedDepthFitsASmallStack() throws {
        let deep = String(repeating: "(", count: 90) + "1" + String(repeating: ")", count: 90)
        let blocks =
            String(repeating: "{% if 1 %}", count: 90) + "{{ 2 }}" + String(repeating: "{% endif %}", count: 90)
        let macro =
            "{% macro m(n) %}{% if n %}{% for i in [1] %}{{ m(n - 1) }}{% endfor %}{% endif %}{{ n }}{% endmacro %}"
        let source = "{{ \(deep) }}\(blocks)\(macro){{ m(60) }}"
        let text = OnSmallStack.run { try ChatTemplate(source: source).render([:]) }
        #expect(try text.get() == "12" + (0...60).map(String.init).joined())
    }
}

/// Runs work on a thread of 512 KiB.
private final class OnSmallStack: @unchecked Sendable {
    private var result: Result<String, any Error>?

    static func run(_ work: @escaping @Sendable () throws -> String) -> Result<String, any Error> {
        let box = OnSmallStack()
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            box.result = Result(catching: work)
            done.signal()
        }
        thread.stackSize = 512 << 10
        thread.start()
        done.wait()
        return box.result ?? .failure(CinnabarError(.cancelled, "no result"))
    }
}
