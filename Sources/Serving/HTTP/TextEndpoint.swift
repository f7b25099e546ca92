import Cinnabar
import Common
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// Answers requests of one dialect: body → request → room → texts → reply.
struct TextEndpoint: Sendable {
    typealias Read = @Sendable (RequestFields, ServedModel) throws -> (TextRequest, any ReplyEncoder)

    let state: ServerState
    let read: Read

    func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
        let (text, encoder) = try decode(await state.body.json(request))
        let gone = state.connections[context.channel]
        let trace = RequestTrace(text, context, defaultMode: state.defaults.mode)
        let arrival = ContinuousClock.now
        let ticket = try await enter(text, context, gone)
        state.metrics.waited(ContinuousClock.now - arrival)
        trace.noteStart()
        let run: TextRun
        do {
            run = try TextRun(text, model: state.served.model, defaults: state.defaults)
        } catch {
            // Thrown before a ticket is forgotten.
            ticket.giveBack()
            throw error
        }
        let exchange = Exchange(run: run, ticket: ticket, context: context, gone: gone, trace: trace)
        var response =
            text.stream.isOn
            ? try await stream(exchange, encoder)
            : try await whole(exchange, encoder)
        response.headers[.warning] = Self.warning(text, []).map(Self.headerText)
        return response
    }

    private func decode(_ body: JSONValue) throws -> (TextRequest, any ReplyEncoder) {
        let fields = try RequestFields(body)
        var (text, encoder) = try read(fields, state.served)
        try state.checkModel(text.model)
        if !fields.ignored.isEmpty {
            text.warnings.append("ignored: \(fields.ignored.prefix(32).joined(separator: ", "))")
        }
        guard text.choiceCount <= state.admission.limits.running else {
            throw APIError.invalid(
                "n",
                "asks for \(text.choiceCount) texts at once, at most \(state.admission.limits.running) are written"
            )
        }
        text.timeLimit = min(
            text.timeLimit ?? .seconds(state.configuration.requestSeconds),
            .seconds(state.configuration.requestSeconds)
        )
        return (text, encoder)
    }

    /// Waits for room, no longer than the client does.
    private func enter(_ text: TextRequest, _ context: ServerContext, _ gone: Disconnection?) async throws
        -> Admission.Ticket
    {
        do {
            return try await whileConnected(gone) {
                try await state.admission.enter(key: context.clientName, weight: text.choiceCount)
            }
        } catch let error as CancellationError {
            state.metrics.disconnected()
            throw error
        }
    }

    /// A request whose texts are written.
    private struct Exchange: Sendable {
        let run: TextRun
        let ticket: Admission.Ticket
        let context: ServerContext
        /// When the client goes away.
        let gone: Disconnection?
        let trace: RequestTrace
    }

    private func whole(_ exchange: Exchange, _ encoder: any ReplyEncoder) async throws -> Response {
        let completions = try await write(exchange) { _ in }
        return Response(json: encoder.reply(completions, warning: Self.warning(exchange.run.request, completions)))
    }

    private func stream(_ exchange: Exchange, _ encoder: any ReplyEncoder) async throws -> Response {
        let framing = encoder.framing
        let promptTokens = try await exchange.run.promptTokens()
        let time = state.configuration.requestSeconds
        let body = ResponseBody { writer in
            // A client that does not read is not waited for.
            let stalled = Task { [channel = exchange.context.channel] in
                try await Task.sleep(for: .seconds(2 * time))
                channel.close(promise: nil)
            }
            defer { stalled.cancel() }
            var encoder = encoder
            func send(_ events: [StreamEvent]) async throws {
                guard !events.isEmpty else { return }
                try await writer.write(ByteBuffer(bytes: framing.bytes(events)))
            }
            try await send(encoder.begin(promptTokens: promptTokens))
            do {
                let completions = try await write(exchange) { event in
                    try await send(encoder.encode(event))
                }
                try await send(encoder.end(completions, warning: Self.warning(exchange.run.request, completions)))
            } catch let error as CinnabarError {
                exchange.context.logger.error(
                    "failed",
                    metadata: ["id": "\(exchange.context.requestID)", "error": "\(error)"]
                )
                try await send(encoder.failure(APIError(error)))
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: framing.contentType, .cacheControl: "no-cache", .accelBuffering: "no"],
            body: body
        )
    }

    /// Writes the texts; the room is given back when the network has done its part.
    private func write(
        _ exchange: Exchange,
        _ emit: (TextEvent) async throws -> Void
    ) async throws -> [Completion] {
        defer { exchange.ticket.giveBack() }
        do {
            let completions = try await exchange.run.run(
                until: exchange.gone,
                onWritten: { exchange.ticket.giveBack() }
            ) { event in
                if let time = exchange.trace.noteText() { state.metrics.showedText(after: time) }
                try await emit(event)
            }
            state.metrics.wrote(completions, choicesPerPrompt: exchange.run.request.count)
            state.traces?.write(exchange.trace.line(completions))
            return completions
        } catch {
            let isGone = error is CancellationError || exchange.gone?.hasHappened == true
            if isGone { state.metrics.disconnected() }
            state.traces?.write(exchange.trace.line([], failure: isGone ? CancellationError() : error))
            throw error
        }
    }

    /// What the client should know, of the request and of what came of it.
    private static func warning(_ request: TextRequest, _ completions: [Completion]) -> String? {
        var warnings = request.warnings
        if completions.contains(where: \.isHurried) { warnings.append("a text was kept short by its limit") }
        if completions.contains(where: \.isTrimmed) { warnings.append("text far from the hole was left out") }
        return warnings.isEmpty ? nil : warnings.joined(separator: "; ")
    }

    /// Only what a header may hold.
    private static func headerText(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(1000).map { $0.isASCII && $0.value >= 0x20 && $0.value < 0x7F ? $0 : "?" }
            )
        )
    }
}
