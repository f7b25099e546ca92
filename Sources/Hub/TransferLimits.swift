import Foundation

/// How hard a hub is tried.
package struct TransferLimits: Sendable {
    /// Transfers at the same time.
    package var connections = 8
    /// Bytes of a part: larger files come in several, each by a request of its own.
    package var partSize = 64 << 20
    /// Failures in a row that end a transfer.
    package var attempts = 6
    /// Seconds before the second attempt; doubled for each further one, up to `longestPause`.
    package var firstPause = 1.0
    package var longestPause = 30.0
    /// Most seconds that a hub may ask to wait.
    package var patience = 120.0
    /// Bytes that make a failed attempt count as a good one: what is left grows less.
    package var progress = 64 << 10
    /// Seconds until a connection must stand.
    package var connectTimeout = 20.0
    /// Most seconds without a byte.
    package var readTimeout = 60.0
    /// Most bytes of a listing.
    package var listingSize = 32 << 20

    package init() {}
}
