package import Common

extension Tokenizer {
    /// A token that is found in the text as it stands, before anything is cut or merged.
    package struct AddedToken: Sendable, Hashable {
        package var id: TokenID
        package var text: String
        /// A control token, as opposed to ordinary text that is kept whole.
        package var isSpecial: Bool
        /// Takes the white space before it.
        package var stripsLeft: Bool
        /// Takes the white space after it.
        package var stripsRight: Bool
        /// Is one only with no letter, digit, mark or underscore beside it.
        package var isWord: Bool
        /// Is searched for in the normalised text, in its normal form.
        package var isNormalized: Bool

        package init(
            id: TokenID,
            text: String,
            isSpecial: Bool = true,
            stripsLeft: Bool = false,
            stripsRight: Bool = false,
            isWord: Bool = false,
            isNormalized: Bool = false
        ) {
            self.id = id
            self.text = text
            self.isSpecial = isSpecial
            self.stripsLeft = stripsLeft
            self.stripsRight = stripsRight
            self.isWord = isWord
            self.isNormalized = isNormalized
        }

        /// What is searched for.
        func searched(_ normalizer: Normalizer) -> [UInt8] {
            let text = Array(text.utf8)
            return isNormalized ? text.withUnsafeBufferPointer(normalizer.normalize) ?? text : text
        }

        /// What it is decoded to. As in the `tokenizers` package, a text of the byte alphabet's characters stands for
        /// bytes here, too; all ASCII but the space stands for itself.
        package func decoded(_ normalizer: Normalizer) -> [UInt8] {
            let text = searched(normalizer)
            return ByteAlphabet.bytes(of: String(decoding: text, as: UTF8.self)) ?? text
        }
    }
}
