import Checkpoints
import Common
import Tokenizers

extension StoredVocabulary {
    /// The same arrays as tokenizers take them.
    init(_ file: GGUFVocabulary) throws {
        func id(_ name: String) -> TokenID? { file.special[name].flatMap { TokenID(exactly: $0) } }
        self.init(
            tokens: file.tokens,
            types: file.kinds.map(\.rawValue),
            merges: file.merges,
            pre: file.pattern ?? "default",
            addBos: file.addsBOS ?? false,
            bos: id("bos"),
            addEos: file.addsEOS ?? false,
            eos: id("eos"),
            unknown: id("unknown")
        )
    }
}
