/// The documents that rows are cut from.
package struct RowSource: Sendable {
    package let documents: Int
    /// Bytes of document `index`.
    package let length: @Sendable (Int) -> Int
    package let document: @Sendable (Int) -> [UInt8]

    package init(
        documents: Int,
        length: @escaping @Sendable (Int) -> Int,
        document: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.documents = documents
        self.length = length
        self.document = document
    }
}
