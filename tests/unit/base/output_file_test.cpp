// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/output_file.hpp"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "analyzer/command/support/program.hpp"
#include "tests/support/call_filters.hpp"
#include "tests/support/limits.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

std::unique_ptr<OutputFile> create(const std::string& path, std::span<const FileIdentity> inputs = {}) {
    auto file = OutputFile::create(path, inputs);
    BOOST_REQUIRE(file.ok());
    return std::move(*file);
}

mode_t mode_of(const std::string& path) {
    struct stat info {};
    BOOST_REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_mode & 07777;
}

/// What a process of its own leaves behind that ends in work(), which is killed at its end.
template <typename Work>
int status_of_killed(Work work) {
    std::fflush(nullptr);  // or the child would print it once more
    const pid_t child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        work();
        ::raise(SIGKILL);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    return status;
}

/// As on a file system where every file has a name.
bool forbid_unnamed_files() {
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    constexpr auto kUnnamed = static_cast<std::uint64_t>(O_TMPFILE & ~O_DIRECTORY);
    const bool done =
        filter != nullptr &&
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EOPNOTSUPP), SCMP_SYS(openat), 1,
                         scmp_arg_cmp{.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = kUnnamed, .datum_b = kUnnamed}) ==
            0 &&
        seccomp_load(filter) == 0;
    seccomp_release(filter);
    return done;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(output_file)

BOOST_AUTO_TEST_CASE(a_process_that_is_killed_leaves_nothing) {
    const TempFolder folder;
    const int status = status_of_killed([&] {
        const auto file = OutputFile::create(folder.path("report"), {});
        if (!file || !(*file)->write("text") || !(*file)->close()) ::_exit(1);
        ::raise(SIGKILL);
    });
    BOOST_TEST(WIFSIGNALED(status));
    BOOST_TEST(folder.count() == 0U);
}

BOOST_AUTO_TEST_CASE(where_every_file_has_a_name_it_is_a_temporary_one,
                     *boost::unit_test::precondition(kernel_filters_calls)) {
    const TempFolder folder;
    folder.write("report", "old");
    const int status = status_of_killed([&] {
        if (!forbid_unnamed_files()) ::_exit(1);
        {
            const auto file = OutputFile::create(folder.path("dropped"), {});
            if (!file || folder.count() != 2) ::_exit(2);
        }
        const auto file = OutputFile::create(folder.path("report"), {});
        if (folder.count() != 2 || !(*file)->write("new") || !(*file)->commit()) ::_exit(3);
        ::_exit(0);
    });
    BOOST_TEST(status == 0);
    BOOST_TEST(folder.count() == 1U);
    BOOST_TEST(read_file(folder.path("report")) == "new");
}

BOOST_AUTO_TEST_CASE(a_signal_that_ends_the_process_leaves_no_temporary_file,
                     *boost::unit_test::precondition(kernel_filters_calls)) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
        const TempFolder folder;
        folder.write("finished.before", "kept");
        const int status = status_of_killed([&] {
            const Limit<RLIMIT_CORE> no_core(0);
            if (!forbid_unnamed_files()) ::_exit(1);
            ::_exit(run_program("test", [&] {
                const auto first = OutputFile::create(folder.path("first"), {});
                const auto finished = OutputFile::create(folder.path("finished"), {});
                const auto second = OutputFile::create(folder.path("second"), {});
                if (!first || !second || !(*finished)->commit() || folder.count() != 4) return kUsage;
                ::raise(signal);
                return kDone;
            }));
        });
        BOOST_TEST(WIFSIGNALED(status));
        BOOST_TEST(WTERMSIG(status) == signal);
        BOOST_TEST(folder.count() == 2U);
        BOOST_TEST(std::filesystem::exists(folder.path("finished")));
    }
}

BOOST_AUTO_TEST_CASE(a_signal_that_was_ignored_stays_so) {
    const TempFolder folder;
    const int status = status_of_killed([&] {
        std::signal(SIGHUP, SIG_IGN);  // nohup
        ::_exit(run_program("test", [&] {
            ::raise(SIGHUP);
            return kIncomplete;
        }));
    });
    BOOST_TEST(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) == kIncomplete);
}

