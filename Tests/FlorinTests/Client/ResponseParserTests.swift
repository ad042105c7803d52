import NIOCore
import Testing

@testable import florin

@Suite("Answers off the wire")
struct ResponseParserTests {
    private static let answer =
        "HTTP/1.1 402 Payment Required\r\nContent-Type: application/json\r\nrequest-id:  req_1 \r\n"
        + "Content-Length: 11\r\nIdempotent-Replayed: true\r\n\r\nhello world"

    private func parse(_ text: String) throws -> [HTTPResponse] {
        var parser = ResponseParser()
        var buffer = ByteBuffer(string: text)
        var responses: [HTTPResponse] = []
        while let response = try parser.next(in: &buffer) { responses.append(response) }
        return responses
    }

    @Test("one answer in one packet")
    func whole() throws {
        let responses = try parse(Self.answer)
        let response = try #require(responses.first)
        #expect(responses.count == 1)
        #expect(response.status == 402)
        #expect(response.requestID == "req_1")
        #expect(response.isReplay)
        #expect(response.keepsAlive)
        #expect(String(buffer: response.body) == "hello world")
    }

    @Test("every way to cut two answers and a chunked one into two packets gives the same")
    func split() throws {
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nWiki\r\n5\r\npedia\r\n0\r\nA: b\r\n\r\n"
        let bytes = Array((Self.answer + chunked + Self.answer).utf8)
        for cut in 0...bytes.count {
            var parser = ResponseParser()
            var buffer = ByteBuffer(bytes: bytes[..<cut])
            var bodies: [String] = []
            while let response = try parser.next(in: &buffer) { bodies.append(String(buffer: response.body)) }
            buffer.writeBytes(bytes[cut...])
            while let response = try parser.next(in: &buffer) { bodies.append(String(buffer: response.body)) }
            #expect(bodies == ["hello world", "Wikipedia", "hello world"], "cut at \(cut)")
        }
    }

    @Test("byte by byte")
    func trickle() throws {
        var parser = ResponseParser()
        var buffer = ByteBuffer()
        var count = 0
        for byte in Self.answer.utf8 {
            buffer.writeInteger(byte)
            if try parser.next(in: &buffer) != nil { count += 1 }
        }
        #expect(count == 1)
        #expect(!parser.isInside)
    }

    @Test("answers without a body: 204 and 304; 100 Continue is passed over")
    func bodiless() throws {
        let text =
            "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n"
            + Self.answer
        #expect(try parse(text).map(\.status) == [204, 304, 402])
    }

    @Test("Connection: close and HTTP/1.0 end the connection")
    func closing() throws {
        #expect(
            try parse("HTTP/1.1 200 OK\r\nCONNECTION: Close\r\nContent-Length: 0\r\n\r\n").first?.keepsAlive == false)
        #expect(try parse("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").first?.keepsAlive == false)
    }

    @Test(
        "what is no answer",
        arguments: [
            ("SSH-2.0-OpenSSH\r\n", ResponseError.malformed), ("HTTP/1.1 2x0 OK\r\n\r\n", .malformed),
            ("HTTP/1.1 999 OK\r\n\r\n", .malformed), ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", .malformed),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .malformed),
            ("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", .tooLarge),
            ("HTTP/1.1 200 OK\r\n\r\n", .unframed),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", .malformed),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n", .malformed),
        ])
    func refused(text: String, error: ResponseError) {
        #expect(throws: error) { try self.parse(text) }
    }

    @Test("a head without an end is given up")
    func endlessHead() {
        let text = "HTTP/1.1 200 OK\r\n" + String(repeating: "A: bbbbbbbbbbbbbbbb\r\n", count: 4_000)
        #expect(throws: ResponseError.tooLarge) { try self.parse(text) }
    }
}
