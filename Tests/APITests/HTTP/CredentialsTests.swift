import Core
import Testing

@testable import API

@Suite("Credentials")
struct CredentialsTests {
    @Test(
        "keys are taken from Bearer and Basic",
        arguments: [
            ("Bearer sk_test_abc", "sk_test_abc"), ("bearer sk_test_abc", "sk_test_abc"),
            ("Bearer   rk_live_A1_b", "rk_live_A1_b"), ("Basic c2tfdGVzdF9hYmM6", "sk_test_abc"),
            ("basic c2tfdGVzdF9hYmM6cGFzcw==", "sk_test_abc"), ("Basic c2tfdGVzdF9hYmM=", "sk_test_abc"),
            ("Basic c2tfdGVzdF9hYmM", "sk_test_abc"), ("Bearer pk_test_1", "pk_test_1"),
        ])
    func keys(_ header: String, key: String) throws {
        #expect(try Credentials.key(authorization: header) == key)
    }

    @Test(
        "anything else is 401, and the key is masked",
        arguments: [
            (nil, "You did not provide an API key"), ("", "You did not provide an API key"),
            ("Bearer ", "You did not provide an API key"), ("Basic Og==", "You did not provide an API key"),
            ("sk_test_abc", "Invalid Authorization header"), ("Digest abc", "Invalid Authorization header"),
            ("Basic !!!!", "Invalid Authorization header"), ("Basic c2", "Invalid API Key provided: *"),
            ("Bearer sk_test_", "Invalid API Key provided: ********"),
            ("Bearer nonsense", "Invalid API Key provided: ********"),
            ("Bearer sk_test_abcdefgh!1234", "Invalid API Key provided: sk_test_*********1234"),
            ("Bearer sk_test_\(String(repeating: "a", count: 300))", "Invalid API Key provided: sk_test_***"),
        ] as [(String?, String)])
    func refusals(_ header: String?, message: String) {
        let error = #expect(throws: APIError.self) { try Credentials.key(authorization: header) }
        #expect(error?.status == 401)
        #expect(error?.type == .invalidRequest)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test(
        "base 64 agrees with RFC 4648 and never traps",
        arguments: [
            ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ])
    func base64(_ text: String, decoded: String) {
        #expect(Base64.decode(text.utf8) == Array(decoded.utf8))
        #expect(Base64.decode("Z".utf8) == nil)
        #expect(Base64.decode("Zg=g".utf8) == nil)
        let random = SeededGenerator(seed: 9)
        for _ in 0..<1_000 { _ = Base64.decode((0..<random.below(12)).map { _ in UInt8(random.below(256)) }) }
    }
}
