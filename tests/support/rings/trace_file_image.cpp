// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/rings/trace_file_image.hpp"

#include <fmt/core.h>

namespace kstrax::test {

namespace {

constexpr std::string_view kMagic{"\x17\x08\x44tracing", 10};

std::string padded(std::string bytes, std::size_t step) {
    bytes.resize((bytes.size() + step - 1) / step * step);
    return bytes;
}

}  // namespace

std::string TraceFileImage::number(std::uint64_t value, std::size_t size) const {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        text[form.order == std::endian::little ? i : size - 1 - i] = static_cast<char>(value >> (8 * i));
    return text;
}

std::string TraceFileImage::header() const {
    const std::string page = fmt::format(
        "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n\tfield: local_t "
        "commit;\toffset:8;\tsize:{};\tsigned:1;\n",
        form.word_size);
    return std::string("header_page\0", 12) + sized(page, 8) + std::string("header_event\0", 13) +
           sized("# words\n", 8);
}

std::string TraceFileImage::format(std::uint32_t id, std::string_view name, std::string_view fields) const {
    return fmt::format(
        "name: {}\nID: {}\nformat:\n"
        "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
        "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
        "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
        "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n{}\nprint fmt: \"\"\n",
        name, id, fields);
}

/// Of ftrace itself none, and of two systems.
std::string TraceFileImage::formats() const {
    const unsigned word = form.word_size;
    const std::string id = fmt::format("\tfield:long id;\toffset:8;\tsize:{};\tsigned:1;\n", word);
    const std::string enter = format(
        1, "sys_enter",
        id + fmt::format("\tfield:unsigned long args[6];\toffset:{};\tsize:{};\tsigned:0;\n", 8 + word, 6 * word));
    const std::string exit =
        format(2, "sys_exit", id + fmt::format("\tfield:long ret;\toffset:{};\tsize:{};\tsigned:1;\n", 8 + word, word));
    return number(2, 4) + std::string("raw_syscalls\0", 13) + number(2, 4) + sized(enter, 8) + sized(exit, 8) +
           std::string("test\0", 5) + number(1, 4) + sized(format(3, "tick", ""), 8);
}

std::string TraceFileImage::version_6() const {
    std::string text = description() + sized(symbols, 4) + number(0, 4) + sized(commands, 8) + number(rings.size(), 4);
    const std::size_t start = kMagic.size() + 2 + 2 + 4;
    std::string some;
    for (const auto& [id, data] : options) some += number(static_cast<std::uint16_t>(id), 2) + sized(data, 4);
    const std::size_t table = 16 * rings.size();
    // Where things will be depends on how long the options are.
    const std::size_t buffer_option = instance.empty() ? 0 : 2 + 4 + 8 + instance.size() + 1;
    const std::size_t rings_at = start + text.size() + 10 + some.size() + buffer_option + 2 + kind.size() + table;
    std::size_t data_at = (rings_at + page_size - 1) / page_size * page_size;
    const auto table_of = [&](const std::vector<std::string>& of, std::size_t& at) {
        std::string places;
        for (const std::string& ring : of) {
            places += number(at, 8) + number(ring.size(), 8);
            at += ring.size();
        }
        return places;
    };
    std::size_t at = data_at;
    const std::string own = table_of(rings, at);
    const std::size_t instance_at = at;
    if (!instance.empty())
        some += number(static_cast<std::uint16_t>(TraceOption::Buffer), 2) +
                sized(number(instance_at, 8) + instance + std::string(1, '\0'), 4);
    text += std::string("options  \0", 10) + some + number(0, 2) + kind + own;
    text = padded(std::string(start, '\0') + text, page_size).substr(start);
    for (const std::string& ring : rings) text += ring;
    if (instance.empty()) return text;
    at = (instance_at + 10 + table + page_size - 1) / page_size * page_size;
    text += std::string("flyrecord\0", 10) + table_of(instance_rings, at);
    text = padded(std::string(start, '\0') + text, page_size).substr(start);
    for (const std::string& ring : instance_rings) text += ring;
    return text;
}

std::string TraceFileImage::version_7() const {
    const std::size_t start = kMagic.size() + 2 + 2 + 4;
    std::string text = compression + std::string(1, '\0') + "1" + std::string(1, '\0');
    const std::size_t options_place = text.size();
    text += number(0, 8);
    std::string named;
    const auto option = [&](TraceOption id, const std::string& data) {
        named += number(static_cast<std::uint16_t>(id), 2) + sized(data, 4);
    };
    const auto section = [&](TraceOption id, const std::string& content) {
        if (id != TraceOption::Done) option(id, number(start + text.size(), 8));
        text += number(static_cast<std::uint16_t>(id), 2) + number(0, 2) + number(0, 4) + sized(content, 8);
    };
    section(TraceOption::HeaderInfo, header());
    section(TraceOption::FtraceFormats, number(0, 4));
    section(TraceOption::EventFormats, formats());
    if (!symbols.empty()) section(TraceOption::Kallsyms, sized(symbols, 4));
    if (!commands.empty()) section(TraceOption::CommandLines, sized(commands, 8));
    for (const auto& [id, data] : options) option(id, data);
    const auto buffer = [&](const std::string& name, const std::vector<std::string>& of) {
        const std::size_t section_at = start + text.size();
        text += number(static_cast<std::uint16_t>(TraceOption::Buffer), 2) + number(0, 2) + number(0, 4) + number(0, 8);
        text = padded(std::string(start, '\0') + text, page_size).substr(start);
        std::string places;
        for (std::size_t cpu = 0; cpu < of.size(); ++cpu) {
            places += number(cpu, 4) + number(start + text.size(), 8) + number(of[cpu].size(), 8);
            text += of[cpu];
        }
        option(TraceOption::Buffer, number(section_at, 8) + name + std::string("\0mono\0", 6) + number(page_size, 4) +
                                        number(of.size(), 4) + places);
    };
    buffer("", rings);
    if (!instance.empty()) buffer(instance, instance_rings);
    option(TraceOption::Done, number(0, 8));
    const std::size_t options_at = start + text.size();
    section(TraceOption::Done, named);
    return text.replace(options_place, 8, number(options_at, 8));
}

std::string TraceFileImage::bytes() const {
    std::string text(kMagic);
    text += fmt::format("{}", version) + std::string(1, '\0');
    text += form.order == std::endian::little ? '\0' : '\1';
    text += static_cast<char>(form.word_size);
    text += number(page_size, 4);
    return text + (version == 6 ? version_6() : version_7());
}

}  // namespace kstrax::test
