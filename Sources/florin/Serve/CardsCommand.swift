internal import ArgumentParser
internal import CardFormats
internal import Core
internal import Simulator

/// `florin cards`
struct CardsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cards", abstract: "List the sandbox's test cards, and those that make the network fail.")

    @Flag(help: "Print JSON instead of a table: the cards that make the network fail.")
    var json = false

    func run() throws {
        if json {
            var writer = JSONWriter(style: .indented)
            writer.array { writer in
                for card in ScriptCard.allCases {
                    writer.object { writer in
                        writer.field("name", Self.snake("\(card)"))
                        writer.field("number", card.number)
                    }
                }
            }
            Terminal.standardOutput.say(writer.text)
            return
        }
        var lines = ["Cards that make the network fail (any future expiry, any CVC):", ""]
        for card in ScriptCard.allCases { lines.append("  \(card.number)  \(Self.snake("\(card)"))") }
        lines += ["", "Test cards:", ""]
        for card in TestCards.all {
            let padded = card.number + String(repeating: " ", count: max(0, 19 - card.number.count))
            lines.append("  \(padded)  \(card.names.first.map { "pm_card_" + $0 } ?? "")")
        }
        Terminal.standardOutput.say(lines.joined(separator: "\n"))
    }

    /// `approveThenSilent` as `approve_then_silent`.
    static func snake(_ name: String) -> String {
        name.reduce(into: "") { text, character in
            if character.isUppercase { text += "_" }
            text += character.lowercased()
        }
    }
}
