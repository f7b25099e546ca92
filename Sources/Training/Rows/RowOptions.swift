/// What rows look like. Row `index` is a pure function of these options, the corpus, the seed and the index.
package struct RowOptions: Codable, Sendable, Hashable {
    /// Most clean tokens of a row.
    package var length = 512
    /// Mean tokens of a segment (one document window or one fill-in-the-middle example); single ones vary from some
    /// forty tokens to the whole row.
    package var segmentTokens = 224
    /// Share of rows that stop early, at a quarter or more of `length`.
    package var shorter = 0.05
    /// Share of segments that are fill-in-the-middle examples; the rest are plain documents.
    package var fillInTheMiddle = 0.6
    /// Share of these examples whose middle the network writes itself, left to right, where a builder is given a way to:
    /// canvases then learn to say what the causal stream would, so that more drafts are accepted and parallel text is
    /// nearer to it (self-distillation; algorithms.md A11, and B12 on acceptance).
    package var ownMiddles = 0.0
    package var middles = MiddleOptions()
    /// Mean number of places in a plain window where the text is encoded apart before and behind, as a prompt and its
    /// continuation are.
    package var plainJunctions = 1.0
    /// Weight of predicting tokens of a suffix, which no decoder is asked for.
    package var suffixWeight: Float = 1
    package var canvases = CanvasOptions()

    package init() {}
}

/// Shares of the kinds of holes, and how they are cut. Shares need not sum to 1.
package struct MiddleOptions: Codable, Sendable, Hashable {
    /// One whole line: what single-line infilling asks for.
    package var wholeLine = 0.52
    /// Two to eight lines, or a line and all that is indented deeper below it.
    package var block = 0.14
    /// From a place inside a line to its end.
    package var restOfLine = 0.12
    /// Any run of characters.
    package var characters = 0.12
    /// A function's body behind its docstring, or the last part of the body.
    package var body = 0.10

    /// Whole lines that keep their indentation: the hole then begins right behind a newline, inside what the tokenizer
    /// would make one token. The others begin behind the indentation.
    package var withIndentation = 0.8
    /// Whole lines that end with their newline; the others end before it.
    package var withNewline = 0.8
    /// Contexts that are a single function.
    package var oneFunction = 0.65
    package var withoutPrefix = 0.02
    package var withoutSuffix = 0.06

    package init() {}
}

/// How canvases are cut and made noisy (algorithms.md G2).
package struct CanvasOptions: Codable, Sendable, Hashable {
    /// Canvas length → share; empty for no canvases.
    package var lengths: [Int: Double] = [:]
    /// Canvas tokens per clean token.
    package var share = 0.0
    /// Share of the canvas tokens that plain documents get where a row has both.
    package var plainShare = 0.3
    /// Most noise draws of each fill-in-the-middle span.
    package var drawsPerMiddle = 4
    /// Where a row has middles of the network's own, the others get no canvases.
    package var ownFirst = false
    /// Share of a middle's draws that begin at its first token, as decoding does.
    package var fromFirstToken = 0.7

    /// Upper end of uniform noise levels during warm-up; nil for the bell.
    package var noiseCeiling: Double?
    /// Shares of noise patterns. What is left to 1 is practice in editing: at most a tenth masked, and wrong tokens.
    package var exactCount = 0.4
    package var positionDependent = 0.15
    package var allMasked = 0.25
    package var contiguous = 0.10

    /// Share of canvases in which some visible tokens are wrong, those for practice in editing included.
    package var corrupted = 0.5
    /// Wrong tokens are at most this share of a canvas's visible ones.
    package var largestReplacement = 0.2

    package init() {}

    /// What a verifier needs: mostly masks only, from every token of a middle on, and above all on middles that the
    /// network wrote itself.
    package mutating func practiseDrafts() {
        (exactCount, positionDependent, allMasked, contiguous) = (0.25, 0.1, 0.5, 0.05)
        (plainShare, drawsPerMiddle, fromFirstToken) = (0.15, 6, 0.4)
        ownFirst = true
    }
}
