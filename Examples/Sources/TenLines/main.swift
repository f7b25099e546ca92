import Cinnabar

let model = try Model()
let before = "def area(width, height):\n    \"\"\"Area of a rectangle.\"\"\"\n"
let session = try model.infill(prefix: before, suffix: "\n\nprint(area(3, 4))\n", options: .init(mode: .quality))
for try await state in session {
    print("forward \(state.forwards): \(state.provisionalText.debugDescription)")
}
let result = try await session.result()
print("\(result.tokens) tokens, \(result.tokensPerForward) a forward, \(result.finishReason)")
