import Common
import Synchronization
import Testing

@Suite struct ProgressBarTests {
    private var state: ProgressBar.State {
        .init(label: "Training", unit: "steps", total: 1000, done: 350, elapsed: 28, suffix: "loss 2.31")
    }

    @Test func plainLine() {
        #expect(
            ProgressBar.line(state, width: nil)
                == "Training: 35%  350/1,000 steps  12.5 steps/s  0:52 left  loss 2.31"
        )
    }

    @Test func aResumedJobCountsOnlyItsOwnWork() {
        var state = state
        state.start = 300
        #expect(ProgressBar.line(state, width: nil).contains("1.79 steps/s  6:04 left"))
    }

    @Test func withoutTotalThereIsNoBar() {
        var state = state
        state.total = nil
        state.done = 12_345_678
        #expect(ProgressBar.line(state, width: 200) == "Training  12,345,678 steps  440,917 steps/s  0:28  loss 2.31")
    }

    @Test func theEndShowsTheWholeTime() {
        var state = state
        state.done = 1000
        #expect(ProgressBar.line(state, width: nil).contains("100%  1,000/1,000 steps  35.7 steps/s  0:28 in all"))
    }

    @Test func everyStateFitsEveryWidth() {
        for width in 0..<130 {
            for done in [-5, 0, 1, 500, 999, 1000, 2000, Int.max] {
                for elapsed in [0, 1e-9, 30, 1e12, .infinity, .nan] {
                    for total in [nil, 0, 1000] {
                        let state = ProgressBar.State(
                            label: "Training",
                            unit: "steps",
                            total: total,
                            done: done,
                            elapsed: elapsed
                        )
                        #expect(ProgressBar.line(state, width: width).count <= max(0, width - 1))
                    }
                }
            }
        }
    }

    @Test func barsGrowByEighths() {
        #expect(ProgressBar.bar(0, width: 4) == "░░░░")
        #expect(ProgressBar.bar(0.5, width: 4) == "██░░")
        #expect(ProgressBar.bar(0.53125, width: 4) == "██▏░")
        #expect(ProgressBar.bar(1, width: 4) == "████")
        for step in 0...1000 { #expect(ProgressBar.bar(Double(step) / 1000, width: 13).count == 13) }
    }

    @Test(arguments: [
        (0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3600, "1:00:00"), (176_400, "2d 1h"), (-1, "–"), (.nan, "–"),
        (.infinity, "–"),
    ])
    func durations(seconds: Double, text: String) {
        #expect(ProgressBar.duration(seconds) == text)
    }

    @Test func withoutATerminalItWritesPlainLines() {
        let written = Mutex<[String]>([])
        let bar = ProgressBar("Run", total: 3, interval: 3600, onTerminal: false) { text in
            written.withLock { $0.append(text) }
        }
        bar.update(1, suffix: "loss 1")
        bar.advance(by: 2)
        bar.finish(suffix: "loss 0")
        bar.finish()
        let lines = written.withLock { $0 }
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("Run: 100%  3/3 steps") == true)
        #expect(lines.first?.hasSuffix("loss 0\n") == true)
    }

    @Test func onATerminalItRedrawsOneLine() {
        let written = Mutex("")
        let bar = ProgressBar("Run", total: 3, onTerminal: true) { text in written.withLock { $0 += text } }
        bar.update(1)
        bar.finish()
        let text = written.withLock { $0 }
        #expect(text.hasPrefix("\r\u{1B}[KRun"))
        #expect(text.filter { $0 == "\n" }.count == 1)
    }
}
