import Common
import CoreMetrics
import Foundation
import HTTPTypes
import Serving
import Testing

@Suite struct MetricsTests {
    @Test func theTextHasTypesLabelsAndBuckets() {
        let registry = PrometheusRegistry()
        Counter(label: "texts", dimensions: [("route", "a\"b\\c\nd")], factory: registry).increment(by: 3)
        Counter(label: "texts", dimensions: [("route", "a\"b\\c\nd")], factory: registry).increment()
        Meter(label: "now.running", factory: registry).set(2)
        let timer = Timer(label: "wait", factory: registry)
        timer.recordMilliseconds(3)
        timer.recordSeconds(1000)
        let text = registry.text
        #expect(text.contains("# TYPE texts_total counter\ntexts_total{route=\"a\\\"b\\\\c\\nd\"} 4\n"))
        #expect(text.contains("# TYPE now_running gauge\nnow_running 2.0\n"))
        #expect(
            text.contains("wait_seconds_bucket{le=\"0.0025\"} 0\n")
                && text.contains("wait_seconds_bucket{le=\"0.005\"} 1\n")
        )
        #expect(
            text.contains("wait_seconds_bucket{le=\"300.0\"} 1\n")
                && text.contains("wait_seconds_bucket{le=\"+Inf\"} 2\n")
        )
        #expect(text.contains("wait_seconds_count 2\n"))
    }

    @Test func eachRequestLeavesALine() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("traces-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("{}\n".utf8).write(to: file)
        let server = try TestServer { $0.traceFile = file.path }
        let reply = try await server.post("/v1/completions", #"{"prompt":"secret = ","max_tokens":4,"n":2}"#)
        _ = try await server.post("/v1/completions", #"{"prompt":3}"#)
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == "{}")
        let line = try JSONValue(json: String(lines[1]))
        #expect(line.text("route") == "/v1/completions" && line.text("outcome") == "answered")
        #expect(line.integer("output_tokens") == reply.json.integer("usage.completion_tokens"))
        #expect(line.list("finish").count == 2 && line.text("id") == reply.headers[HTTPField.Name("x-request-id")!])
        let times = ["start_ms", "first_text_ms", "end_ms"].compactMap { key in
            if case .number(let time)? = line.at(key) { time } else { nil }
        }
        #expect(times.count == 3 && times == times.sorted() && times[0] >= 0)
        #expect(!lines[1].contains("secret"))
        #expect(throws: CinnabarError.self) { try TestServer { $0.traceFile = "/nowhere/traces" } }
    }

    @Test func aServerCountsWhatItDoes() async throws {
        let server = try TestServer()
        let reply = try await server.post("/v1/completions", #"{"prompt":"x = ","max_tokens":4}"#)
        let text = try await server.get("/metrics").text
        #expect(text.contains("cinnabar_requests_total{route=\"/v1/completions\",status=\"200\"} 1\n"))
        #expect(text.contains("cinnabar_output_tokens_total \(reply.json.integer("usage.completion_tokens") ?? -1)\n"))
        #expect(text.contains("cinnabar_running_texts 0.0\n"))
        // The engine is shared with other tests.
        func count(_ name: String) -> Int? {
            text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }.flatMap { Int($0.dropFirst(name.count + 1)) }
        }
        let (calls, texts) = (count("cinnabar_network_calls_total") ?? 0, count("cinnabar_network_texts_total") ?? 0)
        #expect(calls > 0 && texts >= calls && count("cinnabar_network_rows_total") ?? 0 >= texts)
        #expect(text.contains("cinnabar_time_to_first_text_seconds_count 1\n"))
    }
}
