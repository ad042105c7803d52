internal import ArgumentParser

/// Which server a command works with: one that runs, or one of its own.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A server that runs already, plain HTTP on an otherwise idle machine.", valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("The secret key for it (sk_test_…).", valueName: "key"))
    var key: String?

    @Option(help: ArgumentHelp("The data folder for a server of the command's own.", valueName: "dir"))
    var data: String?

    func validate() throws {
        if let url {
            guard ServerAddress(url: url) != nil else {
                throw ValidationError("--url must be like http://127.0.0.1:4242 (plain HTTP, no path).")
            }
            guard key != nil else { throw ValidationError("--url needs --key, the secret key of that server.") }
            guard data == nil else {
                throw ValidationError("--data is for a server of the command's own: not with --url.")
            }
        } else if key != nil {
            throw ValidationError("--key belongs to --url.")
        }
    }

    /// The server that runs already; nil if the command starts its own.
    var running: (address: ServerAddress, key: String)? {
        guard let address = url.flatMap({ ServerAddress(url: $0) }), let key else { return nil }
        return (address, key)
    }
}

/// The server that a command works with, or several on one database, and what is to be put away afterwards.
struct ServerLease: Sendable {
    /// Where they listen; one at least.
    let addresses: [ServerAddress]
    let key: String
    /// The processes that are the command's own.
    let processes: [ServerProcess]
    /// The folder of the command's own server.
    let folder: String?
    /// Present on PostgreSQL.
    let cluster: ServerCluster?
    private let temporary: TemporaryFolder?

    var address: ServerAddress { addresses[0] }

    /// Takes the server that the options name, or starts one on the folder they name, or on a fresh one.
    static func take(
        _ options: ServerOptions, purpose: String, beforeStart: (String) throws -> Void = { _ in }
    ) async throws -> ServerLease {
        if let running = options.running {
            return ServerLease(
                addresses: [running.address], key: running.key, processes: [], folder: nil, cluster: nil,
                temporary: nil)
        }
        let temporary = options.data == nil ? try TemporaryFolder(named: purpose) : nil
        let folder = options.data ?? temporary?.path ?? "."
        do {
            try FolderMaker.make(folder)
            try beforeStart(folder)
            let process = try await ServerProcess.start(folder: folder)
            return ServerLease(
                addresses: [process.address], key: process.secretKey, processes: [process], folder: folder,
                cluster: nil, temporary: temporary)
        } catch {
            temporary?.remove()
            throw error
        }
    }

    /// Starts `count` servers on a schema of their own in a PostgreSQL database.
    static func take(database: String, processes count: Int, purpose: String) async throws -> ServerLease {
        let temporary = try TemporaryFolder(named: purpose)
        do {
            let schema = try await OwnSchema.make(for: purpose, SQLClient(database, scratch: temporary.path))
            do {
                let cluster = try await ServerCluster.start(count, on: schema, folder: temporary.path)
                return ServerLease(
                    addresses: cluster.processes.map(\.address), key: cluster.processes[0].secretKey,
                    processes: cluster.processes, folder: nil, cluster: cluster, temporary: temporary)
            } catch {
                await schema.drop()
                throw error
            }
        } catch {
            temporary.remove()
            throw error
        }
    }

    /// Ends the command's own servers, and removes their folder if that was made for them and is not to be kept.
    func end(keepsFolder: Bool) async {
        if let cluster {
            await cluster.end()
            await cluster.schema.drop()
        } else {
            for process in processes { await process.terminate() }
        }
        if keepsFolder { temporary?.keep() } else { temporary?.remove() }
    }
}
