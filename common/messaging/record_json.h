#pragma once
// Record headers as the jsonb columns of outbox, jobs and dead_letters keep them, without losing a
// byte.

#include "common/core/record_view.h"
#include "common/core/result.h"
#include "common/job/job.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::messaging {

/// An array with one object per header, in order, repeated names included:
/// {"name":"ce_id","text":"..."}. A value that is not clean text is {"name":...,"base64":"..."}, a
/// null value has neither member, and a name that is not clean text is "name_base64" instead of
/// "name". Clean: valid UTF-8 without NUL, which is what jsonb can hold.
std::string headers_to_json(std::span<const HeaderView> headers);

/// Error Invalid names the header by its number (from 0) and what is wrong with it; unknown members
/// are refused, because whoever wrote them meant something that would be lost.
Result<std::vector<job::StoredRecord::StoredHeader>> headers_from_json(std::string_view json);

} // namespace calfleet::messaging