BOOST_AUTO_TEST_CASE(a_file_gets_its_name_when_it_is_whole) {
    const TempFolder folder;
    const std::string path = folder.path("report");
    const auto file = create(path);
    BOOST_TEST(file->write("some ").ok());
    BOOST_TEST(file->write("text").ok());
    BOOST_TEST(!std::filesystem::exists(path));
    BOOST_TEST(file->commit().ok());
    BOOST_TEST(read_file(path) == "some text");
    BOOST_TEST(mode_of(path) == 0600U);
    BOOST_TEST(folder.count() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_not_committed_leaves_nothing) {
    const TempFolder folder;
    folder.write("report", "old");
    {
        const auto file = create(folder.path("report"));
        BOOST_TEST(file->write("new").ok());
    }
    BOOST_TEST(read_file(folder.path("report")) == "old");
    BOOST_TEST(folder.count() == 1U);
}

BOOST_AUTO_TEST_CASE(an_older_file_is_replaced) {
    const TempFolder folder;
    folder.write("report", "old and longer");
    const auto file = create(folder.path("report"));
    BOOST_TEST(file->write("new").ok());
    BOOST_TEST(file->commit().ok());
    BOOST_TEST(read_file(folder.path("report")) == "new");
}

BOOST_AUTO_TEST_CASE(an_input_is_never_replaced_by_whatever_name) {
    const TempFolder folder;
    const std::string input = folder.write("dump", "precious");
    std::filesystem::create_symlink(input, folder.path("link"));
    std::filesystem::create_hard_link(input, folder.path("hard"));
    const FileIdentity inputs[] = {MappedFile::open(input).value()->identity()};
    for (const std::string& path : {input, folder.path("link"), folder.path("hard"), folder.path("./dump")}) {
        const auto file = OutputFile::create(path, inputs);
        BOOST_REQUIRE(!file.ok());
        BOOST_TEST((file.error().code == ErrorCode::Usage));
        BOOST_TEST(file.error().message.starts_with(path));
    }
    BOOST_TEST(read_file(input) == "precious");
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_not_replaced) {
    const TempFolder folder;
    std::filesystem::create_directory(folder.path("folder"));
    BOOST_REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    for (const char* name : {"folder", "fifo"}) {
        const auto file = OutputFile::create(folder.path(name), {});
        BOOST_REQUIRE(!file.ok());
        BOOST_TEST((file.error().code == ErrorCode::Usage));
    }
}

BOOST_AUTO_TEST_CASE(a_folder_that_does_not_exist_cannot_be_written_to) {
    const TempFolder folder;
    const auto file = OutputFile::create(folder.path("missing/report"), {});
    BOOST_REQUIRE(!file.ok());
    BOOST_TEST((file.error().code == ErrorCode::Io));
    BOOST_TEST(file.error().message.starts_with(folder.path("missing/report")));
}

BOOST_AUTO_TEST_CASE(a_full_disk_fails_once_and_leaves_nothing) {
    const TempFolder folder;
    {
        const auto file = create(folder.path("report"));
        const FileSizeLimit limit(100);
        BOOST_TEST(file->write(std::string(60, 'x')).ok());
        const auto full = file->write(std::string(60, 'y'));
        BOOST_REQUIRE(!full.ok());
        BOOST_TEST((full.error().code == ErrorCode::Io));
        const auto again = file->write("z");
        BOOST_REQUIRE(!again.ok());
        BOOST_TEST(again.error().message == full.error().message);
        BOOST_TEST(file->commit().error().message == full.error().message);
    }
    BOOST_TEST(folder.count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_name_that_becomes_a_folder_meanwhile_fails_at_the_end) {
    const TempFolder folder;
    {
        const auto file = create(folder.path("report"));
        BOOST_TEST(file->write("text").ok());
        std::filesystem::create_directory(folder.path("report"));
        BOOST_TEST(!file->commit().ok());
    }
    BOOST_TEST(folder.count() == 1U);  // the folder
}

BOOST_AUTO_TEST_SUITE_END()
