internal import ArgumentParser
internal import Storage

/// The PostgreSQL database that a command makes a schema of its own in.
struct DatabaseOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A PostgreSQL database to work on, in a schema that is made for it and dropped afterwards; needs psql.",
            valueName: "url"))
    var database: String?

    func validate() throws {
        guard let database else { return }
        do throws(StoreError) {
            _ = try PostgresAddress(database)
        } catch {
            throw ValidationError(error.description)
        }
    }
}
