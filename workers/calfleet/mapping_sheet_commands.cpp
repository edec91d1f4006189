#include "workers/calfleet/environment.h"
#include "workers/calfleet/files.h"
#include "workers/calfleet/mapping_commands.h"
#include "workers/calfleet/mapping_sheet_store.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <memory>

namespace calfleet::cli {
namespace {

constexpr std::size_t kCheckAtOnce = 2000;
constexpr std::size_t kDecideAtOnce = 500; // hosts whose bookings wait for one transaction
constexpr std::size_t kMostShown = 20;

struct ExportOptions {
    SheetFilter filter;
};
struct ImportOptions {
    std::string file;
    bool dry_run{false};
    bool skip_refused{false};
};

Result<Exit> write_sheet(const Environment& environment, const ExportOptions& options) {
    if (environment.json)
        return invalid("mapping export writes CSV; calfleet mapping list --json is for programs");
    auto database = environment.database();
    if (!database) return database.error();
    std::cout << sheet_heads();
    SheetPlace place;
    for (;;) {
        const auto page = (*database)->transact(
            postgres::Access::login(),
            [&](postgres::Transaction& transaction) {
                return next_page(transaction, options.filter, place);
            }
        );
        if (!page) return page.error();
        for (const MappingDescription& mapping : *page)
            std::cout << sheet_record(mapping);
        if (!std::cout.flush())
            return unavailable("the sheet cannot be written: standard output is full or closed");
        if (page->empty()) return Exit::Ok;
        place = {page->back().company, page->back().mapping};
    }
}

/// What an import finds and does, line by line.
class Import {
public:
    Import(const Environment& environment, postgres::Session& session, std::vector<SheetLine> lines)
        : environment_(environment)
        , session_(session)
        , lines_(std::move(lines)) {}

    /// Sets apart what is refused and what was done before.
    Result<> check() {
        Progress progress(environment_, "checked");
        std::vector<SheetLine> left;
        for (std::size_t from = 0; from < lines_.size(); from += kCheckAtOnce) {
            const std::span<const SheetLine> some = part(lines_, from, kCheckAtOnce);
            const auto checks = session_.transact(
                postgres::Access::login(),
                [&](postgres::Transaction& transaction) { return check_lines(transaction, some); }
            );
            if (!checks) return checks.error();
            for (std::size_t i = 0; i < some.size(); ++i) {
                if (!sort(some[i], (*checks)[i].verdict)) continue;
                would_touch_ += (*checks)[i].appointments;
                left.push_back(some[i]);
            }
            progress.update(
                static_cast<std::int64_t>(from + some.size()),
                static_cast<std::int64_t>(lines_.size())
            );
        }
        lines_ = std::move(left);
        return {};
    }

    /// In portions, each in a transaction; what was decided since the check is refused now.
    Result<> carry_out() {
        Progress progress(environment_, "decided");
        for (std::size_t from = 0; from < lines_.size(); from += kDecideAtOnce) {
            const std::span<const SheetLine> some = part(lines_, from, kDecideAtOnce);
            std::vector<SeenDecision> decisions;
            for (const SheetLine& line : some)
                decisions.push_back(line.decision);
            const auto outcome = session_.transact(
                postgres::Access::login(),
                [&](postgres::Transaction& transaction) {
                    return decide_as_seen(transaction, decisions, environment_.actor);
                }
            );
            if (!outcome) return outcome.error();
            for (std::size_t i = 0; i < some.size(); ++i)
                if (sort(some[i], outcome->verdicts[i])) count(some[i]);
            appointments_ += outcome->appointments;
            progress.update(
                static_cast<std::int64_t>(from + some.size()),
                static_cast<std::int64_t>(lines_.size())
            );
        }
        return {};
    }

    void rehearse() {
        for (const SheetLine& line : lines_)
            count(line);
        appointments_ = would_touch_;
    }

    std::int64_t refused() const { return refused_; }

    void complain_of_refusals(std::string_view what_follows) const {
        std::string text = std::to_string(refused_) + " line" + (refused_ == 1 ? " is" : "s are") +
                           " refused; " + std::string(what_follows) + refusals_;
        if (refused_ > static_cast<std::int64_t>(kMostShown)) text += "\n  ...";
        environment_.complain(text);
    }

    void print(std::string_view done) const {
        environment_.print(
            {.columns =
                 {"done",
                  "approved",
                  "assigned",
                  "deactivated",
                  "already",
                  "refused",
                  "appointments"},
             .rows =
                 {{std::string(done),
                   approved_,
                   assigned_,
                   deactivated_,
                   already_,
                   refused_,
                   appointments_}},
             .single = true}
        );
    }

private:
    static std::span<const SheetLine>
    part(const std::vector<SheetLine>& lines, std::size_t from, std::size_t length) {
        return std::span(lines).subspan(from, std::min(length, lines.size() - from));
    }

