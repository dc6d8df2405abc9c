// SPDX-License-Identifier: GPL-2.0-or-later
// QEMU's machine protocol, with a peer that says what a test wants.
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "analyzer/memory/qmp/guest_file.hpp"
#include "analyzer/memory/qmp/guest_pause.hpp"
#include "analyzer/memory/qmp/memory_map.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kGreeting = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n";
constexpr const char* kEvent = "{\"timestamp\": {\"seconds\": 1}, \"event\": \"STOP\"}\r\n";
constexpr const char* kDone = "{\"return\": {}}\r\n";
constexpr QmpLimits kShort{300ms};

/// Says `greeting`, then to each command what stands under its name, the last of it again and again; to others, that it is done.
class Peer {
  public:
    using Answers = std::map<std::string, std::vector<std::string>>;
    explicit Peer(Answers answers = {}, std::string greeting = kGreeting) : answers_(std::move(answers)) {
        std::array<int, 2> ends{};
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        ours_ = OwnedDescriptor(ends[0]);
        theirs_ = OwnedDescriptor(ends[1]);
        thread_ = std::thread([this, greeting] { serve(greeting); });
    }
    ~Peer() {
        theirs_ = OwnedDescriptor();
        ::shutdown(ours_.get(), SHUT_RDWR);
        thread_.join();
    }
    OwnedDescriptor end() { return std::move(theirs_); }
    Result<QmpConnection> connect() { return QmpConnection::over(end(), kShort); }
    [[nodiscard]] std::vector<std::string> asked() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }
    /// Waits until that was asked.
    [[nodiscard]] bool was_asked(const std::string& name) {
        for (int i = 0; i < 500; ++i, std::this_thread::sleep_for(10ms))
            for (const std::string& one : asked())
                if (one == name) return true;
        return false;
    }
    static constexpr const char* kHangUp = "hang up";

  private:
    void say(std::string_view text) const { (void)!::send(ours_.get(), text.data(), text.size(), MSG_NOSIGNAL); }
    void serve(const std::string& greeting) {
        say(greeting);
        std::string line;
        for (char c = 0; ::recv(ours_.get(), &c, 1, 0) == 1;) {
            if (c != '\n') {
                line.push_back(c);
                continue;
            }
            const std::size_t begin = line.find("\"execute\":\"") + 11;
            const std::string name = line.substr(begin, line.find('"', begin) - begin);
            line.clear();
            {
                const std::lock_guard lock(mutex_);
                asked_.push_back(name);
            }
            const auto answer = answers_.find(name);
            if (answer == answers_.end()) say(name == "cont" ? "{\"return\": {}, \"id\": \"kstrax-cont\"}\r\n" : kDone);
            else if (answer->second.front() == kHangUp) ::shutdown(ours_.get(), SHUT_RDWR);
            else say(answer->second.front());
            if (answer != answers_.end() && answer->second.size() > 1) answer->second.erase(answer->second.begin());
        }
    }

    Answers answers_;
    OwnedDescriptor ours_, theirs_;
    std::mutex mutex_;
    std::vector<std::string> asked_;
    std::thread thread_;
};

std::string status(const char* name, bool running) {
    return std::string("{\"return\": {\"status\": \"") + name + "\", \"running\": " + (running ? "true" : "false") +
           "}}\r\n";
}

constexpr const char* kMap =
    "FlatView #0\r\n AS \"cpu-smm-0\", root: memory\r\n Root memory region: memory\r\n"
    "  0000000000000000-00000000000bffff (prio 0, ram): m @0000000000001000\r\n"
    "\r\nFlatView #1\r\n AS \"memory\", root: system\r\n AS \"cpu-memory-0\", root: system\r\n"
    " Root memory region: system\r\n"
    "  0000000100000000-00000001bfffffff (prio 0, ram): m @0000000080000000 KVM\r\n"
    "  0000000000000000-000000000009ffff (prio 0, ram): m KVM\r\n"
    "  00000000000a0000-00000000000bffff (prio 1, i/o): vga-lowmem\r\n"
    "  00000000000c0000-000000007fffffff (prio 0, ram): m @00000000000c0000\r\n"
    "  00000000fd000000-00000000fdffffff (prio 1, ram): m2\r\n"
    "  00000000fffc0000-00000000ffffffff (prio 0, rom): m\r\n"
    "\r\nFlatView #2\r\n AS \"I/O\", root: io\r\n  0000000000000000-0000000000000007 (prio 0, ram): m\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(qmp)

BOOST_AUTO_TEST_CASE(events_stand_between_answers) {
    Peer peer(Peer::Answers{{"query-status", {std::string(kEvent) + kEvent + status("paused", false)}}},
              std::string(kEvent) + "\r\n");
    auto early = peer.connect();  // an event before the greeting is no greeting
    BOOST_REQUIRE(!early.ok());
    Peer second(Peer::Answers{{"query-status", {std::string(kEvent) + kEvent + status("paused", false)}}});
    auto connection = second.connect();
    BOOST_REQUIRE(connection.ok());
    const auto answer = connection->command("query-status");
    BOOST_REQUIRE(answer.ok());
    BOOST_TEST(answer->get<std::string>("status") == "paused");
    BOOST_TEST(answer->get<std::string>("running") == "false");
}

