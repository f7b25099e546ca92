import Hummingbird
import NIOCore

/// What a server knows of a request beside the request itself.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// Who asks; nil for a server without keys.
    var client: APIKeys.Client?
    /// Also the name by which logs and replies know the request.
    let requestID: String
    let begin = ContinuousClock.now

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        requestID = Identifiers.make("req_")
    }

    /// Whose turn it is in the queue, and whose bucket is emptied.
    var clientName: String { client?.name ?? "" }
}