    /// Whether the line is one to do.
    bool sort(const SheetLine& line, const Verdict& verdict) {
        if (verdict.kind == Verdict::Kind::Do) return true;
        if (verdict.kind == Verdict::Kind::Already) {
            ++already_;
            return false;
        }
        if (++refused_ <= static_cast<std::int64_t>(kMostShown))
            refusals_ += "\n  line " + std::to_string(line.line) + ": " + verdict.why_not;
        return false;
    }

    void count(const SheetLine& line) {
        switch (line.decision.verb) {
        case MappingVerb::Approve:
            ++approved_;
            break;
        case MappingVerb::Assign:
            ++assigned_;
            break;
        case MappingVerb::PutAway:
            ++deactivated_;
            break;
        }
    }

    const Environment& environment_;
    postgres::Session& session_;
    std::vector<SheetLine> lines_;
    std::int64_t approved_{0}, assigned_{0}, deactivated_{0}, already_{0}, refused_{0};
    std::int64_t appointments_{0}, would_touch_{0};
    std::string refusals_;
};

Result<Exit> read_sheet(const Environment& environment, const ImportOptions& options) {
    Result<std::vector<SheetLine>> lines = [&]() -> Result<std::vector<SheetLine>> {
        const Result<std::string> text = read_file(options.file);
        if (!text) return text.error();
        return parse_sheet(*text);
    }();
    if (!lines) return lines.error();
    auto database = environment.database();
    if (!database) return database.error();
    Import import(environment, **database, std::move(*lines));
    if (const Result<> checked = import.check(); !checked) return checked.error();
    if (options.dry_run) {
        import.rehearse();
        if (import.refused() != 0)
            import.complain_of_refusals(
                options.skip_refused ? "the others would be done:" : "nothing would be done:"
            );
        import.print("nothing: --dry-run");
        return import.refused() == 0 ? Exit::Ok : Exit::Refused;
    }
    if (import.refused() != 0 && !options.skip_refused) {
        import.complain_of_refusals("nothing was done. Correct these lines, empty their decision, "
                                    "or leave them out with --skip-refused:");
        return Exit::Refused;
    }
    const Result<> done = import.carry_out();
    if (import.refused() != 0) import.complain_of_refusals("the others were done:");
    import.print(done ? "imported" : "imported in part; import the file again");
    if (!done) return done.error();
    return import.refused() == 0 ? Exit::Ok : Exit::Refused;
}

void add_export_command(CLI::App& mapping, Environment& environment) {
    const auto options = std::make_shared<ExportOptions>();
    auto* command = mapping.add_subcommand(
        "export", "writes mappings as CSV for a spreadsheet, with a column for decisions"
    );
    command->footer(
        "Fill in the column `decision`: approve, assign:STAFF (a number, as assign:7), deactivate, "
        "or leave it empty; `why` is kept in the audit. Leave the columns mapping and version as "
        "they are, then give the file to calfleet mapping import. A text that a spreadsheet would "
        "take for a formula has an apostrophe in front.\nExamples:\n  calfleet mapping export "
        "--state review > review.csv\n  calfleet mapping export --company 1 > company1.csv"
    );
    command->add_option("--company", options->filter.company, "only this company");
    command->add_option("--state", options->filter.state, "active, review, unmatched or inactive")
        ->check(CLI::IsMember({"active", "review", "unmatched", "inactive"}));
    command->callback([&environment, options] {
        environment.action = [&environment, options] { return write_sheet(environment, *options); };
    });
}

void add_import_command(CLI::App& mapping, Environment& environment) {
    const auto options = std::make_shared<ImportOptions>();
    auto* command = mapping.add_subcommand(
        "import", "carries out the decisions that were filled into an exported sheet"
    );
    command->footer(
        "A mistake in the file, and nothing is done. A line is refused when its mapping was "
        "decided "
        "meanwhile or cannot be decided so: nothing is done then either, unless --skip-refused. "
        "Lines are carried out 500 at a time; importing the same file again does what is left and "
        "nothing twice.\nExamples:\n  calfleet mapping import review.csv --dry-run\n  calfleet "
        "mapping import review.csv"
    );
    command->add_option("file", options->file, "CSV, - for standard input")->required();
    command->add_flag(
        "--dry-run", options->dry_run, "says what would be done, and changes nothing"
    );
    command->add_flag(
        "--skip-refused", options->skip_refused, "does the lines that are not refused"
    );
    command->callback([&environment, options] {
        environment.action = [&environment, options] { return read_sheet(environment, *options); };
    });
}

} // namespace

void add_mapping_sheet_commands(CLI::App& mapping, Environment& environment) {
    add_export_command(mapping, environment);
    add_import_command(mapping, environment);
}

} // namespace calfleet::cli
