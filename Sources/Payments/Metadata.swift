public import Core

/// Key–value pairs a merchant attaches to an object, in the order they were first set.
///
/// At most 50 keys of 40 characters with values of 500 characters; the API checks these limits.
public struct Metadata: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public let key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    public private(set) var entries: [Entry]

    public init(_ entries: [Entry] = []) { self.entries = entries }

    public subscript(key: String) -> String? { entries.first { $0.key == key }?.value }

    /// Sets, replaces (same key) or removes (empty value) one pair.
    public mutating func set(_ key: String, _ value: String) {
        if let index = entries.firstIndex(where: { $0.key == key }) {
            if value.isEmpty { entries.remove(at: index) } else { entries[index].value = value }
        } else if !value.isEmpty {
            entries.append(Entry(key: key, value: value))
        }
    }

    /// What an update says of metadata.
    public enum Update: Hashable, Sendable {
        case clear
        case merge([Entry])
    }

    /// Refuses what would leave more than ``entriesMax`` pairs: ``PaymentRefusal/tooMuchMetadata``.
    public mutating func apply(_ update: Update?) throws(PaymentRefusal) {
        switch update {
        case nil: break
        case .clear: entries = []
        case .merge(let changes):
            for change in changes { set(change.key, change.value) }
            if entries.count > Self.entriesMax { throw .tooMuchMetadata }
        }
    }

    public static let entriesMax = 50

    /// Writes the pairs under `key`, or nothing when there are none.
    public func encode(_ key: StaticString, into json: inout JSONWriter) {
        guard !entries.isEmpty else { return }
        json.object(key) { json in
            for entry in entries { json.dynamicField(entry.key, entry.value) }
        }
    }

    /// Reads the pairs stored under `key`.
    public init(_ reader: DocumentReader, _ key: String) {
        entries = reader.members(key).compactMap { member in
            member.value.string.map { Entry(key: member.key, value: $0) }
        }
    }
}
