/// Rules that every level of brackets shares.
struct PythonWordRules {
    /// What may be assigned to.
    let name: Language
    /// Names, and the constants, which are values like others.
    let value: Language
    let number: Language
    let strings: PythonStrings

    init(_ builder: GrammarBuilder) {
        name = builder.add("name", PythonWords.name(except: PythonWords.keywords))
        let others = PythonWords.keywords.filter { !PythonWords.constants.contains($0) }
        value = builder.add("value", PythonWords.name(except: others))
        number = builder.add("number", PythonWords.number)
        strings = PythonStrings(builder, name: name, number: number)
    }
}
