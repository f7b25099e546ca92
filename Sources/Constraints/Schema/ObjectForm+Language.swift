import Common

extension SchemaCompiler {
    /// Most states of an object whose properties are counted.
    private static let stateLimit = 20_000

    /// The texts of an object.
    ///
    /// Built from the back: `rest[count]` is what may follow when so many properties are written; counts above what matters
    /// are one. Whether there is one already decides about the comma.
    func language(_ form: ObjectForm) throws -> Language {
        let required = form.properties.filter(\.isRequired).count
        if form.count.minimum > required + 1, !form.classes.isEmpty {
            throw CinnabarError(
                .unsupported,
                "JSON Schema: keyword 'minProperties' with more than one property beyond the required ones is not "
                    + "supported where unnamed properties are allowed",
                hint: "set 'additionalProperties' to false"
            )
        }
        let isCounted = form.count != .any
        let cap = max(1, form.count.maximum ?? form.count.minimum)
        guard form.properties.count * cap <= Self.stateLimit else {
            throw CinnabarError(.unsupported, "JSON Schema: 'minProperties' or 'maxProperties' of \(cap) is too large")
        }
        var rest = try (0...cap).map { try unnamed(form, written: $0) }
        // Up to here an object may have begun with any of the properties, so that two ways lead to what follows.
        let start = form.properties.firstIndex(where: \.isRequired) ?? form.properties.count
        for (index, property) in form.properties.enumerated().reversed() {
            let member = Language.joined([
                JSONText.quoted(.bytes(JSONText.inside(property.name))), style.colon,
                try value(property.condition),
            ])
            let isShared = isCounted || index < start
            let behind =
                isShared ? rest.map { shared($0, "behind \(String(decoding: property.name, as: UTF8.self))") } : rest
            rest = (0...cap).map { count in
                let next = form.count.maximum == nil ? min(count + 1, cap) : count + 1
                let write = Language.joined([count > 0 ? style.comma : .empty, member])
                if next == count {
                    return .joined([property.isRequired ? write : .optional(write), behind[count]])
                }
                let written = next > cap ? Language.nothing : .joined([write, behind[next]])
                return property.isRequired ? written : .either([written, behind[count]])
            }
        }
        return .joined([.text("{"), rest[0], .text("}")])
    }

    private func shared(_ language: Language, _ name: String) -> Language {
        switch language {
        case .nothing, .bytes, .byte, .rule: language
        default: builder.add(name, language)
        }
    }

    /// What stands behind the named properties when so many of them are written.
    private func unnamed(_ form: ObjectForm, written: Int) throws -> Language {
        func member(_ keyClass: ObjectForm.KeyClass) throws -> Language {
            .joined([JSONText.quoted(keyClass.keys), style.colon, try value(keyClass.condition)])
        }
        let any = Language.either(try form.classes.map(member))
        let least = max(0, form.count.minimum - written)
        let most = form.count.maximum.map { $0 - written }
        if let most, most < least { return .nothing }
        if let witnesses = form.witnesses {
            // Last, so that no later property with the same key replaces it.
            let last = Language.either(try witnesses.map(member))
            let before = most.map { $0 - 1 }
            if let before, before < 0 { return .nothing }
            if written > 0 {
                return .joined([.repeated(.joined([style.comma, any]), 0, before), style.comma, last])
            }
            return .joined([.repeated(.joined([any, style.comma]), 0, before), last])
        }
        if written > 0 { return .repeated(.joined([style.comma, any]), least, most) }
        if most == 0 { return .empty }
        let some = Language.joined([
            any, .repeated(.joined([style.comma, any]), max(0, least - 1), most.map { $0 - 1 }),
        ])
        return least == 0 ? .optional(some) : some
    }
}