BOOST_AUTO_TEST_CASE(a_refusal_is_in_qemus_words) {
    Peer peer(Peer::Answers{{"stop", {"{\"error\": {\"class\": \"GenericError\", \"desc\": \"not now\"}}\r\n"}}});
    auto connection = peer.connect();
    BOOST_REQUIRE(connection.ok());
    const auto answer = connection->command("stop");
    BOOST_REQUIRE(!answer.ok());
    BOOST_TEST((answer.error().code == ErrorCode::Unsupported));
    BOOST_TEST(answer.error().message == "QEMU refuses stop: not now");
}

BOOST_AUTO_TEST_CASE(whatever_the_peer_says_is_one_error) {
    const std::string deep(100000, '[');
    for (const std::string& greeting :
         {std::string("QEMU 7.2.22 monitor - type 'help' for more information\r\n(qemu) \n"), std::string("\xff\xfe\n"),
          std::string("{}\n"), std::string("5\n"), std::string("null\n"), deep + "\n", "{\"QMP\":" + deep + "\n",
          std::string(3 << 20, 'x'), std::string("{\"QMP\": {"), std::string(), std::string(4096, '\0') + "\n",
          "{\"return\":[" + std::string(200000, ',') + "]}\n"}) {
        Peer peer({}, greeting);
        const auto begun = std::chrono::steady_clock::now();
        const auto connection = peer.connect();
        BOOST_TEST(!connection.ok(), greeting.substr(0, 40));
        BOOST_TEST((std::chrono::steady_clock::now() - begun < 5s));
    }
}

BOOST_AUTO_TEST_CASE(neither_silence_nor_chatter_nor_a_hang_up_is_waited_for) {
    std::string chatter;
    for (int i = 0; i < 2000; ++i) chatter += kEvent;
    for (const std::string& answer : {std::string(), std::string(Peer::kHangUp), std::string("{\"ret"), chatter}) {
        Peer peer(Peer::Answers{{"stop", {answer}}});
        auto connection = peer.connect();
        BOOST_REQUIRE(connection.ok());
        const auto stop = connection->command("stop");
        BOOST_REQUIRE(!stop.ok());
        BOOST_TEST((stop.error().code == ErrorCode::Io), stop.error().message);
    }
}

BOOST_AUTO_TEST_CASE(long_work_is_waited_for_while_it_goes_on) {
    Peer peer(Peer::Answers{{"dump-guest-memory", {""}}});
    auto connection = peer.connect();
    BOOST_REQUIRE(connection.ok());
    int looks = 0;
    const auto dumped = connection->command("dump-guest-memory", "", [&]() -> Result<bool> { return ++looks < 5; });
    BOOST_REQUIRE(!dumped.ok());
    BOOST_TEST(looks >= 5);
    const auto given_up = connection->command("dump-guest-memory", "", []() -> Result<bool> {
        return Error{ErrorCode::Corrupt, "too much"};
    });
    BOOST_TEST(given_up.error().message == "dump-guest-memory: too much");
}

BOOST_AUTO_TEST_CASE(the_map_of_the_machine_says_where_a_backend_lies) {
    const auto ranges = ranges_of_backend(kMap, "m");
    BOOST_REQUIRE(ranges.size() == 3);
    BOOST_TEST(ranges[0].start.value == 0);
    BOOST_TEST(ranges[0].size == 0xa0000);
    BOOST_TEST(ranges[1].start.value == 0xc0000);
    BOOST_TEST(ranges[1].offset == 0xc0000);
    BOOST_TEST(ranges[2].start.value == 0x100000000);
    BOOST_TEST(ranges[2].size == 0xc0000000);
    BOOST_TEST(ranges[2].offset == 0x80000000);
    BOOST_TEST(ranges_of_backend(kMap, "other").empty());
    for (const char* text : {"", "FlatView", " AS \"memory\"\n  -", " AS \"memory\"\n  5-3 (prio 0, ram): m",
                             " AS \"memory\"\n  0-ffffffffffffffff (prio 0, ram): m",
                             " AS \"memory\"\n  0-1 (prio 0, ram): m @", " AS \"memory\"\n  0-1 (prio 0, ram): "})
        BOOST_TEST(ranges_of_backend(text, "m").empty(), text);
}

