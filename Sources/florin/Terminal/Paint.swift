/// Text attributes, given only where they can be seen.
struct Paint: Sendable {
    /// Leaves text as it is.
    static let plain = Paint(isOn: false)

    let isOn: Bool

    func bold(_ text: String) -> String { wrap(text, "1") }
    func dim(_ text: String) -> String { wrap(text, "2") }
    func red(_ text: String) -> String { wrap(text, "31") }
    func green(_ text: String) -> String { wrap(text, "32") }
    func yellow(_ text: String) -> String { wrap(text, "33") }
    func cyan(_ text: String) -> String { wrap(text, "36") }

    private func wrap(_ text: String, _ attribute: String) -> String {
        isOn && !text.isEmpty ? "\u{1b}[\(attribute)m\(text)\u{1b}[0m" : text
    }
}
