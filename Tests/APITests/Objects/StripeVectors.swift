import Core
import Foundation

/// What Stripe says of its objects: Tests/Vectors/stripe.
enum StripeVectors {
    /// For each kind of object, the fields that are always answered.
    static let presence: [String: [String]] = load("presence.json").mapValues { fields in
        fields.elements?.compactMap(\.string) ?? []
    }

    /// The schemas of the OpenAPI document, by name.
    static let schemas: [String: JSONValue] = load("schemas.json")

    private static func load(_ file: String) -> [String: JSONValue] {
        let path = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Vectors/stripe/\(file)")
        guard let data = try? Data(contentsOf: path), let members = try? JSONValue(parsing: data).members else {
            return [:]
        }
        return Dictionary(members.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}
