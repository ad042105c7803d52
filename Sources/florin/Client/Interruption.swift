import Dispatch
import Glibc
import Synchronization

/// What must not be left behind when a person interrupts a command: child processes and temporary folders.
enum Interruption {
    private struct State {
        var children: [ChildProcess] = []
        var folders: [String] = []
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
        let (children, folders) = state.withLock { ($0.children, $0.folders) }
        for child in children { child.send(signal: SIGKILL) }
        for child in children { while child.ended == nil { usleep(1_000) } }
        for folder in folders { TemporaryFolder.remove(folder) }
        Terminal.standardError.write("\n")
        exit(128 + number)
    }
}
