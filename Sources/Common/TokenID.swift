/// The index of a token in a vocabulary.
public typealias TokenID = Int32
