import Dispatch
import Glibc
import Synchronization

/// What must not be left behind when a person interrupts a command: child processes, temporary folders, and what else
/// there is to put away.
enum Interruption {
    /// Something to put away, by its name. It runs when the child processes have ended, and must end soon itself.
    struct Cleanup: Sendable {
        let name: String
        let body: @Sendable () -> Void
    }

    private struct State {
        var children: [ChildProcess] = []
        var folders: [String] = []
        var cleanups: [Cleanup] = []
        var sources: [any DispatchSourceSignal] = []
    }

    private static let state = Mutex(State())
    private static let queue = DispatchQueue(label: "florin.interruption")

    /// Ends the child when this process is interrupted.
    static func register(_ child: ChildProcess) {
        state.withLock { state in
            state.children.removeAll { $0.ended != nil }
            state.children.append(child)
            watch(&state)
        }
    }

    /// Removes the folder when this process is interrupted.
    static func register(folder: String) {
        state.withLock { state in
            state.folders.append(folder)
            watch(&state)
        }
    }

    /// Leaves the folder where it is.
    static func forget(folder: String) { state.withLock { $0.folders.removeAll { $0 == folder } } }

    /// Puts something away when this process is interrupted.
    static func register(_ cleanup: Cleanup) {
        state.withLock { state in
            state.cleanups.append(cleanup)
            watch(&state)
        }
    }

    /// Leaves it where it is, or knows that it is put away.
    static func forget(cleanup name: String) { state.withLock { $0.cleanups.removeAll { $0.name == name } } }

    private static func watch(_ state: inout State) {
        guard state.sources.isEmpty else { return }
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { leave(signal: number) }
            source.resume()
            state.sources.append(source)
        }
    }

    private static func leave(signal number: Int32) {
        let (children, folders, cleanups) = state.withLock { ($0.children, $0.folders, $0.cleanups) }
        for child in children { child.send(signal: SIGKILL) }
        for child in children { while child.ended == nil { usleep(1_000) } }
        for cleanup in cleanups { cleanup.body() }
        for folder in folders { TemporaryFolder.remove(folder) }
        Terminal.standardError.write("\n")
        exit(128 + number)
    }
}
