import HTTPTypes
import Synchronization

/// At most so many requests of a client in a minute: a bucket that refills steadily.
package final class RateLimiter: Sendable {
    /// What a client is told.
    package struct Standing: Sendable, Equatable {
        package var limit: Int
        package var remaining: Int
        /// Seconds until all of the limit is there again.
        package var reset: Double
    }

    private struct Bucket {
        var level: Double
        var time: ContinuousClock.Instant
    }

    package init() {}

    private let buckets = Mutex<[String: Bucket]>([:])

    /// Takes one request from the client's bucket.
    ///
    /// - Throws: 429 where it is empty.
    package func take(
        _ client: String,
        perMinute limit: Int,
        at now: ContinuousClock.Instant = .now
    ) throws -> Standing {
        let (standing, wait) = buckets.withLock { buckets in
            var bucket = buckets[client] ?? Bucket(level: Double(limit), time: now)
            let gained = (now - bucket.time) / .seconds(60) * Double(limit)
            bucket = Bucket(level: min(Double(limit), bucket.level + gained), time: now)
            let isFree = bucket.level >= 1
            if isFree { bucket.level -= 1 }
            buckets[client] = bucket
            let reset = (Double(limit) - bucket.level) * 60 / Double(limit)
            let wait = isFree ? 0 : (1 - bucket.level) * 60 / Double(limit)
            return (Standing(limit: limit, remaining: Int(bucket.level), reset: reset), wait)
        }
        guard wait == 0 else {
            throw APIError(
                .tooManyRequests,
                "more than \(limit) requests in a minute",
                code: "rate_limit_reached",
                retryAfter: max(1, Int(wait.rounded(.up)))
            )
        }
        return standing
    }
}
