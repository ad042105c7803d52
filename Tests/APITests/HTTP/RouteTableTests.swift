import Core
import Testing

@testable import API

@Suite("RouteTable")
struct RouteTableTests {
    private static func table() -> RouteTable {
        let answer: Handler = { _ in .ok([]) }
        return RouteTable([
            .get("/v1/charges", handler: answer), .post("/v1/charges", handler: answer),
            .get("/v1/charges/search", handler: answer), .get("/v1/charges/{charge}", handler: answer),
            .post("/v1/charges/{charge}/capture", handler: answer),
            .get("/v1/customers/{customer}/sources/{source}", handler: answer),
            .delete("/v1/customers/{customer}", handler: answer),
            .get("/v1/customers/search/{odd}", handler: answer),
        ])
    }

    @Test(
        "paths lead to routes, literal parts first",
        arguments: [
            (.get, "/v1/charges", "/v1/charges", []), (.post, "/v1/charges", "/v1/charges", []),
            (.get, "/v1/charges/search", "/v1/charges/search", []),
            (.get, "/v1/charges/ch_1", "/v1/charges/{charge}", ["ch_1"]),
            (.post, "/v1/charges/search/capture", "/v1/charges/{charge}/capture", ["search"]),
            (.get, "/v1/customers/c/sources/s", "/v1/customers/{customer}/sources/{source}", ["c", "s"]),
            (.get, "/v1/customers/search/sources/s", "/v1/customers/{customer}/sources/{source}", ["search", "s"]),
            (.delete, "/v1/customers/c", "/v1/customers/{customer}", ["c"]),
            (.get, "/v1/charges/ch%5F1", "/v1/charges/{charge}", ["ch_1"]),
        ] as [(Route.Method, String, String, [String])])
    func matches(_ method: Route.Method, _ path: String, template: String, values: [String]) {
        let match = RouteTableTests.table().match(method, path[...])
        #expect(match?.route.template == template)
        #expect(match?.values == values)
    }

    @Test(
        "other paths lead nowhere",
        arguments: [
            (.get, ""), (.get, "/"), (.get, "v1/charges"), (.get, "/v1"), (.get, "/v1/charges/"),
            (.get, "/v1//charges"),
            (.delete, "/v1/charges"), (.get, "/v1/charges/ch_1/capture"), (.get, "/v1/charges/%"),
            (.get, "/v1/charges/%zz"), (.get, "/v1/charges/%ff"), (.get, "/V1/charges"),
            (.get, "/v1/charges/" + String(repeating: "x", count: 300)),
            (.get, String(repeating: "/a", count: 5_000)), (.get, String(repeating: "/", count: 5_000)),
        ] as [(Route.Method, String)])
    func nowhere(_ method: Route.Method, _ path: String) {
        #expect(RouteTableTests.table().match(method, path[...]) == nil || false)
    }

    @Test("a route that exists twice stops at start")
    func twice() async {
        await #expect(processExitsWith: .failure) {
            _ = RouteTable([.get("/v1/a/{b}") { _ in .ok([]) }, .get("/v1/a/{c}") { _ in .ok([]) }])
        }
    }

    @Test("path parameters are read by their names, others stop")
    func pathParameters() async {
        let parameters = PathParameters(names: ["customer", "source"], values: ["c", "s"])
        #expect(parameters["source"] == "s")
        await #expect(processExitsWith: .failure) { _ = PathParameters(names: ["a"], values: ["b"])["c"] }
    }

    @Test(
        "versions that were published are known, others are not",
        arguments: [
            ("2020-08-27", true), ("2026-10-28.endive", true), ("2011-01-01", true), ("2025-10-29.clover", true),
            ("2026-10-28", false), ("2026-10-28.clover", false), ("2099-01-01", false), ("", false), ("latest", false),
        ])
    func versions(_ version: String, isPublished: Bool) {
        #expect(APIVersion.isPublished(version) == isPublished)
        #expect(APIVersion.isPublished(APIVersion.latest))
    }
}
