/// Where the numbers of a network come from. They are packed piece by piece, so that no second copy of all weights
/// stands in memory.
package protocol ParameterSource {
    /// `Never` where nothing can go wrong.
    associatedtype Failure: Error
    var configuration: ModelConfiguration { get }
    /// Some of the numbers, in the order of ``ParameterLayout``.
    func values(_ range: Range<Int>) throws(Failure) -> [Float]
}

/// All numbers in memory.
package struct FlatParameters: ParameterSource {
    package let configuration: ModelConfiguration
    private let parameters: [Float]

    package init(_ parameters: [Float], configuration: ModelConfiguration) {
        precondition(parameters.count == ParameterLayout(configuration).count)
        self.configuration = configuration
        self.parameters = parameters
    }

    package func values(_ range: Range<Int>) throws(Never) -> [Float] { Array(parameters[range]) }
}
