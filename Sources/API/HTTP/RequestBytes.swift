import Glibc
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads the body of a request, and never more of it than allowed.
enum RequestBytes {
    /// The whole body. Refuses one that is too large before reading it, where its length is told.
    ///
    /// A body shorter than it said was cut off on the way: nothing may be done on half a request.
    static func collect(_ request: Request, maximum: Int) async throws -> [UInt8] {
        let told = request.headers[.contentLength].flatMap { Int($0) }
        if let told, told > maximum { throw APIError.bodyTooLarge(maximumBytes: maximum) }
        var bytes: [UInt8] = []
        if let told { bytes.reserveCapacity(told) }
        var parts = request.body.makeAsyncIterator()
        while let part = try await next(&parts) {
            guard bytes.count + part.readableBytes <= maximum else {
                throw APIError.bodyTooLarge(maximumBytes: maximum)
            }
            bytes.append(contentsOf: part.readableBytesView)
        }
        if let told, told != bytes.count { throw APIError.malformedForm("the body ended before its length") }
        return bytes
    }

    /// Overwrites bytes that are not needed any more with zeros.
    static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
        }
    }

    private static func next(_ parts: inout RequestBody.AsyncIterator) async throws(TransportFailure) -> ByteBuffer? {
        do { return try await parts.next() } catch { throw TransportFailure(underlying: error) }
    }
}

/// The connection broke, or what came over it is no HTTP. There is nobody to answer.
struct TransportFailure: Error {
    let underlying: any Error
}
