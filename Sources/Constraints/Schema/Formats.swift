import Foundation

/// What the formats of JSON Schema stand for, as regular expressions over whole strings. They are asserted.
///
/// Where an RFC leaves room or libraries differ, the narrower reading is taken: each of these strings is valid for all.
enum Formats {
    /// Formats that are defined, but that no regular expression describes.
    static let refused: Set<String> = ["regex", "idn-hostname"]

    static let patterns: [String: String] = [
        "date": date,
        "time": time,
        "date-time": "(?:\(date))[tT](?:\(time))",
        "duration": duration,
        "email": "\(atom)+(?:\\.\(atom)+)*@\(labels)",
        "idn-email": "\(wideAtom)+(?:\\.\(wideAtom)+)*@\(labels)",
        "hostname": hostname,
        "host-name": hostname,
        "ipv4": ipv4,
        "ip-address": ipv4,
        "ipv6": ipv6,
        "uuid": "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "uri": uri(character),
        "uri-reference": "(?:\(uri(character))|\(relative(character)))",
        "iri": uri(wideCharacter),
        "iri-reference": "(?:\(uri(wideCharacter))|\(relative(wideCharacter)))",
        "uri-template": "(?:\(character)|[/?#\\[\\]]|\\{[+#./;?&]?\(variable)(?:,\(variable))*\\})*",
        "json-pointer": pointer,
        "relative-json-pointer": "(?:0|[1-9][0-9]*)(?:#|\(pointer))",
    ]

    // RFC 3339. The year 0 is left out: many calendars begin with 1.
    private static let date =
        "(?:(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
        + "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
        + "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29)"
    private static let time =
        "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]+)?(?:[zZ]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
    private static let duration =
        "P(?:\(days)(?:T\(seconds))?|T\(seconds)|[0-9]+W)"
    private static let days = "(?:[0-9]+D|[0-9]+M(?:[0-9]+D)?|[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?)"
    private static let seconds = "(?:[0-9]+S|[0-9]+M(?:[0-9]+S)?|[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?)"

    // RFC 5321 and 1123.
    private static let atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
    private static let wideAtom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u00A0-\\uD7FF-]"
    private static let label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    private static let labels = "\(label)(?:\\.\(label))*"
    private static let hostname = "(?=.{1,253}$)(?!(?:.*\\.)?..--)\(labels)"

    private static let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
    private static let ipv4 = "\(octet)(?:\\.\(octet)){3}"

    /// Eight groups, the last two perhaps as an IPv4 address, a run of them perhaps as `::`.
    private static let ipv6: String = {
        let group = "[0-9a-fA-F]{1,4}"
        func groups(_ count: Int) -> String { count == 0 ? "" : "\(group)(?::\(group)){\(count - 1)}" }
        func upTo(_ count: Int) -> String { count <= 0 ? "" : "(?:\(group)(?::\(group)){0,\(count - 1)})?" }
        var forms = ["\(groups(8))", "\(groups(6)):\(ipv4)"]
        for left in 0...7 {
            forms.append("\(groups(left))::\(upTo(7 - left))")
            if left <= 5 { forms.append("\(groups(left))::(?:\(group):){0,\(5 - left)}\(ipv4)") }
        }
        return "(?:\(forms.joined(separator: "|")))"
    }()

    // RFC 3986 and 3987.
    private static let character = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
    private static let wideCharacter =
        "(?:[A-Za-z0-9._~!$&'()*+,;=:@\\u00A0-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFEF-]|%[0-9A-Fa-f]{2})"

    private static func behind(_ character: String) -> String {
        "(?:\\?(?:\(character)|[/?])*)?(?:#(?:\(character)|[/?])*)?"
    }

    private static func authority(_ character: String) -> String {
        let name = character.replacingOccurrences(of: ":@", with: "")
        let user = character.replacingOccurrences(of: ":@", with: ":")
        return "//(?:\(user)*@)?(?:\(name)*|\\[\(ipv6)\\])(?::[0-9]*)?(?:/\(character)*)*"
    }

    private static func uri(_ character: String) -> String {
        "[A-Za-z][A-Za-z0-9+.-]*:(?:\(authority(character))|/(?:\(character)+(?:/\(character)*)*)?"
            + "|\(character)+(?:/\(character)*)*|)\(behind(character))"
    }

    private static func relative(_ character: String) -> String {
        let first = character.replacingOccurrences(of: ":@", with: "@")
        return "(?:\(authority(character))|/(?:\(character)+(?:/\(character)*)*)?|\(first)+(?:/\(character)*)*|)"
            + behind(character)
    }

    // RFC 6570 and 6901.
    private static let variable =
        "(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})(?:\\.?(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2}))*(?:\\*|:[1-9][0-9]{0,3})?"
    private static let pointer = "(?:/(?:[^~/]|~[01])*)*"
}
