import Core
import Money
import Testing

@testable import API

@Suite("Schema")
struct SchemaTests {
    static let payment = Schema([
        .required("amount", .amount),
        .required("currency", .currency),
        .optional("capture_method", .enumeration(["automatic", "manual"])),
        .optional("confirm", .boolean),
        .optional("customer", .id),
        .optional("description", .string(max: 10)),
        .optional("receipt_email", .email),
        .optional("return_url", .url),
        .unsettable("on_behalf_of", .id),
        .optional("metadata", .metadata),
        .optional("count", .integer(0...9)),
        .optional("at", .timestamp),
        .optional("created", .range),
        .optional("shipping", .shipping),
        .unsettable("types", .array(of: .nonEmptyString)),
        .optional(
            "card",
            .hash([
                .required("number", .cardNumber), .optional("cvc", .secret(max: 4)),
                .optional("billing", .billingDetails),
            ])),
        .optional("items", .array(of: .hash([.required("price", .id), .optional("quantity", .integer(1...))]))),
        .optional("source", .either(.id, Schema(hash: [.required("object", .string)]))),
    ])

    private let valid = "amount=1000&currency=usd"

    private func refusal(_ text: String) -> APIError? {
        do {
            _ = try SchemaTests.payment.validate(Form(query: text))
            return nil
        } catch { return error as APIError }
    }

