internal import ArgumentParser
internal import Storage

/// Where an installation's databases are: in its folder, or on PostgreSQL.
struct DatabaseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A PostgreSQL database instead of the folder's own, as libpq reads it: postgres://user@host/name?….",
            valueName: "url"))
    var database: String?

    @Option(
        help: ArgumentHelp(
            "Another PostgreSQL database for the vault; the same one, if not said.", valueName: "url"))
    var vaultDatabase: String?

    func validate() throws {
        guard database != nil || vaultDatabase == nil else {
            throw ValidationError("--vault-database goes with --database.")
        }
        do throws(StoreError) {
            _ = try places
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// The databases; nil for those of the folder.
    var places: DatabasePlaces? {
        get throws(StoreError) {
            guard let database else { return nil }
            return DatabasePlaces(
                main: try PostgresAddress(database), vault: try PostgresAddress(vaultDatabase ?? database))
        }
    }
}

/// The PostgreSQL databases of an installation.
struct DatabasePlaces: Sendable {
    let main: PostgresAddress
    let vault: PostgresAddress
}

extension StoreConfiguration.Location {
    /// The main database of an installation.
    static func main(folder: String, _ places: DatabasePlaces?) -> StoreConfiguration.Location {
        places.map { .postgres($0.main) } ?? .file(path: folder + "/florin.sqlite", cacheMiB: 128)
    }
}
