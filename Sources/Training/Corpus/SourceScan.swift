import Common
import Foundation

/// A file that may enter the corpus.
struct SourceFile {
    /// Index of the source it belongs to.
    let source: Int
    let url: URL
    /// Bytes.
    let size: Int
    /// Hash of the source's name and the path below it, wherever the folder lies: the place in the order and the split.
    let key: UInt64
    /// Below a folder of copied third-party modules, whose licence may differ from the package's.
    let isVendored: Bool

    static let vendorFolders: Set<String> = [
        "_vendor", "vendor", "_vendored", "vendored", "extern", "external", "externals", "third_party", "thirdparty",
    ]
}

extension CorpusBuilder {
    /// All regular files with a wanted extension, in the order of their keys. Links are not followed.
    func scan() throws -> [SourceFile] {
        var found: [SourceFile] = []
        for (index, source) in sources.enumerated() {
            let root = source.folder.standardizedFileURL.path
            guard let names = FileManager.default.enumerator(atPath: root), isFolder(root) else {
                throw CinnabarError(
                    .file,
                    "cannot read the folder \(root) of the source \(source.name)",
                    hint: "fetch the sources first, or correct the list"
                )
            }
            for case let name as String in names where extensions.contains((name as NSString).pathExtension) {
                let parts = name.split(separator: "/")
                guard names.fileAttributes?[.type] as? FileAttributeType == .typeRegular,
                    !parts.contains(where: { $0.hasPrefix(".") })
                else { continue }
                let path = "\(source.name)/\(name)"
                let hash = path.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } as UInt64
                found.append(
                    SourceFile(
                        source: index,
                        url: URL(fileURLWithPath: "\(root)/\(name)"),
                        size: (names.fileAttributes?[.size] as? NSNumber)?.intValue ?? 0,
                        key: SplitMix64.mix(hash),
                        isVendored: parts.dropLast().contains { SourceFile.vendorFolders.contains(String($0)) }
                    )
                )
            }
        }
        return found.sorted { ($0.key, $0.url.path) < ($1.key, $1.url.path) }
    }

    private func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
