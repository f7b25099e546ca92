import Checkpoints
import Common
import Foundation
import Tokenizers

/// A released kind of tokenizer with texts, ids and rendered conversations of another implementation.
struct TokenizerFixture {
    private let folder: URL
    private let tokenizer: Tokenizer

    static let name = "encode.jsonl"

    init(_ folder: URL) throws {
        self.folder = folder
        tokenizer = try Tokenizer(folder: folder)
    }

    /// What was checked, and how many of its lines differ.
    func differences() -> [(check: String, difference: Result<Double, any Error>)] {
        [
            ("encode", Result { Double(try lines("encode").count { !isEncodedAlike($0) }) }),
            ("decode", Result { Double(try lines("decode").count { !isDecodedAlike($0) }) }),
            ("chat", Result { Double(try chats()) }),
        ]
    }

    private func lines(_ name: String) throws -> [JSONValue] {
        try String(contentsOf: folder.appendingPathComponent("\(name).jsonl"), encoding: .utf8)
            .split(separator: "\n").map { try JSONValue(json: String($0), name: name) }
    }

    private func ids(_ value: JSONValue?) -> [TokenID]? {
        guard case .array(let list)? = value else { return nil }
        return list.compactMap { if case .integer(let id) = $0 { TokenID(exactly: id) } else { nil } }
    }

    private func isEncodedAlike(_ line: JSONValue) -> Bool {
        guard let text = line["text"]?.text, let expected = ids(line["ids"]) else { return false }
        let framed = tokenizer.encode(text, parsingSpecialTokens: true, addingSpecialTokens: true)
        let decoded = line["decoded"]?.text ?? text
        return tokenizer.encode(text, parsingSpecialTokens: true) == expected
            && framed == ids(line["ids_with_special"]) ?? expected && same(tokenizer.decode(expected), decoded)
            && same(
                tokenizer.decode(expected, skippingSpecialTokens: true),
                line["decoded_skip_special"]?.text ?? decoded
            )
    }

    private func isDecodedAlike(_ line: JSONValue) -> Bool {
        guard let ids = ids(line["ids"]), let text = line["decoded"]?.text else { return false }
        return same(tokenizer.decode(ids), text)
    }

    private func chats() throws -> Int {
        let templates = try ChatTemplates(folder: folder)
        return try lines("chat").count { line in
            guard case .array(let messages)? = line["messages"] else { return true }
            var tools: [TemplateValue]?
            if case .array(let list)? = line["tools"] { tools = list }
            var extra: [String: TemplateValue] = [:]
            if case .object(let members)? = line["extra"] {
                extra = Dictionary(members.map { ($0.key, $0.value) }) { $1 }
            }
            let text = try? templates.render(
                messages: messages,
                tools: tools,
                addGenerationPrompt: line["add_generation_prompt"] == .boolean(true),
                extra: extra
            )
            guard let expected = line["rendered"]?.text else { return text != nil }
            return !same(text ?? "", expected)
                || tokenizer.encode(expected, parsingSpecialTokens: true) != ids(line["ids"])
        }
    }

    /// By code points: strings are equal also where they only look alike.
    private func same(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
}
