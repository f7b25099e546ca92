import CoreMetrics
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

    @Test func aServerCountsWhatItDoes() async throws {
        let server = try TestServer()
        let reply = try await server.post("/v1/completions", #"{"prompt":"x = ","max_tokens":4}"#)
        let text = try await server.get("/metrics").text
        #expect(text.contains("cinnabar_requests_total{route=\"/v1/completions\",status=\"200\"} 1\n"))
        #expect(text.contains("cinnabar_output_tokens_total \(reply.json.integer("usage.completion_tokens") ?? -1)\n"))
        #expect(text.contains("cinnabar_running_texts 0.0\n"))
        #expect(text.contains("cinnabar_time_to_first_text_seconds_count 1\n"))
    }
}
