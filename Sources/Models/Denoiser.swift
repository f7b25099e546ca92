package import Common

/// The committed keys and values of one sequence. Appending happens in ``Denoiser/forward(_:)``; rollback is a pointer
/// move. One owner at a time: a cache is not `Sendable`.
package protocol DecodingCache: AnyObject {
    /// The number of committed (clean) tokens.
    var length: Int { get }
    /// Forgets committed tokens from `length` on. Precondition: `0 <= length <= self.length`.
    func truncate(to length: Int)
    /// A copy of the first `length` tokens that has room for `capacity`. Precondition: `length <= min(self.length, capacity)`.
    func fork(length: Int, capacity: Int) -> Self
    /// Memory that it takes.
    var byteCount: Int { get }
}

/// An open canvas: tokens that see each other in both directions and all clean tokens before `start`.
package struct CanvasInput: Sendable, Hashable {
    /// Absolute position of the first canvas token; at most the number of clean tokens after this forward's commit.
    package var start: Int
    /// Mask tokens, decided tokens or a draft.
    package var tokens: [TokenID]
    /// Indices into `tokens` whose predictions are wanted, ascending.
    package var wanted: [Int]
    /// Where the first token stands in the text, if not at `start`: the clean tokens before it may lack some of the text, or
    /// hold what comes behind the canvas.
    package var position: Int

    package init(start: Int, tokens: [TokenID], wanted: [Int], position: Int? = nil) {
        self.start = start
        self.position = position ?? start
        self.tokens = tokens
        self.wanted = wanted
    }
}

/// What one sequence contributes to a forward: `[newly committed tokens as clean ‖ canvases]`.
package struct ForwardItem<Cache: DecodingCache> {
    package var cache: Cache
    /// Tokens to commit: they are appended to the cache by the forward, at positions `cache.length...`.
    package var clean: [TokenID]
    /// Indices into `clean` whose next-token predictions are wanted, ascending.
    package var wantedClean: [Int]
    /// Canvases; they never see each other, nor clean tokens at or after their start.
    package var canvases: [CanvasInput]
    /// Positions by which the blocks of a block-causal network are shifted to the left: its first block is that much shorter.
    package var blockPhase: Int
    /// Where the clean tokens stand in the text, if not one behind the other: only the rotation knows.
    package var positions: [Int]?

    package init(
        cache: Cache,
        clean: [TokenID],
        wantedClean: [Int] = [],
        canvases: [CanvasInput] = [],
        blockPhase: Int = 0,
        positions: [Int]? = nil
    ) {
        self.cache = cache
        self.positions = positions
        self.blockPhase = blockPhase
        self.clean = clean
        self.wantedClean = wantedClean
        self.canvases = canvases
    }
}

/// A network as the decode loop sees it: a batch of sequences in, a ``Prediction`` for each out.
package protocol Denoiser: Sendable {
    associatedtype Cache: DecodingCache
    var vocabularySize: Int { get }
    /// Longest sequence, committed tokens and canvas together.
    var contextLength: Int { get }
    /// An empty cache with room for `capacity` committed tokens (at most ``contextLength``).
    func makeCache(capacity: Int) -> Cache
    /// One network call (NFE + 1 for each item). Results do not depend on the other items of the batch, on how the
    /// prefix was split into commits, or on the number of threads.
    func forward(_ items: [ForwardItem<Cache>]) throws -> [Prediction]
    /// Calls `body` once for each of `0..<count`, at the same time where the network has threads of its own, and returns when
    /// all are done: for what is done with the predictions of a batch. Inside it the network must not be called, but for
    /// this.
    func concurrently(_ count: Int, _ body: (Int) -> Void)
}

extension Denoiser {
    package func concurrently(_ count: Int, _ body: (Int) -> Void) {
        for index in 0..<count { body(index) }
    }
}
