import Core
import Glibc

/// Secret bytes in an allocation of their own, overwritten with zeros when the last reference goes.
///
/// An Array would leave copies behind wherever it grew or was shared; this neither grows nor is copied. It prints
/// nothing.
final class SecretBytes: @unchecked Sendable {
    // Unchecked: the bytes are written by the initialiser alone and only read afterwards.
    private let storage: UnsafeMutableBufferPointer<UInt8>
    let count: Int

    /// Takes up to `capacity` bytes from `fill`, which returns how many it wrote.
    init(capacity: Int, fill: (UnsafeMutableBufferPointer<UInt8>) -> Int) {
        storage = .allocate(capacity: capacity)
        storage.initialize(repeating: 0)
        count = fill(storage)
        invariant(count >= 0 && count <= capacity, "SecretBytes was filled with \(count) of \(capacity) bytes")
    }

    deinit {
        erase()
        storage.deallocate()
    }

    /// Lends the bytes; the pointer ends with the call.
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeBufferPointer(rebasing: storage[..<count]))
    }

    /// Overwrites the whole allocation, in a way that the optimiser may not leave out.
    func erase() { Self.erase(UnsafeMutableRawBufferPointer(storage)) }

    /// Overwrites `bytes` with zeros, in a way that the optimiser may not leave out.
    static func erase(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        explicit_bzero(start, bytes.count)
    }

    /// Overwrites the bytes of an array that nothing else refers to.
    static func erase(_ bytes: inout [UInt8]) { bytes.withUnsafeMutableBytes { erase($0) } }
}

extension SecretBytes: CustomStringConvertible, CustomReflectable {
    var description: String { "[secret]" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
