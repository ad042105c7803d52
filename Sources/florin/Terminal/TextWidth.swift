/// How many columns a text takes, and cutting and padding to columns.
///
/// Each character counts one column, attributes (`ESC [ … m`) none: what Florin writes itself needs no more.
enum TextWidth {
    /// Columns of a text.
    static func of(_ text: String) -> Int {
        var columns = 0
        var isAttribute = false
        for character in text {
            if character == "\u{1b}" {
                isAttribute = true
            } else if isAttribute {
                isAttribute = !character.isLetter
            } else {
                columns += 1
            }
        }
        return columns
    }

    /// The text, cut to at most `width` columns; what is cut shows as an ellipsis. Attributes that open are closed.
    static func cut(_ text: String, to width: Int) -> String {
        guard of(text) > width else { return text }
        guard width > 0 else { return "" }
        var result = ""
        var columns = 0
        var isAttribute = false
        var hasAttributes = false
        for character in text {
            if character == "\u{1b}" || isAttribute {
                isAttribute = character == "\u{1b}" || !character.isLetter
                hasAttributes = true
            } else {
                guard columns < width - 1 else { break }
                columns += 1
            }
            result.append(character)
        }
        return result + "…" + (hasAttributes ? "\u{1b}[0m" : "")
    }

    /// The text with spaces behind it up to `width` columns.
    static func padRight(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - of(text)))
    }

    /// The text with spaces before it up to `width` columns.
    static func padLeft(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(0, width - of(text))) + text
    }
}
