import Payments
import Testing

@Suite("Metadata")
struct MetadataTests {
    private func entries(_ pairs: (String, String)...) -> [Metadata.Entry] {
        pairs.map { Metadata.Entry(key: $0.0, value: $0.1) }
    }

    @Test("keep the order in which keys were first set, replace, and remove with an empty value")
    func set() {
        var metadata = Metadata()
        for (key, value) in [("b", "1"), ("a", "2"), ("c", "3"), ("b", "4"), ("a", ""), ("x", ""), ("a", "5")] {
            metadata.set(key, value)
        }
        #expect(metadata.entries == entries(("b", "4"), ("c", "3"), ("a", "5")))
        #expect(metadata["b"] == "4")
        #expect(metadata["x"] == nil)
    }

    @Test("are merged, cleared or left alone by an update")
    func apply() throws {
        var metadata = Metadata(entries(("a", "1"), ("b", "2")))
        try metadata.apply(nil)
        #expect(metadata.entries == entries(("a", "1"), ("b", "2")))
        try metadata.apply(.merge(entries(("b", "3"), ("c", "4"), ("a", ""))))
        #expect(metadata.entries == entries(("b", "3"), ("c", "4")))
        try metadata.apply(.merge([]))
        #expect(metadata.entries.count == 2)
        try metadata.apply(.clear)
        #expect(metadata.entries.isEmpty)
    }

    @Test("have at most fifty pairs, counted after the whole update")
    func limit() throws {
        let fifty = (1...50).map { Metadata.Entry(key: "k\($0)", value: "v") }
        var metadata = Metadata()
        try metadata.apply(.merge(fifty))
        #expect(metadata.entries.count == Metadata.entriesMax)
        let full = metadata
        #expect(
            refusal { () throws(PaymentRefusal) in
                var metadata = full
                try metadata.apply(.merge(entries(("more", "v"))))
            } == "tooMuchMetadata")
        try metadata.apply(.merge(entries(("more", "v"), ("k1", ""))))
        #expect(metadata.entries.count == 50)
        #expect(metadata["more"] == "v")
        try metadata.apply(.merge(entries(("k2", "replaced"))))
        #expect(metadata["k2"] == "replaced")
    }
}
