import Cinnabar
import Common
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import ServiceLifecycle

/// Sessions over HTTP: commands come by POST, states go as server-sent events.
struct SessionRoutes: Sendable {
    let state: ServerState

    private static let heartbeat = Duration.seconds(15)
    /// States that wait for a slow reader; older ones are left out.
    private static let buffered = 128

    func add(to router: Router<ServerContext>) {
        router.post("/v1/sessions") { try await begin($0, $1) }
        router.get("/v1/sessions/:id") { _, context in Response(json: try await find(context).state.json) }
        router.delete("/v1/sessions/:id") { _, context in
            let session = try find(context)
            await state.sessions.remove(session.id, because: "deleted")
            return Response(json: ["id": .string(session.id), "deleted": true])
        }
        router.post("/v1/sessions/:id/commands") { request, context in
            let session = try find(context)
            let (command, version) = try SessionCommand.read(await state.body.json(request))
            return Response(json: try await session.perform(command, at: version).json)
        }
        router.get("/v1/sessions/:id/events") { _, context in try await watch(find(context), context) }
    }

    private func find(_ context: ServerContext) throws -> InteractiveSession {
        try state.sessions.find(context.parameters.require("id"), of: context.clientName)
    }

    private func begin(_ request: Request, _ context: ServerContext) async throws -> Response {
        let fields = try RequestFields(await state.body.json(request))
        var text = try SessionRequest.read(fields)
        try state.checkModel(text.model)
        if !fields.ignored.isEmpty {
            text.warnings.append("ignored: \(fields.ignored.prefix(32).joined(separator: ", "))")
        }
        let (model, admission, owner) = (state.served.model, state.admission, context.clientName)
        let starter = TextStarter(request: text, model: model, defaults: state.defaults)
        let isConstrained = text.constraint != nil
        let session = try await state.sessions.add(of: owner) {
            try await InteractiveSession(
                id: Identifiers.make("ses_"),
                owner: owner,
                session: starter.choice(text.tasks[0], index: 0, number: 0).session,
                model: model,
                isConstrained: isConstrained,
                runLimit: .seconds(state.configuration.requestSeconds)
            ) { try await admission.enter(key: owner, weight: 1) }
        }
        let head = ReplyHead("", state.served)
        return Response(
            json: .members([
                "id": .string(session.id), "object": "session", "created": .integer(head.created),
                "model": .string(head.model), "seed": text.seed.map { .integer(Int(truncatingIfNeeded: $0)) },
                "warning": text.warnings.isEmpty ? nil : .string(text.warnings.joined(separator: "; ")),
                "state": await session.state.json,
            ]),
            status: .created
        )
    }

    private func watch(_ session: InteractiveSession, _ context: ServerContext) async throws -> Response {
        let (news, watcher) = AsyncStream.makeStream(
            of: SessionNews.self,
            bufferingPolicy: .bufferingNewest(Self.buffered)
        )
        let number = try await session.watch(watcher)
        // Also where the reply is never written.
        watcher.onTermination = { _ in Task { await session.unwatch(number) } }
        let gone = state.connections[context.channel]
        let body = ResponseBody { writer in
            let heart = Task {
                while !Task.isCancelled {
                    try await Task.sleep(for: Self.heartbeat)
                    watcher.yield(.heartbeat)
                }
            }
            let end = Task {
                await gone?.wait()
                if gone != nil { watcher.finish() }
            }
            defer {
                heart.cancel()
                end.cancel()
            }
            var seen: SessionState?
            for await item in news.cancelOnGracefulShutdown() {
                switch item {
                case .heartbeat: try await writer.write(ByteBuffer(string: ": still here\n\n"))
                case .state(let state):
                    try await writer.write(Self.buffer(state.events(after: seen)))
                    seen = state
                case .end(let reason):
                    try await writer.write(Self.buffer([StreamEvent(["reason": .string(reason)], name: "end")]))
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: StreamFraming.serverSentEvents.contentType, .cacheControl: "no-cache",
                .accelBuffering: "no",
            ],
            body: body
        )
    }

    private static func buffer(_ events: [StreamEvent]) -> ByteBuffer {
        ByteBuffer(bytes: StreamFraming.serverSentEvents.bytes(events))
    }
}