    @Test(
        "requests that keep to the schema pass",
        arguments: [
            "", "capture_method=manual", "confirm=true", "confirm=false", "description=", "description=0123456789",
            "description=ééééé%20%20%20%20%20", "receipt_email=a@b.example", "return_url=https://a.example/b?c",
            "on_behalf_of=", "metadata=", "metadata[a]=b&metadata[c]=", "count=0", "count=9", "count=007", "at=0",
            "at=1700000000", "created=1", "created[gte]=1&created[lt]=2", "types=", "types[]=card&types[]=link",
            "types[0]=card&types[1]=link", "card[number]=4242424242424242&card[cvc]=123",
            "items[0][price]=p&items[1][price]=q&items[1][quantity]=2", "items[][price]=p", "source=src_1",
            "source[object]=card", "expand[]=customer", "expand[0]=customer&expand[1]=latest_charge",
            "shipping[name]=n&shipping[address][line1]=l&shipping[address][country]=de",
            "card[number]=4242&card[billing][address]=",
        ])
    func passing(_ text: String) { #expect(refusal(valid + "&" + text) == nil) }

    @Test(
        "the first fault is answered with Stripe's code, parameter and message",
        arguments: [
            ("currency=usd", "parameter_missing", "amount", "Missing required param: amount."),
            ("amount=1", "parameter_missing", "currency", "Missing required param: currency."),
            ("amount=&currency=usd", "parameter_invalid_empty", "amount", "You passed an empty string for 'amount'."),
            ("amount=abc&currency=usd", "parameter_invalid_integer", "amount", "Invalid integer: abc"),
            ("amount=1.5&currency=usd", "parameter_invalid_integer", "amount", "Invalid integer: 1.5"),
            ("amount=+1&currency=usd", "parameter_invalid_integer", "amount", "Invalid integer:  1"),
            ("amount=0x1&currency=usd", "parameter_invalid_integer", "amount", "Invalid integer: 0x1"),
            ("amount=-&currency=usd", "parameter_invalid_integer", "amount", "Invalid integer: -"),
            (
                "amount=0&currency=usd", "parameter_invalid_integer", "amount",
                "This value must be greater than or equal"
            ),
            ("amount=-5&currency=usd", "parameter_invalid_integer", "amount", "This value must be greater than"),
            ("amount=100000000&currency=usd", "amount_too_large", "amount", "Amount must be no more than"),
            ("amount=99999999999999999999&currency=usd", "amount_too_large", "amount", "Amount must be no more than"),
            ("amount[a]=1&currency=usd", nil, "amount", "Invalid string"),
            ("amount=1&currency=xyz", nil, "currency", "Invalid currency: xyz"),
            ("amount=1&currency=us", nil, "currency", "Invalid currency: us"),
            (
                "*&capture_method=never", nil, "capture_method",
                "Invalid capture_method: must be one of automatic or manual"
            ),
            ("*&confirm=yes", nil, "confirm", "Invalid boolean: yes"),
            ("*&confirm=1", nil, "confirm", "Invalid boolean: 1"),
            ("*&confirm=", "parameter_invalid_empty", "confirm", "You passed an empty string for 'confirm'."),
            ("*&customer=", "parameter_invalid_empty", "customer", "You passed an empty string for 'customer'."),
            ("*&customer[a]=b", nil, "customer", "Invalid string"),
            ("*&description=01234567890", nil, "description", "Invalid string: must be at most 10 characters"),
            ("*&receipt_email=nobody", "email_invalid", "receipt_email", "Invalid email address: nobody"),
            ("*&return_url=javascript:alert(1)", "url_invalid", "return_url", "Not a valid URL"),
            ("*&return_url=https://", "url_invalid", "return_url", "Not a valid URL"),
            ("*&count=10", "parameter_invalid_integer", "count", "This value must be less than or equal to 9."),
            ("*&at=-1", "parameter_invalid_integer", "at", "Invalid timestamp: -1"),
            ("*&at=99999999999999999", "parameter_invalid_integer", "at", "Invalid timestamp"),
            ("*&created[after]=1", "parameter_unknown", "created[after]", "Received unknown parameter: created[after]"),
            ("*&created[gt]=x", "parameter_invalid_integer", "created[gt]", "Invalid timestamp: x"),
            ("*&created=x", "parameter_invalid_integer", "created", "Invalid timestamp: x"),
            ("*&created[]=1", nil, "created", "Invalid object"),
            ("*&types=card", nil, "types", "Invalid array"),
            ("*&types[a]=card", nil, "types", "Invalid array"),
            ("*&types[]=", "parameter_invalid_empty", "types[0]", "You passed an empty string"),
            ("*&types[0][a]=card", nil, "types[0]", "Invalid string"),
            ("*&card=tok", nil, "card", "Invalid object"),
            ("*&card=", "parameter_invalid_empty", "card", "You passed an empty string"),
            ("*&card[]=1", nil, "card", "Invalid object"),
            ("*&card[cvc]=123", "parameter_missing", "card[number]", "Missing required param: card[number]."),
            ("*&card[number]=42&card[cvc]=12345", nil, "card[cvc]", "Invalid string: must be at most 4 characters"),
            (
                "*&card[number]=42&card[nunber]=1", "parameter_unknown", "card[nunber]",
                "Received unknown parameter: card[nunber]. Did you mean number?"
            ),
            (
                "*&items[0][quantity]=1", "parameter_missing", "items[0][price]",
                "Missing required param: items[0][price]."
            ),
            (
                "*&items[][price]=p&items[][quantity]=0&items[][price]=q", "parameter_invalid_integer",
                "items[0][quantity]", "This value must be greater than or equal to 1."
            ),
            ("*&items[a][price]=p", nil, "items", "Invalid array"),
            ("*&source[object]=", "parameter_invalid_empty", "source[object]", "You passed an empty string"),
            ("*&source[kind]=card", "parameter_unknown", "source[kind]", "Received unknown parameter: source[kind]"),
            ("*&foo=1", "parameter_unknown", "foo", "Received unknown parameter: foo"),
            ("*&foo=1&bar[x]=2", "parameter_unknown", "foo", "Received unknown parameters: foo, bar"),
            (
                "*&descripton=x", "parameter_unknown", "descripton",
                "Received unknown parameter: descripton. Did you mean description?"
            ),
            ("*&expand=customer", nil, "expand", "Invalid array"),
            (
                "*&shipping[name]=n", "parameter_missing", "shipping[address]",
                "Missing required param: shipping[address]."
            ),
            (
                "*&shipping[name]=n&shipping[address][country]=DEU", nil, "shipping[address][country]",
                "Country 'DEU' is unknown."
            ),
            ("*&metadata=x", nil, "metadata", "Invalid object"),
            ("*&metadata[a][b]=c", nil, "metadata", "Metadata values must be strings"),
        ] as [(String, String?, String, String)])
    func refusals(_ text: String, code: String?, param: String, message: String) {
        let error = refusal(text.replacing("*", with: valid))
        #expect(error?.status == 400)
        #expect(error?.type == .invalidRequest)
        #expect(error?.code == code)
        #expect(error?.param == param)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "passed")")
    }

    @Test("unknown parameters come before wrong ones, wrong ones before missing ones")
    func precedence() {
        #expect(refusal("amount=abc&foo=1")?.code == "parameter_unknown")
        #expect(refusal("amount=abc&card[foo]=1")?.param == "card[foo]")
        #expect(refusal("amount=abc")?.code == "parameter_invalid_integer")
        #expect(refusal("")?.param == "amount")
    }

    @Test("metadata keeps to 50 keys of 40 characters with values of 500")
    func metadataLimits() {
        let key = String(repeating: "k", count: 40)
        let value = String(repeating: "%C3%A9", count: 500)
        #expect(refusal("\(valid)&metadata[\(key)]=\(value)") == nil)
        #expect(refusal("\(valid)&metadata[\(key)k]=v")?.message.contains("Invalid key") == true)
        #expect(refusal("\(valid)&metadata[k]=\(value)x")?.message.contains("501 characters") == true)
        let keys = (0..<50).map { "&metadata[k\($0)]=v" }.joined()
        #expect(refusal(valid + keys) == nil)
        #expect(refusal(valid + keys + "&metadata[one]=more")?.param == "metadata")
    }

    @Test("arrays have at most 100 elements")
    func elementLimit() {
        let types = (0..<100).map { "&types[]=t\($0)" }.joined()
        #expect(refusal(valid + types) == nil)
        #expect(refusal(valid + types + "&types[]=t")?.param == "types")
    }

    @Test("a refusal repeats no card number and no secret")
    func secrecy() {
        for text in [
            "*&card[number]=\(String(repeating: "4242 ", count: 20))",
            "*&card[number]=4242424242424242&card[cvc]=98765",
        ] {
            let message = refusal(text.replacing("*", with: valid))?.message ?? ""
            #expect(!message.isEmpty)
            #expect(!message.contains("4242"))
            #expect(!message.contains("98765"))
        }
    }

    @Test("a list takes pages and filters, a search a query")
    func sharedSchemas() {
        let list = Schema.list([.optional("customer", .id)])
        let form = { try Form(query: $0) }
        #expect(throws: Never.self) {
            try list.validate(form("limit=100&starting_after=a&created[gt]=1&customer=c&expand[]=data.customer"))
        }
        for text in ["limit=0", "limit=101", "limit=x"] {
            let error = #expect(throws: APIError.self) { try list.validate(form(text)) }
            #expect(error?.code == "parameter_invalid_integer")
            #expect(error?.param == "limit")
        }
        let unknown = #expect(throws: APIError.self) { try Schema.list(hasCreated: false).validate(form("created=1")) }
        #expect(unknown?.code == "parameter_unknown")
        let missing = #expect(throws: APIError.self) { try Schema.search.validate(form("limit=1")) }
        #expect(missing?.message == "Missing required param: query.")
    }
}
