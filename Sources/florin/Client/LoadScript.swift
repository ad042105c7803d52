internal import NIOCore

/// What a load consists of: the next request of a connection, and what to make of its answer.
///
/// A script runs on the event loop of its ``LoadClient`` only, on one thread, so it needs no locks.
protocol LoadScript: Sendable {
    /// Writes the next request of a connection.
    mutating func write(connection: Int, into request: inout ByteBuffer)

    /// Judges the answer of a connection's request: nil if it is what was hoped for, else the kind of error.
    mutating func judge(_ response: HTTPResponse, connection: Int) -> String?

    /// Learns that the answer of a connection's request was not heard: what became of it is not known.
    mutating func lost(connection: Int)
}

/// How a load went.
struct LoadResult<Script: LoadScript>: Sendable {
    let script: Script
    let record: LoadRecord
}

/// What is shown of a load while it runs.
struct LoadProgress: Sendable {
    let elapsedNanoseconds: UInt64
    /// Answers in the last whole second.
    let rate: Int
    let p99Nanoseconds: UInt64
    let completed: Int
    let failed: Int
}
