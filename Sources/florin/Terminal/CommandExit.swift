internal import ArgumentParser

/// The exit codes of the commands that drive a server, and how they end when something is not as it should be.
enum CommandExit {
    /// What was checked does not hold.
    static let checkFailed = ExitCode(1)
    /// There is no server to work with, or it does not do what it must (EX_UNAVAILABLE of sysexits.h).
    static let unavailable = ExitCode(69)

    /// For the help of each such command.
    static let discussion = """
        Exit codes: 0 all is well, 1 a check failed, 64 the command line is wrong, 69 there is no server to work with.
        """

    /// Runs the work of a command; what it throws is said on standard error and becomes an exit code.
    static func guarding(_ console: Console, _ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let code as ExitCode {
            throw code
        } catch {
            console.note(Terminal.standardError.paint.red("florin: ") + String(describing: error))
            throw unavailable
        }
    }
}
