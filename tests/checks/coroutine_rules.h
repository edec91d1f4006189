#pragma once
// What must not stand in a co_await expression: a temporary made with braces.

#include "tests/checks/source_tree.h"

namespace calfleet::checks {

/// GCC 12 destroys such a temporary twice when the coroutine waits: `co_await fail({"code", text})`
/// frees its strings two times. Named first and moved, it is destroyed once. Lambdas are no such
/// temporaries, and empty braces hold nothing to free.
Violations coroutine_violations(const SourceFile& file);

} // namespace calfleet::checks
