import Core
import Testing

@testable import API

@Suite("SearchQuery")
struct SearchQueryTests {
    typealias Field = SearchQuery.Field
    typealias Value = SearchQuery.Value

    static let charge: [Field: Value] = [
        .named("amount"): .number(1_000), .named("currency"): .text("eur"), .named("customer"): .text("cus_aB"),
        .named("disputed"): .flag(false), .named("created"): .number(1_700_000_000),
        .named("status"): .text("succeeded"),
        .named("payment_method_details.card.last4"): .text("4242"), .metadata("order"): .text("It's 6735"),
        .metadata("Größe"): .text("groß"),
    ]

    @Test(
        "queries on charges match or not",
        arguments: [
            ("status:'succeeded'", true), (#"status:"succeeded""#, true), ("status:'SUCCEEDED'", true),
            ("status:'failed'", false), ("-status:'failed'", true), ("amount:1000", true), ("amount:'1000'", true),
            ("amount=1000", true), ("amount>1000", false), ("amount>=1000", true), ("amount<1001", true),
            ("amount<=999", false), ("amount>-5", true), ("-amount>1000", true),
            ("amount>500 AND currency:'eur'", true), ("amount>500 currency:'usd'", false),
            ("amount>5000 OR currency:'eur'", true), ("amount>5000 or currency:'usd'", false),
            ("amount>500 and -currency:'usd'", true), ("customer:'cus_aB'", true), ("customer:'cus_ab'", false),
            ("customer:null", false), ("-customer:null", true), ("billing_details.address.postal_code:null", true),
            ("disputed:'false'", true), ("disputed:true", false), (#"metadata['order']:'It\'s 6735'"#, true),
            (#"metadata["order"]:"It's 6735""#, true), ("metadata['none']:null", true),
            ("-metadata['order']:null", true), ("metadata['order']:NULL", false), ("metadata['Größe']:'GROß'", true),
            ("payment_method_details.card.last4:'4242'", true), ("  amount>1   AND\tamount<2000  ", true),
            ("created>=1700000000 created<1700000001", true), ("amount>9223372036854775807", false),
            ("amount<-9223372036854775808", false),
        ])
    func matching(_ text: String, expected: Bool) throws {
        let query = try SearchQuery(parsing: text, on: .charges)
        #expect(query.matches { SearchQueryTests.charge[$0] } == expected)
    }

    @Test(
        "substrings match in either case",
        arguments: [
            ("email~'ROCKET'", true), ("name~'any l'", true), ("name~'zzz'", false), ("email:'Amy@Rocket.io'", true),
        ])
    func substrings(_ text: String, expected: Bool) throws {
        let customer: [Field: Value] = [.named("email"): .text("amy@rocket.io"), .named("name"): .text("Jenny Long")]
        let query = try SearchQuery(parsing: text.replacing("any l", with: "nny L"), on: .customers)
        #expect(query.matches { customer[$0] } == expected)
    }

    @Test(
        "what is no query is refused by the parameter query",
        arguments: [
            ("", "expected a field"), ("   ", "expected a field"), ("asdf", "expected one of"),
            ("foo:'bar'", "Field `foo` is an unsupported search field for resource `charges`."),
            ("email:'a'", "Field `email` is an unsupported"), ("status:succeeded", "expected a value in quotes"),
            ("status:'succeeded", "expected a closing quote"), (#"status:'x\"#, "expected a closing quote"),
            ("status~'suc'", "does not support substring"), ("status>'a'", "does not support numeric"),
            ("amount>abc", "expected a whole number"), ("amount>1.5", "expected a whole number"),
            ("amount:", "expected a whole number"), ("metadata:'x'", "expected a key in brackets"),
            ("metadata[order]:'x'", "expected a value in quotes"), ("metadata['a':'x'", "expected a closing bracket"),
            ("metadata['a']>5", "does not support numeric"), ("metadata['a']~'abc'", "does not support substring"),
            ("status:'a'currency:'b'", "expected a blank"), ("amount>1 AND amount>2 OR amount>3", "cannot be combined"),
            ("amount>1 amount>2 OR amount>3", "cannot be combined"), ("amount>1 AND", "expected one of"),
            ("amount>1 AND ", "expected a field"), ("disputed:'maybe'", "expected 'true' or 'false'"),
            ("--status:'a'", "expected a field"), ("(status:'a')", "expected a field"),
            (Array(repeating: "amount>1", count: 11).joined(separator: " "), "up to 10 clauses"),
            ("status:'\(String(repeating: "x", count: 2_000))'", "more than 2000 characters"),
        ])
    func refusals(_ text: String, message: String) {
        let error = #expect(throws: APIError.self) { try SearchQuery(parsing: text, on: .charges) }
        #expect(error?.status == 400)
        #expect(error?.param == "query")
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("a substring needs three characters")
    func shortSubstring() {
        #expect(throws: APIError.self) { try SearchQuery(parsing: "email~'ab'", on: .customers) }
        #expect(throws: Never.self) { try SearchQuery(parsing: "email~'abc'", on: .customers) }
    }

    @Test("ten clauses pass, and each resource has its own fields")
    func limits() throws {
        let text = Array(repeating: "amount>1", count: 10).joined(separator: " AND ")
        #expect(try SearchQuery(parsing: text, on: .paymentIntents).clauses.count == 10)
        let error = #expect(throws: APIError.self) { try SearchQuery(parsing: "refunded:'true'", on: .paymentIntents) }
        #expect(error?.message.contains("query-fields-for-payment-intents") == true)
    }

    @Test("a query tells within which seconds and under which index it can match")
    func hints() throws {
        let query = try SearchQuery(parsing: "created>5 created<=9 customer:'cus_1' -status:'failed'", on: .charges)
        #expect(query.created == IntegerBounds(lower: 6, upper: 9))
        #expect(query.requiredText(of: .named("customer")) == "cus_1")
        #expect(query.requiredText(of: .named("status")) == nil)
        let either = try SearchQuery(parsing: "created>5 OR customer:'cus_1'", on: .charges)
        #expect(either.created == IntegerBounds(lower: nil, upper: nil))
        #expect(either.requiredText(of: .named("customer")) == nil)
        #expect(try SearchQuery(parsing: "-created>5", on: .charges).created == IntegerBounds(lower: nil, upper: nil))
    }

    @Test("random text never traps, and what parses answers", arguments: 0..<8)
    func fuzz(_ seed: UInt64) {
        let random = SeededGenerator(seed: seed)
        let words = [
            "amount", "status", "metadata", "customer", "[", "]", "'a'", "\"b\"", "'", "\"", "\\", ":", "~", ">", "<",
            "=",
            "-", " ", "AND", "OR", "null", "7", "-9223372036854775808", "ü", "(", ".",
        ]
        for _ in 0..<5_000 {
            let text = (0..<random.below(14)).map { _ in words[random.below(words.count)] }.joined()
            guard let query = try? SearchQuery(parsing: text, on: .charges) else { continue }
            // The complement of a single clause matches exactly when the clause does not.
            let matches = query.matches { SearchQueryTests.charge[$0] }
            guard query.clauses.count == 1 else { continue }
            var opposite = query
            opposite.clauses[0].isNegated.toggle()
            #expect(opposite.matches { SearchQueryTests.charge[$0] } != matches, "seed \(seed): \(text)")
        }
    }

    @Test("pages of a search go on behind the last object")
    func pages() throws {
        func request(_ text: String) throws -> SearchRequest {
            try SearchRequest(Schema.search.validate(Form(query: text)), on: .charges)
        }
        let first = try request("query=amount%3E5&limit=3")
        #expect(first.limit == 3)
        #expect(first.after == nil)
        let next = try request("query=amount%3E5&page=\(SearchRequest.nextPage(after: "ch_1"))")
        #expect(next.after == "ch_1")
        #expect(next.limit == 10)
        for page in ["zz", "abc", "ff"] {
            let error = #expect(throws: APIError.self) { try request("query=amount%3E5&page=\(page)") }
            #expect(error?.param == "page")
        }
    }
}
