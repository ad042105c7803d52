import Core
import Money
import Payments
import Testing

@testable import API

@Suite("Parameters")
struct ParametersTests {
    private func parameters(_ text: String) throws -> Parameters {
        try SchemaTests.payment.validate(Form(query: "amount=1000&currency=USD&" + text))
    }

    @Test("values are read by their kind, and are nil when not given")
    func values() throws {
        enum Method: String { case automatic, manual }
        let given = try parameters(
            "capture_method=manual&confirm=true&customer=cus_1&at=7&types[]=a&types[]=b&expand[]=x&count=-0")
        #expect(given.integer("amount") == 1_000)
        #expect(given.currency("currency") == .usd)
        #expect(given.choice("capture_method", Method.self) == .manual)
        #expect(given.boolean("confirm") == true)
        #expect(given.string("customer") == "cus_1")
        #expect(given.timestamp("at") == Timestamp(seconds: 7))
        #expect(given.strings("types") == ["a", "b"])
        #expect(given.expandPaths == ["x"])
        #expect(given.integer("count") == 0)
        let absent = try parameters("")
        #expect(absent.string("customer") == nil)
        #expect(absent.boolean("confirm") == nil)
        #expect(absent.strings("types") == nil)
        #expect(absent.hash("card") == nil)
        #expect(absent.array("items") == nil)
        #expect(absent.expandPaths.isEmpty)
        #expect(absent.metadataUpdate() == nil)
        #expect(!absent.has("customer"))
        #expect(!absent.isEmpty)
        #expect(Parameters.empty.isEmpty)
    }

    @Test("required values are there, and say so when they are not")
    func required() throws {
        let given = try parameters("")
        #expect(try given.integer(required: "amount") == 1_000)
        #expect(try given.currency(required: "currency") == .usd)
        let error = #expect(throws: APIError.self) { try given.string(required: "customer") }
        #expect(error?.code == "parameter_missing")
        #expect(error?.param == "customer")
    }

    @Test("hashes and arrays are read in depth")
    func nesting() throws {
        let given = try parameters(
            "card[number]=4242&card[billing][name]=N&card[billing][address][line1]=L&card[billing][address][country]=de"
                + "&items[1][price]=q&items[0][price]=p&items[0][quantity]=3&source[object]=card")
        let card = try #require(given.hash("card"))
        #expect(card.withSecret("number") { Array($0) } == Array("4242".utf8))
        #expect(card.withSecret("cvc") { Array($0) } == nil)
        let billing = BillingDetails(address: Address(line1: "L", country: "DE"), name: "N")
        #expect(card.billingDetails("billing") == billing)
        let items = try #require(given.array("items"))
        #expect(items.map { $0.string("price") } == ["p", "q"])
        #expect(items.map { $0.integer("quantity") } == [3, nil])
        #expect(items[1].fullName("price") == "items[1][price]")
        #expect(given.hash("source")?.string("object") == "card")
        #expect(given.string("source") == nil)
        #expect(try parameters("source=tok_1").string("source") == "tok_1")
        #expect(try parameters("source=tok_1").hash("source") == nil)
    }

