import Core
import Testing

@testable import API

@Suite("ListQuery")
struct ListQueryTests {
    private func query(_ text: String) throws -> ListQuery { try ListQuery(Schema.list().validate(Form(query: text))) }

    /// An identifier made at this moment; `last` is its last character.
    private func id(_ milliseconds: Int64, _ last: String = "0") -> String {
        "pi_" + IdentifierText.fixedWidth(UInt64(milliseconds), digits: 9) + String(repeating: "5", count: 15) + last
    }

    @Test("parameters are read, with 10 as the default limit")
    func reading() throws {
        #expect(try query("") == ListQuery(limit: 10))
        #expect(try query("limit=3&starting_after=pi_a") == ListQuery(limit: 3, cursor: .after("pi_a")))
        #expect(try query("ending_before=pi_a").cursor == .before("pi_a"))
        #expect(try query("created[gte]=5").created == IntegerBounds(lower: 5, upper: nil))
        let error = #expect(throws: APIError.self) { try query("starting_after=a&ending_before=b") }
        #expect(error?.status == 400)
    }

    @Test("a cursor that leads nowhere is refused by its parameter")
    func unknownCursor() {
        let error = ListQuery(cursor: .before("pi_x")).unknownCursor("payment_intent")
        #expect(error?.status == 400)
        #expect(error?.code == "resource_missing")
        #expect(error?.param == "ending_before")
        #expect(error?.message == "No such payment_intent: 'pi_x'")
        #expect(ListQuery().unknownCursor("payment_intent") == nil)
    }

    @Test(
        "seconds of creation become runs of identifiers",
        arguments: [
            ("created=5", [5_000, 5_999], [4_999, 6_000]), ("created[gt]=5", [6_000, 9_000_000], [5_999, 0]),
            ("created[gte]=5", [5_000], [4_999]), ("created[lt]=5", [0, 4_999], [5_000]),
            ("created[lte]=5", [5_999], [6_000]), ("created[gte]=5&created[lt]=7", [5_000, 6_999], [4_999, 7_000]),
            ("created[gte]=0", [0], []), ("created[lte]=9000000000000000", [9_000_000], []),
        ] as [(String, [Int64], [Int64])])
    func createdRanges(_ text: String, inside: [Int64], outside: [Int64]) throws {
        let range = try #require(try query(text).identifiers(prefix: "pi"))
        for time in inside { #expect(range.contains(id(time)) && range.contains(id(time, "z")), "\(time)") }
        for time in outside { #expect(!range.contains(id(time)) && !range.contains(id(time, "z")), "\(time)") }
    }

    @Test(
        "ranges that nothing can lie in are known without reading",
        arguments: [
            "created[gt]=5&created[lt]=6", "created[lt]=0", "created[gte]=9&created[lte]=8",
        ])
    func emptyRanges(_ text: String) throws { #expect(try query(text).identifiers(prefix: "pi") == nil) }

    @Test("cursors exclude themselves and meet the range of creation")
    func cursors() throws {
        let after = try #require(try query("starting_after=\(id(5_500))&created[gte]=5").identifiers(prefix: "pi"))
        #expect(after.contains(id(5_400)))
        #expect(!after.contains(id(5_500)))
        #expect(!after.contains(id(5_600)))
        #expect(!after.contains(id(4_000)))
        let before = try #require(try query("ending_before=\(id(5_500))").identifiers(prefix: "pi"))
        #expect(!before.contains(id(5_500)))
        #expect(before.contains(id(5_500, "1")))
        #expect(try query("ending_before=\(id(5_500))&created[lt]=5").identifiers(prefix: "pi") == nil)
    }

    @Test("conditions are SQL with arguments")
    func sql() throws {
        let query = try query("ending_before=pi_a")
        let range = try #require(query.identifiers(prefix: "pi"))
        #expect(range.sql(column: "id") == "id > ?")
        #expect(range.arguments == ["pi_a"])
        #expect(query.sqlOrder == "ASC")
        let both = try #require(try self.query("created=5&starting_after=\(id(5_500))").identifiers(prefix: "pi"))
        #expect(both.sql(column: "id") == "id >= ? AND id < ?")
        #expect(both.arguments == [IdentifierRange.first(prefix: "pi", second: 5), id(5_500)])
        let all = try #require(ListQuery().identifiers(prefix: "pi"))
        #expect(all.sql(column: "id").isEmpty)
        #expect(all.arguments.isEmpty)
    }

    /// Answers a list the way a store would, from rows in any order.
    private func answer(_ query: ListQuery, _ ids: [String]) -> Page<String> {
        guard let range = query.identifiers(prefix: "pi") else { return Page(items: [], hasMore: false) }
        let sorted = ids.filter(range.contains).sorted { query.isAscending ? $0 < $1 : $0 > $1 }
        return query.page(Array(sorted.prefix(query.fetchCount)))
    }

    @Test("walking forward and backward sees every object once, newest first", arguments: [1, 2, 3, 7, 10])
    func walking(_ limit: Int) {
        let ids = (0..<10).map { id(Int64($0) * 1_000) }
        var forward: [String] = []
        var query = ListQuery(limit: limit)
        while true {
            let page = answer(query, ids)
            forward += page.items
            guard page.hasMore, let last = page.items.last else { break }
            query.cursor = .after(last)
        }
        #expect(forward == ids.reversed())
        var backward: [String] = []
        query.cursor = .before(ids[0])
        while true {
            let page = answer(query, ids)
            backward = page.items + backward
            guard page.hasMore, let first = page.items.first else { break }
            query.cursor = .before(first)
        }
        #expect(backward == ids.dropFirst().reversed())
    }

    @Test("the last page that still holds objects has no more")
    func lastPage() {
        let ids = [id(1), id(2)]
        #expect(answer(ListQuery(limit: 2), ids).hasMore == false)
        #expect(answer(ListQuery(limit: 1), ids).hasMore == true)
        #expect(answer(ListQuery(limit: 1, cursor: .after(id(1))), ids) == Page(items: [], hasMore: false))
    }

    @Test("a page keeps whether there are more when its objects are turned into others")
    func mapping() {
        #expect(Page(items: ["a", "bb"], hasMore: true).map(\.count) == Page(items: [1, 2], hasMore: true))
    }
}