BOOST_AUTO_TEST_CASE(a_memory_file_is_used_only_as_it_is_said_to_be) {
    const TempFolder folder;
    const std::string file = folder.write("ram", std::string(4096, 'm'));
    const auto property = [](const std::string& value) { return "{\"return\": " + value + "}\r\n"; };
    const auto backends = [](int size) {
        return "{\"return\": [{\"id\": \"m\", \"size\": " + std::to_string(size) + "}]}\r\n";
    };
    const auto text = [&](const std::string& value) { return property("\"" + value + "\""); };
    const auto why = [&](const std::string& backend, const std::vector<std::string>& properties = {},
                         const std::string& map = "") {
        Peer peer(
            Peer::Answers{{"query-memdev", {backend}}, {"qom-get", properties}, {"human-monitor-command", {map}}});
        auto connection = peer.connect();
        BOOST_REQUIRE(connection.ok());
        const auto found = find_guest_file(*connection);
        if (found) return std::to_string(found->ranges.size());
        BOOST_TEST((found.error().code == ErrorCode::NotFound));
        return found.error().message;
    };
    const std::string none = "{\"error\": {\"desc\": \"no such property\"}}\r\n", yes = property("true");
    const std::string map =
        text("FlatView #0\\r\\n AS \\\"memory\\\", root: system\\r\\n  0-fff (prio 0, ram): m\\r\\n");
    BOOST_TEST(why(property("[]")) == "it has no memory backend");
    BOOST_TEST(why(property("[{\"id\": \"a\"}, {\"id\": \"b\"}]")) == "it has several memory backends");
    BOOST_TEST(why(backends(4096), {none}) == "it is in no file");
    BOOST_TEST(why(backends(4096), {text(file), property("false")}) == "its file is not shared (share=on)");
    BOOST_TEST(why(backends(4096), {text(file), yes, text("4096")}) == "it begins within its file");
    BOOST_TEST(why(backends(8192), {text(file), yes, none}) == file + " is smaller than the guest's memory");
    BOOST_TEST(why(backends(4096), {text("/nowhere/ram"), yes, none}) ==
               "/nowhere/ram cannot open: No such file or directory");
    BOOST_TEST(why(backends(4096), {text(file), yes, none}, text("")) ==
               "QEMU does not say where its memory file lies in the machine");
    BOOST_TEST(why(backends(2048), {text(file), yes, none}, map) ==
               "QEMU says that more of its memory file lies in the machine than it has");
    BOOST_TEST(why(backends(4096), {text(file), yes, none}, map) == "1");
}

BOOST_AUTO_TEST_CASE(a_guest_that_ran_goes_on_and_no_other) {
    struct Case {
        std::string before, after;
        bool goes_on;
    };
    for (const Case& each : {Case{status("running", true), status("paused", false), true},
                             Case{status("paused", false), status("paused", false), false},
                             Case{status("guest-panicked", false), status("guest-panicked", false), false},
                             Case{status("running", true), status("guest-panicked", false), false}}) {
        Peer peer(Peer::Answers{{"query-status", {each.before, each.after}}});
        auto connection = peer.connect();
        BOOST_REQUIRE(connection.ok());
        auto pause = GuestPause::begin(*connection);
        BOOST_REQUIRE(pause.ok());
        BOOST_TEST((*pause)->stopped() == each.goes_on);
        const auto ended = (*pause)->end();
        BOOST_REQUIRE(ended.ok());
        BOOST_TEST((ended->count() > 0) == each.goes_on);
        const auto asked = peer.asked();
        BOOST_TEST((std::ranges::count(asked, "cont") == (each.goes_on ? 1 : 0)));
    }
}

BOOST_AUTO_TEST_CASE(it_is_said_if_a_guest_may_still_stand) {
    for (const char* answer : {"{\"error\": {\"desc\": \"no\"}, \"id\": \"kstrax-cont\"}\r\n", "", Peer::kHangUp}) {
        Peer peer(
            Peer::Answers{{"query-status", {status("running", true), status("paused", false)}}, {"cont", {answer}}});
        auto connection = peer.connect();
        BOOST_REQUIRE(connection.ok());
        auto pause = GuestPause::begin(*connection);
        BOOST_REQUIRE(pause.ok());
        BOOST_TEST(!(*pause)->end().ok());
        BOOST_TEST((*pause)->end().ok());  // there is no second try
    }
}

BOOST_AUTO_TEST_CASE(it_goes_on_when_its_reader_is_killed) {
    Peer peer(Peer::Answers{{"query-status", {status("running", true), status("paused", false)}}});
    const OwnedDescriptor socket = peer.end();
    const pid_t reader = ::fork();
    if (reader == 0) {
        auto connection = QmpConnection::over(OwnedDescriptor(::dup(socket.get())), kShort);
        if (connection && GuestPause::begin(*connection)) ::raise(SIGKILL);
        ::_exit(1);
    }
    int ended = 0;
    BOOST_REQUIRE(::waitpid(reader, &ended, 0) == reader);
    BOOST_TEST((WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL));
    BOOST_TEST(peer.was_asked("cont"));
}

BOOST_AUTO_TEST_SUITE_END()
