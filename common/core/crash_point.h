#pragma once
// Named places where a test build can be made to die as if by kill -9. Production builds contain
// none.
//
// CALFLEET_CRASH=K3:2 in the environment kills the process (SIGKILL to itself) at its second pass
// of point K3. The catalogue of points and what each proves is in common/ARCHITECTURE.md.

namespace calfleet {

#ifdef CALFLEET_CRASH_POINTS
void crash_point(const char* name) noexcept;
/// This process is to die at that point, at this or another pass: for what must be done differently
/// to stand in the middle of it.
bool crash_point_ordered(const char* name) noexcept;
#else
inline void crash_point(const char*) noexcept {}
inline bool crash_point_ordered(const char*) noexcept {
    return false;
}
#endif

} // namespace calfleet
