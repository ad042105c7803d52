/// Why an import into PostgreSQL does not begin or go on.
///
/// What it had done stays, and the same import goes on from there.
public enum ImportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The database holds rows that no import of this folder has put there.
    case holdsAnotherInstallation(server: String, table: String)
    /// The database is being filled, or was, from another folder.
    case belongsToAnotherImport(server: String)
    /// The folder was used after its import began.
    case sourceHasChanged(server: String)
    /// The database did not do what it was asked to.
    case failed(server: String, detail: String)

    public var description: String {
        switch self {
        case .holdsAnotherInstallation(let server, let table):
            "The database \(server) already holds an installation: its table \(table) has rows that do not come from "
                + "this folder. Name an empty database; nothing was changed in this one."
        case .belongsToAnotherImport(let server):
            "The database \(server) was filled, or is being filled, by another import: from another data folder, or "
                + "from an earlier state of this one. Name an empty database; nothing was changed in it."
        case .sourceHasChanged(let server):
            "The data folder was used after its move to the database \(server) had begun, so what is there already is "
                + "out of date. Name an empty database."
        case .failed(let server, let detail):
            "The database \(server) could not be filled: \(detail). Run the same command again: it goes on from here."
        }
    }
}
