internal import NIOCore

/// Reads answers of HTTP/1.1 off a connection, however they are cut into packets.
///
/// It knows what the load generator needs and no more: the status, where the body ends, four headers. That is what
/// keeps the generator from being the most expensive part of a measurement on one machine.
///
///     received.writeBuffer(&packet)
///     while let response = try parser.next(in: &received) { … }
struct ResponseParser: Sendable {
    /// Bytes of status line and headers.
    static let headLengthMax = 64 * 1_024
    /// Bytes of a body.
    static let bodyLengthMax = 256 * 1_024 * 1_024

    private enum Phase: Sendable {
        case head
        case body(HTTPResponse, length: Int)
        case chunks(HTTPResponse, ChunkReader)
    }

    private var phase = Phase.head

    /// Whether an answer has begun that is not complete.
    var isInside: Bool {
        if case .head = phase { return false }
        return true
    }

    /// Takes the next complete answer off the front of `buffer`; nil if more bytes are needed.
    mutating func next(in buffer: inout ByteBuffer) throws(ResponseError) -> HTTPResponse? {
        while true {
            switch phase {
            case .head:
                guard try readHead(&buffer) else { return nil }
            case .body(var response, let length):
                guard let body = buffer.readSlice(length: length) else { return nil }
                phase = .head
                guard response.status >= 200 else { continue }
                response.body = body
                return response
            case .chunks(var response, var reader):
                let isComplete = try reader.read(&buffer, into: &response.body)
                guard isComplete else {
                    phase = .chunks(response, reader)
                    return nil
                }
                phase = .head
                return response
            }
        }
    }

    /// Reads status line and headers, if they are all there.
    private mutating func readHead(_ buffer: inout ByteBuffer) throws(ResponseError) -> Bool {
        let head = buffer.withUnsafeReadableBytes { ResponseHead.parse($0) }
        switch head {
        case .incomplete:
            guard buffer.readableBytes <= Self.headLengthMax else { throw .tooLarge }
            return false
        case .malformed:
            throw .malformed
        case .head(let head):
            let requestID = head.requestID.flatMap {
                buffer.getSlice(at: buffer.readerIndex + $0.lowerBound, length: $0.count)
            }
            buffer.moveReaderIndex(forwardBy: head.length)
            let response = HTTPResponse(
                status: head.status, requestIDBytes: requestID, isReplay: head.isReplay, keepsAlive: head.keepsAlive,
                body: ByteBuffer())
            if head.isChunked {
                phase = .chunks(response, ChunkReader())
            } else if head.status < 200 || head.status == 204 || head.status == 304 {
                phase = .body(response, length: 0)
            } else {
                guard let length = head.contentLength else { throw .unframed }
                guard length <= Self.bodyLengthMax else { throw .tooLarge }
                phase = .body(response, length: length)
            }
            return true
        }
    }
}

/// Reads a body that comes in chunks.
struct ChunkReader: Sendable {
    private enum Phase: Sendable {
        case size
        case data(Int)
        case trailer
    }

    private var phase = Phase.size

    /// Moves what there is to `body`; true when the last chunk and its trailer were read.
    mutating func read(_ buffer: inout ByteBuffer, into body: inout ByteBuffer) throws(ResponseError) -> Bool {
        while true {
            switch phase {
            case .size:
                guard let line = try Self.line(&buffer) else { return false }
                let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
                guard !digits.isEmpty, let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0
                else { throw .malformed }
                guard size <= ResponseParser.bodyLengthMax - body.readableBytes else { throw .tooLarge }
                phase = size == 0 ? .trailer : .data(size)
            case .data(let size):
                guard buffer.readableBytes >= size + 2, var chunk = buffer.readSlice(length: size) else { return false }
                body.writeBuffer(&chunk)
                guard buffer.readInteger(as: UInt16.self) == 0x0d0a else { throw .malformed }
                phase = .size
            case .trailer:
                guard let line = try Self.line(&buffer) else { return false }
                if line.isEmpty { return true }
            }
        }
    }

    private static func line(_ buffer: inout ByteBuffer) throws(ResponseError) -> [UInt8]? {
        guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else {
            guard buffer.readableBytes <= ResponseParser.headLengthMax else { throw .tooLarge }
            return nil
        }
        var line = buffer.readBytes(length: end - buffer.readerIndex) ?? []
        buffer.moveReaderIndex(forwardBy: 1)
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }
}
