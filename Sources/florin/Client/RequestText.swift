internal import NIOCore

/// The bytes of a request, as Stripe's SDKs send it.
enum RequestText {
    /// A whole request.
    static func bytes(
        method: String, target: String, address: ServerAddress, key: String, body: [UInt8]?, idempotencyKey: String?
    ) -> ByteBuffer {
        var text = ByteBuffer()
        text.reserveCapacity(512 + (body?.count ?? 0))
        text.writeString("\(method) \(target) HTTP/1.1\r\n")
        text.writeString(headers(address: address, key: key))
        if let idempotencyKey { text.writeString("Idempotency-Key: \(idempotencyKey)\r\n") }
        if let body {
            text.writeString("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.count)\r\n\r\n")
            text.writeBytes(body)
        } else {
            text.writeString("\r\n")
        }
        return text
    }

    /// The headers that every request has, each with its line break.
    static func headers(address: ServerAddress, key: String) -> String {
        """
        Host: \(address.authority)\r
        Authorization: Bearer \(key)\r
        Stripe-Version: \(APIClient.apiVersion)\r
        User-Agent: Stripe/v1 FlorinClient/1\r
        Accept: */*\r

        """
    }
}
