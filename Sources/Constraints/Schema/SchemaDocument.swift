import Common
import Foundation

/// The schemas of a document and how they are called: by pointer, identifier and anchor.
final class SchemaDocument {
    struct Node {
        var value: JSONValue
        /// JSON pointer from the root of the document.
        var pointer: String
        /// The identifier of the resource that it belongs to.
        var base: String
    }

    private(set) var nodes: [Node] = []
    private var byPointer: [String: Int] = [:]
    /// Roots of resources by their identifier, without fragment.
    private var resources: [String: Int] = [:]
    /// Nodes by identifier and anchor.
    private var anchors: [String: Int] = [:]
    private var dynamicAnchors: [String: [Int]] = [:]
    let dialect: Dialect

    enum Dialect {
        case draft4
        /// Draft 6 and 7.
        case draft7
        /// Draft 2019-09 and 2020-12.
        case draft2020

        /// Whether nothing beside a `$ref` counts.
        var isLegacy: Bool { self != .draft2020 }

        init(_ uri: String?) throws {
            guard let uri else {
                self = .draft2020
                return
            }
            guard uri.contains("json-schema.org/") else {
                throw CinnabarError.unsupportedSchema("", "keyword '$schema' names an unknown dialect, '\(uri)'")
            }
            if uri.contains("draft-03") || uri.contains("draft-04") {
                self = .draft4
            } else {
                self = uri.contains("draft-06") || uri.contains("draft-07") ? .draft7 : .draft2020
            }
        }
    }

    static let depthLimit = 128

    init(_ schema: JSONValue) throws {
        dialect = try Dialect(schema["$schema"]?.text)
        resources[""] = 0
        try scan(schema, "", "", 0)
    }

    /// Lists a schema and those in it.
    private func scan(_ value: JSONValue, _ pointer: String, _ base: String, _ depth: Int) throws {
        guard depth < Self.depthLimit else {
            throw CinnabarError.unsupportedSchema(pointer, "nested deeper than \(Self.depthLimit)")
        }
        guard byPointer[pointer] == nil else { return }
        let index = nodes.count
        byPointer[pointer] = index
        nodes.append(Node(value: value, pointer: pointer, base: base))
        guard case .object(let members) = value else { return }
        var base = base
        let hidesSiblings = dialect.isLegacy && value["$ref"] != nil
        if !hidesSiblings, let id = value[dialect == .draft4 ? "id" : "$id"]?.text {
            if id.hasPrefix("#") {
                anchors[base + id] = index
            } else {
                base = Self.resolve(id, base).document
                resources[base] = index
                nodes[index].base = base
            }
        }
        if let anchor = value["$anchor"]?.text { anchors["\(base)#\(anchor)"] = index }
        if let anchor = value["$dynamicAnchor"]?.text {
            anchors["\(base)#\(anchor)"] = index
            dynamicAnchors[anchor, default: []].append(index)
        }
        for member in members {
            let place = "\(pointer)/\(Self.escaped(member.key))"
            switch member.key {
            case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies":
                guard case .object(let schemas) = member.value else { continue }
                for schema in schemas {
                    try scan(schema.value, "\(place)/\(Self.escaped(schema.key))", base, depth + 1)
                }
            case "allOf", "anyOf", "oneOf", "prefixItems", "items":
                guard case .array(let schemas) = member.value else {
                    try scan(member.value, place, base, depth + 1)
                    continue
                }
                for (index, schema) in schemas.enumerated() { try scan(schema, "\(place)/\(index)", base, depth + 1) }
            case "additionalItems", "additionalProperties", "contains", "not", "if", "then", "else", "propertyNames",
                "unevaluatedItems", "unevaluatedProperties":
                try scan(member.value, place, base, depth + 1)
            default: continue
            }
        }
    }

    static func escaped(_ key: String) -> String {
        key.replacingOccurrences(of: "~", with: "~0").replacingOccurrences(of: "/", with: "~1")
    }

    /// The node at a pointer that the scan has met.
    func node(_ pointer: String) throws -> Int {
        guard let index = byPointer[pointer] else { throw CinnabarError.malformedSchema(pointer, "no schema") }
        return index
    }

    /// The node that a reference leads to.
    func target(of reference: String, from node: Int, keyword: String) throws -> Int {
        let pointer = nodes[node].pointer
        let (document, fragment) = Self.resolve(reference, nodes[node].base)
        guard let root = resources[document] else {
            throw CinnabarError.unsupportedSchema(
                pointer,
                "keyword '\(keyword)' leads out of the document, to '\(reference)'"
            )
        }
        guard fragment.isEmpty || fragment.hasPrefix("/") else {
            guard let index = anchors["\(document)#\(fragment)"] else {
                throw CinnabarError.malformedSchema(pointer, "'\(keyword)' leads to '\(reference)', which is not there")
            }
            return index
        }
        return try descend(fragment, from: root, whole: reference, at: pointer)
    }

    /// A `$dynamicRef`'s target where no outer resource can be meant.
    func dynamicTarget(of reference: String, from node: Int) throws -> Int {
        let index = try target(of: reference, from: node, keyword: "$dynamicRef")
        if let anchor = nodes[index].value["$dynamicAnchor"]?.text, reference.hasSuffix("#\(anchor)"),
            dynamicAnchors[anchor]?.count != 1
        {
            throw CinnabarError.unsupportedSchema(
                nodes[node].pointer,
                "keyword '$dynamicRef' with several anchors '\(anchor)' is not supported"
            )
        }
        return index
    }

    private func descend(_ fragment: String, from root: Int, whole: String, at pointer: String) throws -> Int {
        let place = nodes[root].pointer + fragment
        if let known = byPointer[place] { return known }
        var value = nodes[root].value
        for token in fragment.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let key = token.replacingOccurrences(of: "~1", with: "/").replacingOccurrences(of: "~0", with: "~")
            var next = value[key]
            if case .array(let elements) = value, let index = Int(key), elements.indices.contains(index) {
                next = elements[index]
            }
            guard let next else {
                throw CinnabarError.malformedSchema(pointer, "'$ref' leads to '\(whole)', which is not there")
            }
            value = next
        }
        try scan(value, place, nodes[root].base, 0)
        return try node(place)
    }

    /// A reference against a base (RFC 3986), as identifier and decoded fragment.
    private static func resolve(_ reference: String, _ base: String) -> (document: String, fragment: String) {
        let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let fragment = parts.count > 1 ? parts[1].removingPercentEncoding ?? parts[1] : ""
        guard let path = parts.first, !path.isEmpty else { return (base, fragment) }
        guard !base.isEmpty, let url = URL(string: path, relativeTo: URL(string: base)) else { return (path, fragment) }
        return (url.absoluteString, fragment)
    }
}
