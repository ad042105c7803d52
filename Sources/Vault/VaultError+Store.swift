import Storage

extension VaultError {
    /// Why the database could not be opened.
    init(opening error: StoreError) {
        switch error {
        case .folderInUse(let path): self = .folderInUse(path: path)
        case .corrupted(_, let detail): self = .damaged(detail: detail)
        case .schemaFromTheFuture(let path): self = .schemaFromTheFuture(path: path)
        case .inaccessible(let path, let detail): self = .fileSystem(path: path, detail: detail)
        case .badAddress(let detail), .unreachable(_, let detail), .unsuitable(_, let detail):
            self = .unavailable(detail: detail)
        case .importUnfinished, .folderMoved: self = .unavailable(detail: error.description)
        }
    }

    /// Why a row could not be stored.
    ///
    /// A commit whose outcome is not known counts as unavailable: its token was given to nobody, so whether the row
    /// exists makes no difference.
    init(committing error: CommitError) {
        switch error {
        case .overloaded(let seconds): self = .overloaded(retryAfterSeconds: seconds)
        case .unavailable(let detail), .unknown(let detail): self = .unavailable(detail: detail)
        case .closed: self = .closed
        case .conflict: self = .unavailable(detail: "the same identifiers keep being drawn")
        case .idempotencyKeyInUse, .refused:
            preconditionFailure("The vault's Changes hold rows alone, and cannot be refused as: \(error)")
        }
    }

    /// Why a row could not be read.
    init(reading error: any Error) {
        switch error {
        case let error as VaultError: self = error
        case ReadError.unavailable(let detail): self = .unavailable(detail: detail)
        case ReadError.failed(let detail): self = .damaged(detail: detail)
        case let error as RowError: self = .damaged(detail: "column \(error.column) of a row is not \(error.expected)")
        default: self = .unavailable(detail: "\(error)")
        }
    }
}
