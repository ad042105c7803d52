import Glibc

/// What keeps card numbers and keys in memory from reaching a disk or another process.
public enum ProcessHardening {
    /// Switches off core dumps, and with them debuggers and other processes of the same user reading this one's memory.
    ///
    /// Call it before the vault is opened. Both settings hold for the process; children begin with the same limit.
    /// - Throws: ``VaultError/notHardened(detail:)`` when the kernel refuses.
    public static func disableCoreDumps() throws(VaultError) {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        guard setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0 else {
            throw .notHardened(detail: "setrlimit: \(String(cString: strerror(errno)))")
        }
        guard let result = control(setDumpable, 0) else { throw .notHardened(detail: "this libc has no prctl") }
        guard result == 0, isDumpable == false else {
            throw .notHardened(detail: "prctl: \(String(cString: strerror(errno)))")
        }
    }

    /// Whether the kernel would dump this process's memory; nil where it cannot be asked.
    static var isDumpable: Bool? { control(getDumpable, 0).map { $0 != 0 } }

    // From <linux/prctl.h>, which Swift's Glibc module leaves out.
    private static let getDumpable: Int32 = 3
    private static let setDumpable: Int32 = 4

    /// Calls prctl(2); nil where there is none.
    ///
    /// Swift does not import variadic C functions, so it is looked up by name. On Linux's calling conventions for
    /// x86-64 and arm64, a variadic function takes integer arguments in the same registers as any other.
    private static func control(_ option: Int32, _ argument: UInt) -> Int32? {
        guard let symbol = dlsym(nil, "prctl") else { return nil }
        typealias Control = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
        return unsafeBitCast(symbol, to: Control.self)(option, argument, 0, 0, 0)
    }
}
