import Glibc
import Testing

@testable import Vault

@Suite("Process hardening")
struct ProcessHardeningTests {
    @Test("core dumps are switched off, and nobody can attach")
    func coreDumps() async {
        await #expect(processExitsWith: .success) {
            try ProcessHardening.disableCoreDumps()
            var limit = rlimit(rlim_cur: 1, rlim_max: 1)
            #expect(getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0)
            #expect(limit.rlim_cur == 0 && limit.rlim_max == 0)
            #expect(ProcessHardening.isDumpable == false)
            try ProcessHardening.disableCoreDumps()
        }
    }
}
