// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax-filter: lines of a text report, by what they say.
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "analyzer/base/output_file.hpp"
#include "analyzer/command/actions/make_report.hpp"
#include "analyzer/command/support/confine.hpp"
#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/command/support/options.hpp"
#include "analyzer/command/support/program.hpp"
#include "analyzer/lines/line_filter.hpp"

namespace po = boost::program_options;
using namespace kstrax;

namespace {

constexpr std::string_view kTool = "kstrax-filter";
constexpr std::string_view kUsageText =
    "Usage: kstrax-filter [-p PID] [-e CALL] [-r [ERROR]] [-t TIME [-A|-B]] [-f] [-x EXPRESSION] [FILE]\n"
    "Prints the lines of a paired or raw text report (kstrax -t, -r; kstrax-dump -t, -r)\n"
    "that pass all the filters. Without FILE, or with -, it reads standard input. -r\n"
    "without ERROR passes calls that succeeded; with ERROR, calls that failed with it;\n"
    "-r error, all calls that failed. With -t TIME, -A means from TIME on, -B up to TIME.\n";

/// The value of -r may be left out: a word that looks like an errno is one, any other is the file.
bool looks_like_errno(std::string_view word) {
    constexpr std::string_view kDigits = "0123456789";
    if (word == "error") return true;  // any
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_,";
    if (word.empty()) return false;
    if (word.find_first_not_of(kDigits) == word.npos) return true;
    return word[0] == 'E' && word.find_first_not_of(kLetters) == word.npos;
}

std::vector<std::string> with_errors_attached(int argc, char** argv) {
    std::vector<std::string> words;
    for (int i = 0; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "-r" && i + 1 < argc && looks_like_errno(argv[i + 1]))
            words.push_back(std::string("--error=") + argv[++i]);
        else if (word.starts_with("-r") && looks_like_errno(word.substr(2)))
            words.push_back(fmt::format("--error={}", word.substr(2)));
        else words.emplace_back(word);
    }
    return words;
}

/// -A and -B say what -t TIME means.
Result<void> settle_time(po::variables_map& values) {
    const bool after = values["after"].as<bool>();
    const bool before = values["before"].as<bool>();
    if (!after && !before) return {};
    if (after && before)
        return Error{ErrorCode::Usage, "-A and -B together are everything; for a span, --from TIME --until TIME"};
    if (values.count("at") == 0)
        return Error{ErrorCode::Usage, fmt::format("{} goes with -t TIME", after ? "-A" : "-B")};
    const char* name = after ? "from" : "until";
    if (values.count(name) > 0)
        return Error{ErrorCode::Usage, fmt::format("-t TIME with {} is --{}: not both", after ? "-A" : "-B", name)};
    const po::variable_value time = values["at"];
    values.erase("at");
    values.insert({name, time});
    return {};
}

/// Standard input, or a file that is closed at the end.
class Input {
  public:
    explicit Input(const std::string& path) : own_(!path.empty() && path != "-") {
        fd_ = own_ ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
        if (fd_ < 0) reason_ = std::strerror(errno);
    }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    ~Input() {
        if (own_ && fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] const std::string& reason() const { return reason_; }

  private:
    bool own_;
    int fd_ = -1;
    std::string reason_;
};

ExitStatus tell(const LineFilterOutcome& outcome, const Filter& filter, const std::string& name) {
    if (outcome.shown == 0)
        complain(kTool, "note", fmt::format("{}: no line matches: {}{}", name, describe(filter), hint(filter)));
    if (outcome.raw && filter.names_only) complain(kTool, "note", kNamesOfRecords);
    if (outcome.unknown == 0) return kDone;
    complain(kTool, "warning",
             fmt::format("{}: left out, not being whole lines of a report: {}; the first is line {}", name,
                         outcome.unknown, outcome.first_unknown));
    return kIncomplete;
}

ExitStatus run(int argc, char** argv) {
    po::options_description description("Options");
    add_filter_options(description, Program::Filter);
    description.add_options()("after,A", po::bool_switch(), "with -t: from TIME on")("before,B", po::bool_switch(),
                                                                                     "with -t: up to TIME");
    add_color_option(description);
    add_sandbox_option(description);
    description.add_options()("help,h", po::bool_switch(), "print this help and exit")("version,v", po::bool_switch(),
                                                                                       "print the version and exit");
    std::vector<std::string> words = with_errors_attached(argc, argv);
    std::vector<char*> pointers;
    pointers.reserve(words.size());
    for (std::string& word : words) pointers.push_back(word.data());
    auto values = parse_options(static_cast<int>(pointers.size()), pointers.data(), description);
    if (!values) return fail(kTool, values.error());
    if (const auto answered = answer_help(kTool, kUsageText, *values, description)) return *answered;
    if ((*values)["version"].as<bool>()) return print_version(kTool);
    if (const auto settled = settle_time(*values); !settled) return fail(kTool, settled.error());
    const auto filter = filter_options(*values);
    if (!filter) return fail(kTool, filter.error());
    const auto color = color_option(*values);
    if (!color) return fail(kTool, color.error());
    const auto source = only_source(sources_of(*values));
    if (!source) return fail(kTool, source.error());

    const std::string name = source->empty() || *source == "-" ? "standard input" : *source;
    const Input input(*source);
    if (input.fd() < 0) return fail(kTool, {ErrorCode::Io, fmt::format("{}: cannot open: {}", name, input.reason())});
    confine(kTool, *values, {});
    const auto output = OutputFile::standard_output();
    ColorOutput colored(*output);
    const bool in_color = !filter->names_only && wants_color(*color, STDOUT_FILENO);
    const auto outcome =
        filter_lines(input.fd(), *filter, in_color ? static_cast<Output&>(colored) : *output, in_color);
    if (!outcome)
        return fail(kTool, outcome.error().message.empty() || outcome.error().code == ErrorCode::Usage
                               ? outcome.error()
                               : outcome.error().in(name));
    return tell(*outcome, *filter, name);
}

}  // namespace

int main(int argc, char** argv) {
    return run_program(kTool, [&] { return run(argc, argv); });
}
