internal import Core
internal import Synchronization

/// Where the book lies: the host's event loop writes in it, any task may read.
final class IssuerShelf: Sendable {
    private let book: Mutex<IssuerBook>

    init(_ book: IssuerBook) { self.book = Mutex(book) }

    /// Books a message; tells whether it was the first of its key.
    func take(_ request: IssuerRequest, now: Timestamp) -> (IssuerReply, isNew: Bool) {
        book.withLock { book in
            let before = book.counters.messages
            let reply = book.take(request, now: now)
            return (reply, book.counters.messages > before)
        }
    }

    func failRefund(_ key: IssuerMessageKey) -> Bool { book.withLock { $0.failRefund(key) } }

    func read<Result: Sendable>(_ body: (IssuerBook) -> Result) -> Result { book.withLock { body($0) } }
}
