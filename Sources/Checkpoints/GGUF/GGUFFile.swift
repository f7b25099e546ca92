import Common
package import Foundation

/// A GGUF file, memory-mapped, with its tensors as the file names and arranges them; ``GGUFWeights`` has them as everything
/// else here expects. Opening reads the header only, whatever the size.
package struct GGUFFile: TensorSource {
    package let url: URL
    /// 2 or 3.
    package let version: Int
    package let metadata: GGUFMetadata
    /// Where tensors may begin: at multiples of this from the start of the data.
    package let alignment: Int
    /// In the order of the file.
    package let tensors: [Tensor]
    private let places: [String: Int]

    /// Opens and checks a file: every tensor lies inside it and none overlap. Tensors of unknown formats are refused when
    /// they are read, not here.
    ///
    /// - Throws: `file` when it cannot be read, `malformed` or `unsupported` when it is not as the format says.
    package init(_ url: URL) throws {
        let file = try MappedFile(url)
        let header = try GGUFHeader(file.data(), path: url.path)
        self.url = url
        self.version = Int(header.version)
        self.metadata = header.metadata
        self.alignment = header.alignment
        self.tensors = header.entries.map {
            Tensor(name: $0.name, format: $0.format, shape: $0.shape, bytes: file.slice($0.range))
        }
        self.places = Dictionary(
            tensors.enumerated().map { ($0.element.name, $0.offset) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    package var label: String { url.path }
    package var names: [String] { tensors.map(\.name) }
    package subscript(name: String) -> Tensor? { places[name].map { tensors[$0] } }
}
