import Cinnabar
import Common
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// What is where.
struct Routes {
    let state: ServerState

    /// Texts, by the path that a dialect has for them.
    private static let texts: [(path: String, read: TextEndpoint.Read)] = [
        ("/v1/chat/completions", ChatDialect.read),
        ("/v1/completions", CompletionDialect.read),
        ("/v1/fim/completions", FillDialect.read),
        ("/v1/edit/completions", EditDialect.read),
        ("/v1/apply/completions", ApplyDialect.read),
        ("/v1/responses", ResponsesDialect.read),
        ("/v1/messages", MessagesDialect.read),
        ("/infill", InfillDialect.read),
        ("/completion", LlamaCppDialect.read),
        ("/api/generate", OllamaGenerateDialect.read),
        ("/api/chat", OllamaChatDialect.read),
    ]

    /// Facts about the model.
    private var facts: [(path: String, value: JSONValue)] {
        let (served, slots) = (state.served, state.configuration.maxRunning)
        let models = ["", "/chat/completions", "/fim/completions", "/edit/completions"].map { path in
            ("/v1\(path)/models", ModelList.list(served))
        }
        return models + [
            ("/models", ModelList.list(served)),
            ("/props", LlamaCppProperties.json(served, slots: slots)),
            ("/api/tags", OllamaModels.tags(served)), ("/api/ps", OllamaModels.tags(served)),
            ("/api/version", ["version": .string(OllamaModels.version)]),
            ("/health", ["status": "ok"]),
        ]
    }

    func add(to router: Router<ServerContext>) {
        for route in Self.texts {
            let endpoint = TextEndpoint(state: state, read: route.read)
            router.post(RouterPath(route.path)) { try await endpoint.respond($0, $1) }
        }
        for fact in facts { router.get(RouterPath(fact.path)) { _, _ in Response(json: fact.value) } }
        router.get("/ready") { [state] _, _ in
            state.departure.isUnderWay
                ? Response(json: ["status": "leaving"], status: .serviceUnavailable) : Response(json: ["status": "ok"])
        }
        addQuestions(router)
        addTokens(router)
        SessionRoutes(state: state).add(to: router)
        router.get("/metrics") { [state] _, _ in
            state.metrics.update(await state.served.model.engineCounters)
            return Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: state.registry.text))
            )
        }
    }

    private func addQuestions(_ router: Router<ServerContext>) {
        router.get("/v1/models/**") { [state] request, _ in
            let id = String(request.uri.path.dropFirst("/v1/models/".count)).removingPercentEncoding ?? ""
            guard id == state.served.id else {
                throw APIError(
                    .notFound,
                    "there is no model '\(id.prefix(200))' here",
                    code: "model_not_found",
                    parameter: "model"
                )
            }
            return Response(json: ModelList.entry(state.served))
        }
        router.post("/api/show") { [state] _, _ in Response(json: OllamaModels.show(state.served)) }
        for path in ["/v1/decisions", "/v1/systemone"] {
            router.post(RouterPath(path)) { [state] request, context in
                let decision = try DecisionRequest(RequestFields(await state.body.json(request)))
                let ticket = try await state.admission.enter(key: context.clientName, weight: 1)
                defer { ticket.giveBack() }
                let answer = try await whileConnected(state.connections[context.channel]) {
                    try await DecisionRun.answer(decision, state.served)
                }
                return Response(json: answer)
            }
        }
        // What became of an edit: editors tell it and read no answer.
        for path in ["/feedback", "/v1/feedback"] {
            router.post(RouterPath(path)) { [state] request, context in
                let body = try RequestFields(await state.body.json(request))
                context.logger.info(
                    "feedback",
                    metadata: [
                        "request": "\(body.value("request_id")?.text?.prefix(64) ?? "")",
                        "action": "\(body.value("user_action")?.text?.prefix(16) ?? "")",
                        "provider": "\(body.value("provider_name")?.text?.prefix(32) ?? "")",
                    ]
                )
                return Response(json: ["status": "ok"])
            }
        }
    }

    private func addTokens(_ router: Router<ServerContext>) {
        router.post("/v1/messages/count_tokens") { [state] request, _ in
            var ignored = TextRequest()
            let fields = try RequestFields(await state.body.json(request))
            let messages = try MessagesDialect.conversation(fields, into: &ignored)
            return Response(json: ["input_tokens": .integer(try state.served.model.chatTokenCount(messages))])
        }
        router.post("/tokenize") { [state] request, _ in
            let fields = try RequestFields(await state.body.json(request))
            let tokens = state.served.model.tokens(of: try fields.text("content") ?? "")
            return Response(json: ["tokens": .array(tokens.map(JSONValue.integer))])
        }
        router.post("/detokenize") { [state] request, _ in
            let fields = try RequestFields(await state.body.json(request))
            let tokens = try (fields.list("tokens") ?? []).map { value in
                guard case .integer(let id) = value else {
                    throw fields.error("tokens", "must be a list of whole numbers")
                }
                return id
            }
            return Response(json: ["content": .string(try state.served.model.text(of: tokens))])
        }
    }
}
