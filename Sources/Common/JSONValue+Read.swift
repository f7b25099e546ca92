package import Foundation

extension JSONValue {
    /// Reads strict JSON (RFC 8259) within the limits of `JSONLimits`. A repeated key keeps its first place and its last
    /// value, as in Python.
    ///
    /// - Throws: `malformed`; `unsupported` for an integer beyond 64 bits.
    package init(json: Data, name: String = "JSON") throws {
        self = try json.withUnsafeBytes { bytes in
            try JSONLimits().check(bytes, name: name)
            var parser = JSONParser(bytes.bindMemory(to: UInt8.self), name: name)
            let value = try parser.value()
            try parser.end()
            return value
        }
    }

    package init(json: String, name: String = "JSON") throws {
        try self.init(json: Data(json.utf8), name: name)
    }
}
