/// The data folders of several servers on one database: each has its own, and all have the vault's key and the
/// account's keys.
struct NodeFolders: Sendable {
    let parent: String

    /// The folder of a server; the first is the one that makes the account.
    func path(_ number: Int) -> String { "\(parent)/node\(number)" }

    /// Makes a folder. All but the first get copies of what the first server has made: it must have started once.
    func make(_ number: Int) throws(ChildProcessError) {
        try FolderMaker.make(path(number))
        guard number > 0 else { return }
        for name in ["vault.key", "sandbox.json"] {
            try FileText.copy("\(path(0))/\(name)", to: "\(path(number))/\(name)")
        }
    }
}
