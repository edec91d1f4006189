#include "workers/calfleet/plan_listing.h"

#include <utility>

namespace calfleet::cli {

PlanListing::PlanListing(const Words& words)
    : words_(words)
    , listing_{
          .columns =
              {"service",
               "company",
               "name",
               "field",
               words.from.column,
               words.to.column,
               "read_at",
               words.note},
          .rows = {},
          .empty_text = "the company has no services"} {}

PlanListing PlanListing::of_push() {
    return PlanListing(
        {.from = {"calcom", &FieldChange::calcom},
         .to = {"platform", &FieldChange::platform},
         .note = "note",
         .refused = "not pushed: ",
         .unchanged = "nothing differs from what was read"}
    );
}

PlanListing PlanListing::of_reload() {
    return PlanListing(
        {.from = {"platform", &FieldChange::platform},
         .to = {"calcom", &FieldChange::calcom},
         .note = "why_not",
         .refused = "",
         .unchanged = "nothing differs; its status is set right"}
    );
}

void PlanListing::add(const ServicePlan& plan) {
    if (!plan.refusal.empty())
        remark(plan, std::string(words_.refused) + plan.refusal);
    else if (plan.changes.empty())
        remark(plan, std::string(words_.unchanged));
    for (const FieldChange& change : plan.changes)
        line(plan, change.field, change.*words_.from.value, change.*words_.to.value, {});
}

void PlanListing::remark(const ServicePlan& plan, const std::string& text) {
    line(plan, {}, {}, {}, text);
}

void PlanListing::line(const ServicePlan& plan, Cell field, Cell from, Cell to, Cell note) {
    listing_.add(
        {plan.service.value,
         plan.company.value,
         plan.name,
         std::move(field),
         std::move(from),
         std::move(to),
         plan.snapshot_at ? Cell{format_instant(*plan.snapshot_at)} : Cell{},
         std::move(note)}
    );
}

} // namespace calfleet::cli
