// SPDX-License-Identifier: GPL-2.0-or-later
// fuzz-replay CORPUS: runs each target over its seeds, and over the inputs in CORPUS/TARGET.pack.
// fuzz-replay --names: a target a line, and the most bytes of its inputs.
// fuzz-replay --seeds TARGET FOLDER: writes its seeds there.
// fuzz-replay --unpack FILE FOLDER, --pack FOLDER FILE: a file of inputs from and to a file for each.
#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>

#include "tests/fuzz/pack.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/cpu_time.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::fuzz;
namespace fs = std::filesystem;

namespace {

constexpr double kMostSeconds = 5;  // for one input, under sanitizers; nearly all take milliseconds

void save(const fs::path& file, const std::string& bytes) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

void save_all(const std::vector<std::string>& inputs, const fs::path& folder) {
    fs::create_directories(folder);
    for (std::size_t i = 0; i < inputs.size(); ++i) save(folder / fmt::format("{:04}", i), inputs[i]);
}

/// What is being run, for a sanitizer that ends the process.
std::string current;

void tell_current() {
    const std::string line = current + "\n";
    (void)!::write(STDERR_FILENO, line.data(), line.size());
}

std::size_t failed_of(const Target& target, const std::vector<std::string>& inputs, std::string_view kind) {
    std::size_t failed = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        current = fmt::format("FAIL {}: {} {}", target.name, kind, i);
        const test::CpuTime spent;
        target.run(as_bytes(inputs[i]));
        if (spent.seconds() < kMostSeconds) continue;
        ++failed;
        std::printf("%s took %.1f s\n", current.c_str(), spent.seconds());
    }
    return failed;
}

int replay(const fs::path& corpus) {
    std::size_t passed = 0, failed = 0;
    std::signal(SIGABRT, [](int) { tell_current(); });
    for (const Target* target : targets()) {
        const std::vector<std::string> seeds = target->seeds();
        const std::vector<std::string> kept = read_pack(corpus / fmt::format("{}.pack", target->name));
        const test::CpuTime spent;
        const std::size_t bad = failed_of(*target, seeds, "seed") + failed_of(*target, kept, "input");
        failed += bad;
        passed += seeds.size() + kept.size() - bad;
        std::printf("%-12.*s %5zu inputs %6.2f s\n", static_cast<int>(target->name.size()), target->name.data(),
                    seeds.size() + kept.size(), spent.seconds());
    }
    std::printf("%zu passed, %zu failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}

int run(const std::vector<std::string>& words) {
    if (words.size() == 1 && words[0] == "--names") {
        for (const Target* target : targets())
            std::printf("%.*s %zu\n", static_cast<int>(target->name.size()), target->name.data(), target->most);
        return 0;
    }
    if (words.size() == 3 && words[0] == "--seeds" && target_named(words[1]) != nullptr) {
        save_all(target_named(words[1])->seeds(), words[2]);
        return 0;
    }
    if (words.size() == 3 && words[0] == "--unpack") {
        save_all(read_pack(words[1]), words[2]);
        return 0;
    }
    if (words.size() == 3 && words[0] == "--pack") {
        write_pack(words[1], words[2]);
        return 0;
    }
    if (words.size() == 1 && !words[0].starts_with("--")) return replay(words[0]);
    std::fprintf(stderr,
                 "Usage: fuzz-replay CORPUS | --names | --seeds TARGET FOLDER | --unpack FILE FOLDER | "
                 "--pack FOLDER FILE\n");
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", current.c_str());
        std::fprintf(stderr, "fuzz-replay: %s\n", error.what());
        return 1;
    }
}
