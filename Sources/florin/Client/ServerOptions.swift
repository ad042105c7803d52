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

/// The server that a command works with, and what is to be put away afterwards.
struct ServerLease: Sendable {
    let address: ServerAddress
    let key: String
    /// The process, if it is the command's own.
    let process: ServerProcess?
    /// The folder of the command's own server.
    let folder: String?
    private let temporary: TemporaryFolder?

    /// Takes the server that the options name, or starts one on the folder they name, or on a fresh one.
    static func take(
        _ options: ServerOptions, purpose: String, beforeStart: (String) throws -> Void = { _ in }
    ) async throws -> ServerLease {
        if let running = options.running {
            return ServerLease(address: running.address, key: running.key, process: nil, folder: nil, temporary: nil)
        }
        let temporary = options.data == nil ? try TemporaryFolder(named: purpose) : nil
        let folder = options.data ?? temporary?.path ?? "."
        do {
            try FolderMaker.make(folder)
            try beforeStart(folder)
            let process = try await ServerProcess.start(folder: folder)
            return ServerLease(
                address: process.address, key: process.secretKey, process: process, folder: folder,
                temporary: temporary)
        } catch {
            temporary?.remove()
            throw error
        }
    }

    /// Ends the command's own server, and removes its folder if that was made for it and is not to be kept.
    func end(keepsFolder: Bool) async {
        await process?.terminate()
        if keepsFolder { temporary?.keep() } else { temporary?.remove() }
    }
}
