// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax-graph: statistics and time lines as pictures.
#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "analyzer/base/lists.hpp"
#include "analyzer/base/output_file.hpp"
#include "analyzer/command/actions/make_report.hpp"
#include "analyzer/command/actions/session_report.hpp"
#include "analyzer/command/support/confine.hpp"
#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/command/support/find_options.hpp"
#include "analyzer/command/support/options.hpp"
#include "analyzer/command/support/program.hpp"
#include "analyzer/graph/gnuplot/gnuplot.hpp"
#include "analyzer/graph/gnuplot/script.hpp"
#include "analyzer/graph/plain.hpp"

namespace po = boost::program_options;
using namespace kstrax;

namespace {

constexpr std::string_view kTool = "kstrax-graph";

std::string usage_text() {
    std::string text =
        "Usage: kstrax-graph MODE SOURCE [OPTIONS]\n"
        "Draws the calls of SOURCE through gnuplot. SOURCE is a memory image as for\n"
        "kstrax-dump, or the NAME of buffer files as for kstrax -t. Without -o, it opens a\n"
        "window if it can, or else writes SOURCE_MODE.png. MODE is one of:\n";
    for (const GraphMode& mode : graph_modes()) text += fmt::format("  {:<8} {}\n", mode.name, mode.help);
    return text;
}

struct GraphOptions {
    const GraphMode* mode = nullptr;
    std::vector<std::string> sources;
    Filter filter;
    bool text = false;
    TimeStyle times;
    bool meanings = false;
    std::optional<std::string> output;
    FindOptions find;
};

std::string mode_names() { return list_of(graph_modes(), &GraphMode::name); }

Result<GraphOptions> graph_options(const po::variables_map& values) {
    GraphOptions options;
    std::vector<std::string> named = sources_of(values);
    if (named.size() < 2)
        return Error{ErrorCode::Usage, "expected a mode and a source: kstrax-graph MODE SOURCE... (-h for help)"};
    options.mode = find_graph_mode(named[0]);
    if (options.mode == nullptr)
        return Error{ErrorCode::Usage, fmt::format("no mode '{}'; choose one of {}", named[0], mode_names())};
    options.sources.assign(named.begin() + 1, named.end());
    auto filter = filter_options(values);
    if (!filter) return filter.error();
    options.filter = std::move(*filter);
    auto find = find_options(values);
    if (!find) return find.error();
    options.find = std::move(*find);
    options.text = values["text"].as<bool>();
    options.meanings = values["names"].as<bool>();
    auto zone = zone_option(values);
    if (!zone) return zone.error();
    options.times = *zone;
    if (values.count("output") > 0) options.output = values["output"].as<std::string>();
    return options;
}

bool has_display() {
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"})
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return true;
    return false;
}

/// Null if the name ends like no picture.
const PictureForm* form_of(const std::string& path) {
    for (const PictureForm& form : picture_forms())
        if (!form.suffix.empty() && path.ends_with(form.suffix)) return &form;
    return nullptr;
}

/// "" is a window.
const PictureForm& window_form() { return picture_forms().back(); }

std::string form_names() {
    std::vector<std::string_view> names;
    for (const PictureForm& form : picture_forms())
        if (!form.suffix.empty()) names.push_back(form.suffix);
    return list_of(names, std::identity());
}

std::size_t terminal_width() {
    winsize size{};
    if (::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return std::min<std::size_t>(size.ws_col, 400);
    return 100;
}

/// A picture being made of one recording.
struct Drawing {
    Gnuplot* gnuplot;  // null: it is not needed
    const Recording& recording;
    const GraphRequest& request;
    Figures figures;
    Extent extent;

    [[nodiscard]] Result<TimeLine> time_line(std::size_t columns, std::size_t rows) const {
        return draw_time_line(recording, request, figures, extent, columns, rows);
    }
    [[nodiscard]] Result<Picture> picture(const PictureForm& form) const {
        if (!request.mode->is_time_line()) return bars_script(form, *request.mode, figures);
        auto line = time_line(picture_columns(extent), kPictureRows);
        if (!line) return line.error();
        return time_line_script(form, recording, request, figures, std::move(*line));
    }
    [[nodiscard]] Result<std::string> plain() const {
        const std::size_t width = terminal_width();
        if (!request.mode->is_time_line()) return plain_bars(*request.mode, figures, width);
        auto line = time_line(width - kPlainMargin - 1, kPlainRows);
        if (!line) return line.error();
        return plain_time_line(recording, request, figures, *line);
    }
};

Result<void> write_picture(const Drawing& drawing, const PictureForm& form, Output& output) {
    const auto picture = drawing.picture(form);
    if (!picture) return picture.error();
    if (form.terminal.empty()) return output.write(picture->script);
    const auto drawn = drawing.gnuplot->draw(picture->script);
    if (!drawn) return drawn.error();
    return output.write(form.suffix == ".svg" ? add_titles(*drawn, picture->titles) : *drawn);
}

Result<void> write_plain(const Drawing& drawing, Output& output) {
    const auto text = drawing.plain();
    if (!text) return text.error();
    return output.write(*text + "# " + drawing.figures.lost + "\n");
}

Result<void> write_to(const Drawing& drawing, const PictureForm* form, OutputFile& output) {
    const auto written = form == nullptr ? write_plain(drawing, output) : write_picture(drawing, *form, output);
    if (!written) return written.error();
    return output.commit();
}

Result<void> show_window(const Drawing& drawing) {
    const auto picture = drawing.picture(window_form());
    return picture ? drawing.gnuplot->draw_window(picture->script) : picture.error();
}

/// The file that show() makes; none where it makes none.
std::optional<std::string> picture_path(const GraphOptions& options) {
    if (options.output) return options.text && *options.output == "-" ? std::nullopt : options.output;
    if (options.text) return std::nullopt;
    return fmt::format("{}_{}.png", options.sources[0], options.mode->name);
}

/// Where nobody said where to: a window, else the file SOURCE_MODE.png, else characters. Says why it is not the first.
Result<void> show_anywhere(const Drawing& drawing, const GraphOptions& options, std::span<const FileIdentity> inputs) {
    std::string why;
    if (has_display()) {
        const auto shown = show_window(drawing);
        if (shown) return shown;
        why = ", in no window: " + shown.error().message;
    }
    const std::string path = *picture_path(options);
    auto file = OutputFile::create(path, inputs);
    if (!file) return file.error();
    const auto written = write_to(drawing, form_of(path), **file);
    if (written) complain(kTool, "note", "wrote " + path + why);
    if (written || written.error().code != ErrorCode::NotFound) return written;
    complain(kTool, "note", "drawn with characters: " + written.error().message);
    return write_plain(drawing, *OutputFile::standard_output());
}

/// The picture to where the options want it.
Result<void> show(const Drawing& drawing, const GraphOptions& options, std::span<const FileIdentity> inputs) {
    if (options.text && (!options.output || *options.output == "-"))
        return write_plain(drawing, *OutputFile::standard_output());
    if (!options.output) return show_anywhere(drawing, options, inputs);
    auto file = OutputFile::create(*options.output, inputs);
    if (!file) return file.error();
    return write_to(drawing, options.text ? nullptr : form_of(*options.output), **file);
}

bool needs_gnuplot(const GraphOptions& options) {
    return !options.text && (!options.output || !form_of(*options.output)->terminal.empty());
}

/// A window belongs to a server that draws it, which asks for more than files to read.
Gnuplot::Confined confined(const GraphOptions& options, bool sandbox) {
    return sandbox && (options.output || !has_display()) ? Gnuplot::Confined::Yes : Gnuplot::Confined::No;
}

ExitStatus draw(const GraphOptions& options, const po::variables_map& values) {
    if (options.output && !options.text && form_of(*options.output) == nullptr)
        return fail(kTool, {ErrorCode::Usage, fmt::format("-o {}: a picture's name ends with one of {}; or add --text",
                                                          *options.output, form_names())});
    std::unique_ptr<Gnuplot> gnuplot;
    if (needs_gnuplot(options)) {
        auto started = Gnuplot::start(confined(options, wants_sandbox(values)));
        if (!started) return fail(kTool, started.error());
        gnuplot = std::move(*started);
    }
    const auto session =
        Session::open_files({.names = options.sources, .find = options.find, .tell = [](const std::string& note) {
                                 complain(kTool, "note", note);
                             }});
    if (!session) return fail(kTool, session.error());
    SandboxNeeds needs{.output_folders = {}, .helpers = gnuplot != nullptr, .readers = (*session)->starts_readers()};
    if (const auto path = picture_path(options)) needs.output_folders.push_back(OutputFile::folder_of(*path));
    confine(kTool, values, needs);
    if (const auto read = (*session)->read(); !read) return fail(kTool, read.error());
    const auto opened = (*session)->open_recording();
    if (!opened) return fail(kTool, opened.error());
    const Recording& recording = opened->recording;
    const bool needed = options.mode->is_time_line() || !asked_of_tasks(options.filter).empty();
    const KnownTasks* tasks =
        needed && opened->anchor != nullptr ? &(*session)->tasks({.anchor = opened->anchor}) : nullptr;
    const GraphRequest request{options.mode,  (*session)->name(), options.filter,
                               options.times, options.meanings,   tasks != nullptr ? tasks->notes : nullptr};
    Extent extent;
    auto figures = gather_figures(recording, request, extent);
    if (!figures) return fail(kTool, figures.error());
    const Drawing drawing{gnuplot.get(), recording, request, std::move(*figures), extent};
    const auto inputs = (*session)->files();
    if (const auto shown = show(drawing, options, inputs); !shown) return fail(kTool, shown.error());
    return std::max({tell_findings(kTool, recording.findings), tell_findings(kTool, drawing.figures.findings),
                     tasks != nullptr ? tell_findings(kTool, tasks->findings) : kDone});
}

ExitStatus run(int argc, char** argv) {
    po::options_description description("Options");
    const std::string output_help = "write to FILE, which ends with one of " + form_names();
    description.add_options()("output,o", po::value<std::string>()->value_name("FILE"), output_help.c_str());
    description.add_options()("text", po::bool_switch(), "draw with characters, to the terminal or to the FILE of -o");
    add_zone_options(description);
    description.add_options()("names,y", po::bool_switch(),
                              "show arguments by name, as strace does: O_RDONLY, SIGTERM, 0644");
    add_filter_options(description, Program::Dump);
    add_find_options(description);
    add_sandbox_option(description);
    description.add_options()("help,h", po::bool_switch(), "print this help and exit");
    description.add_options()("version,v", po::bool_switch(), "print the version and exit");
    const auto values = parse_options(argc, argv, description);
    if (!values) return fail(kTool, values.error());
    std::vector<CommandWord> modes;
    for (const GraphMode& mode : graph_modes()) modes.push_back({mode.name, mode.help});
    if (const auto answered = answer_help(kTool, usage_text(), *values, description, modes)) return *answered;
    if ((*values)["version"].as<bool>()) return print_version(kTool);
    const auto options = graph_options(*values);
    if (!options) return fail(kTool, options.error());
    return draw(*options, *values);
}

}  // namespace

int main(int argc, char** argv) {
    return run_program(kTool, [&] { return run(argc, argv); });
}
