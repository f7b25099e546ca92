import Common
package import Foundation

/// A safetensors file, memory-mapped: opening reads the header only, whatever the size.
package struct SafetensorsFile: TensorSource {
    package let url: URL
    /// Free text pairs of the header.
    package let metadata: [String: String]
    /// In the order of their bytes.
    package let tensors: [Tensor]
    private let places: [String: Int]

    /// Opens and checks a file: every tensor lies inside it, none overlap, sizes match shapes.
    ///
    /// - Throws: `file` when it cannot be read, `malformed` or `unsupported` when it is not as the format says.
    package init(_ url: URL) throws {
        let file = try MappedFile(url)
        let header = try file.withUnsafeBytes { try SafetensorsHeader($0, path: url.path) }
        self.url = url
        self.metadata = header.metadata
        self.tensors = header.entries.map {
            Tensor(name: $0.name, format: .plain($0.type), shape: $0.shape, bytes: file.slice($0.range))
        }
        var places = [String: Int](minimumCapacity: tensors.count)
        for (index, tensor) in tensors.enumerated() { places[tensor.name] = index }
        self.places = places
    }

    package var label: String { url.path }
    package var names: [String] { tensors.map(\.name) }
    package subscript(name: String) -> Tensor? { places[name].map { tensors[$0] } }
}