    @Test("shipping is read whole")
    func shipping() throws {
        let given = try parameters("shipping[name]=N&shipping[address][city]=C&shipping[tracking_number]=T")
        #expect(
            given.shipping("shipping")
                == Shipping(address: Address(city: "C"), name: "N", phone: nil, carrier: nil, trackingNumber: "T"))
    }

    @Test("an empty value unsets, an absent one leaves what is there")
    func updates() throws {
        let given = try parameters("description=&on_behalf_of=&types=&customer=cus_2")
        #expect(given.isUnset("description"))
        #expect(given.isUnset("on_behalf_of"))
        #expect(given.isUnset("types"))
        #expect(!given.isUnset("customer"))
        #expect(!given.isUnset("return_url"))
        var description: String? = "before"
        var customer: String? = "cus_1"
        var url: String? = "kept"
        given.update(&description, "description")
        given.update(&customer, "customer")
        given.update(&url, "return_url")
        #expect(description == nil)
        #expect(customer == "cus_2")
        #expect(url == "kept")
    }

    @Test("metadata is merged, cut key by key, or cleared")
    func metadata() throws {
        let before = Metadata([.init(key: "a", value: "1"), .init(key: "b", value: "2")])
        let merged = try parameters("metadata[b]=&metadata[c]=3")
        #expect(merged.metadataUpdate() == .merge([.init(key: "b", value: ""), .init(key: "c", value: "3")]))
        #expect(
            try merged.metadata(merging: before)
                == Metadata([.init(key: "a", value: "1"), .init(key: "c", value: "3")]))
        let cleared = try parameters("metadata=")
        #expect(cleared.metadataUpdate() == .clear)
        #expect(try cleared.metadata(merging: before) == Metadata())
        #expect(try parameters("").metadata(merging: before) == before)
        let full = Metadata((0..<50).map { Metadata.Entry(key: "k\($0)", value: "v") })
        #expect(throws: APIError.self) { try merged.metadata(merging: full) }
    }

    @Test(
        "ranges become bounds with both ends included",
        arguments: [
            ("created=5", 5, 5), ("created[gt]=5", 6, nil), ("created[gte]=5", 5, nil), ("created[lt]=5", nil, 4),
            ("created[lte]=5", nil, 5), ("created[gt]=1&created[gte]=5&created[lt]=9&created[lte]=8", 5, 8),
        ] as [(String, Int64?, Int64?)])
    func ranges(_ text: String, lower: Int64?, upper: Int64?) throws {
        #expect(try parameters(text).range("created") == IntegerBounds(lower: lower, upper: upper))
    }

    @Test("reading a name that the schema does not declare stops a debug build")
    func undeclaredName() async {
        await #expect(processExitsWith: .failure) {
            _ = try SchemaTests.payment.validate(Form(query: "amount=1&currency=usd")).string("amuont")
        }
    }

    @Test("a name declared twice stops at start")
    func declaredTwice() async {
        await #expect(processExitsWith: .failure) {
            _ = Schema([.optional("a", .string), .optional("a", .id)])
        }
    }

    // MARK: Canonical bytes

    private func canonical(_ text: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try parameters(text).appendCanonical(to: &bytes)
        return bytes
    }

    @Test(
        "requests that say the same make the same bytes",
        arguments: [
            ("customer=c&confirm=true", "confirm=true&customer=c"),
            ("card[number]=4242&card[cvc]=1", "card[cvc]=1&card[number]=4242"),
            ("types[]=a&types[]=b", "types[0]=a&types[1]=b"),
            ("customer=%63", "customer=c"),
            ("customer=x&customer=c", "customer=c"),
            ("card[number]=4242424242424242&card[cvc]=123", "card[number]=4000000000004242&card[cvc]=999"),
            (
                (0..<12).map { "types[\($0)]=t\($0)" }.joined(separator: "&"),
                (0..<12).map { "types[]=t\($0)" }.joined(separator: "&")
            ),
        ])
    func sameBytes(_ left: String, _ right: String) throws {
        #expect(try canonical(left) == canonical(right))
    }

    @Test(
        "requests that say different things make different bytes",
        arguments: [
            ("customer=c", "customer=d"), ("customer=c", "on_behalf_of=c"), ("description=", ""),
            ("types[]=a&types[]=b", "types[]=b&types[]=a"), ("types[]=ab", "types[]=a&types[]=b"),
            ("metadata[a]=b", "metadata[b]=a"), ("metadata[ab]=c", "metadata[a]=bc"), ("metadata=", ""),
            ("card[number]=4242&card[cvc]=1", "card[number]=4242"), ("card[number]=4242", "card[number]=4243"),
        ])
    func differentBytes(_ left: String, _ right: String) throws {
        #expect(try canonical(left) != canonical(right))
    }

    @Test("canonical bytes hold neither a card number nor a check number")
    func canonicalSecrecy() throws {
        let text = String(decoding: try canonical("card[number]=4000056655665556&card[cvc]=9876"), as: UTF8.self)
        #expect(!text.contains("400005665566"))
        #expect(!text.contains("9876"))
        #expect(text.contains("5556"))
    }
}
