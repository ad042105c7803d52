/// Servers of the command's own on a schema of a PostgreSQL database, with one card network between them.
struct ServerCluster: Sendable {
    let schema: OwnSchema
    let issuer: IssuerProcess
    let processes: [ServerProcess]

    /// Starts `count` servers; what they write lies in `folder`.
    static func start(_ count: Int, on schema: OwnSchema, folder: String) async throws -> ServerCluster {
        let folders = NodeFolders(parent: folder)
        let issuer = try await IssuerProcess.start(in: folder)
        var processes: [ServerProcess] = []
        do {
            for number in 0..<count {
                try folders.make(number)
                processes.append(
                    try await ServerProcess.start(
                        folder: folders.path(number),
                        arguments: ["--database", schema.address, "--issuer", issuer.place]))
            }
            return ServerCluster(schema: schema, issuer: issuer, processes: processes)
        } catch {
            for process in processes { await process.kill() }
            await issuer.terminate()
            throw error
        }
    }

    /// Ends the servers and the card network; the schema stays.
    func end() async {
        for process in processes { await process.terminate() }
        await issuer.terminate()
    }
}
