import Common
import Testing
import Training

/// What transition scores learn from: each mask's token behind the true token before it, whatever is visible there.
@Suite struct TransitionTargetTests {
    @Test func eachMaskLooksAtTheTrueTokenBeforeIt() {
        var row = TrainingRow()
        row.tokens = [10, 11, 12, 13, 14, 15]
        row.segmentStart = [0, 0, 0, 0, 4, 4]
        row.nextTokenWeight = [1, 1, 1, 0, 1, 0]
        row.canvases = [
            TrainingCanvas(
                segmentStart: 0,
                start: 1,
                tokens: [4, 99, 4],
                targets: [11, 12, 13],
                roles: [.masked, .replaced, .masked]
            ),
            // A document's first token has none before it.
            TrainingCanvas(segmentStart: 4, start: 4, tokens: [4, 4], targets: [14, 15], roles: [.masked, .masked]),
        ]
        let input = NetworkInput(row)
        let transitions = input.targets.filter { $0.supervision == .transition }
        #expect(transitions.map(\.token) == [11, 13, 15])
        #expect(transitions.map(\.previous) == [10, 12, 14])
        #expect(transitions.map(\.row) == [6, 8, 10])
        // They come last, and every one of them is a mask that also predicts by itself.
        #expect(input.targets.suffix(3).allSatisfy { $0.supervision == .transition })
        let masks = Set(input.targets.filter { $0.supervision == .masked }.map(\.row))
        #expect(masks.isSuperset(of: transitions.map(\.row)))
    }
}
