import NIOCore
import Testing

@testable import florin

@Suite("Members of objects without a tree")
struct ObjectScannerTests {
    private func scan(_ text: String, depth: Int) -> (objects: [ObjectScanner.Object], hasMore: Bool) {
        var objects: [ObjectScanner.Object] = []
        let hasMore = ObjectScanner.scan(ByteBuffer(string: text), depth: depth) { objects.append($0) }
        return (objects, hasMore)
    }

    @Test("one object: its own members, not those of objects inside")
    func single() throws {
        let (objects, _) = scan(
            """
            {"id": "pi_1", "amount": 1234, "note": "a \\"status\\": x }{", "inner": {"id": "no", "status": "failed"},
             "list": [{"amount": 9}], "status" : "succeeded"}
            """, depth: ObjectScanner.single)
        let object = try #require(objects.first)
        #expect(objects.count == 1)
        #expect(object.id?.text == "pi_1")
        #expect(object.amount == 1_234)
        #expect(object.status == .succeeded)
    }

    @Test("a page: every element of data, in order")
    func page() {
        let text = """
            {"object":"list","data":[{"id":"pi_2","status":"requires_capture","amount":7,"x":{"id":"a"}},
            {"id":"pi_1","amount":5,"status":null}],"has_more":true,"url":"/v1/payment_intents"}
            """
        let (objects, hasMore) = scan(text, depth: ObjectScanner.list)
        #expect(objects.map { $0.id?.text } == ["pi_2", "pi_1"])
        #expect(objects.map(\.amount) == [7, 5])
        #expect(objects.map(\.status) == [.requiresCapture, nil])
        #expect(hasMore)
        #expect(!scan("{\"data\": [], \"has_more\": false}", depth: ObjectScanner.list).hasMore)
    }

    @Test("an object laid out in lines, in other lines, or in one")
    func layouts() {
        let lines = """
            {
              "id": "pi_1",
              "amount": 1234,
              "inner": {
                "id": "no",
                "amount": 1
              },
              "note": "\\n  \\"id\\": \\"no\\"",
              "status": "succeeded"
            }
            """
        let indentedTwice = lines.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
        let compact = lines.split(separator: "\n").map { $0.drop { $0 == " " } }.joined()
        for text in [lines, indentedTwice, compact, "\n" + lines + "\n"] {
            let object = ObjectScanner.object(ByteBuffer(string: text))
            #expect(object.id?.text == "pi_1")
            #expect(object.amount == 1_234)
            #expect(object.status == .succeeded)
        }
        for length in 0...lines.utf8.count {
            _ = ObjectScanner.object(ByteBuffer(bytes: Array(lines.utf8.prefix(length))))
        }
    }

    @Test("a text cut anywhere is no trap")
    func truncated() {
        let text = "{\"id\": \"pi_\\\"1\", \"amount\": 1, \"status\": \"x\", \"a\": [{\"b\": \"\\\\\"}]}"
        for length in 0...text.utf8.count {
            _ = scan(String(decoding: text.utf8.prefix(length), as: UTF8.self), depth: ObjectScanner.single)
        }
        #expect(scan("}}]]{", depth: ObjectScanner.single).objects.count <= 1)
    }

    @Test("ids of 1 to 32 bytes keep their text")
    func compactID() {
        let longest = String(repeating: "x", count: 32)
        #expect(CompactID(Array("pi_0Jq3".utf8))?.text == "pi_0Jq3")
        #expect(CompactID(Array(longest.utf8))?.text == longest)
        #expect(CompactID(Array((longest + "x").utf8)) == nil)
        #expect(CompactID([]) == nil)
        #expect(CompactID(Array("a".utf8)) != CompactID(Array("b".utf8)))
        #expect(Set([CompactID(Array("a".utf8)), CompactID(Array("a".utf8))]).count == 1)
    }
}
