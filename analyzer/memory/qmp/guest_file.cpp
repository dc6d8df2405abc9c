// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/qmp/guest_file.hpp"

#include <fmt/core.h>
#include <sys/socket.h>

#include <algorithm>

namespace kstrax {

namespace {

Error no_file(std::string why) { return {ErrorCode::NotFound, std::move(why)}; }

/// A property of an object, as text; empty where it has none.
Result<std::string> property(QmpConnection& connection, const std::string& object, const char* name) {
    const auto value = connection.command(
        "qom-get", fmt::format(R"({{"path":{},"property":"{}"}})", json_quoted("/objects/" + object), name));
    if (value) return value->data();
    if (value.error().code == ErrorCode::Unsupported) return std::string();
    return value.error();
}

/// Its path as we can open it: QEMU may have been started elsewhere.
std::string path_of(const QmpConnection& connection, const std::string& path) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (path.starts_with('/') || ::getsockopt(connection.socket(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return path;
    return fmt::format("/proc/{}/cwd/{}", peer.pid, path);
}

struct Backend {
    std::string id;
    std::uint64_t size = 0;
};

Result<Backend> only_backend(QmpConnection& connection) {
    const auto all = connection.command("query-memdev");
    if (!all) return all.error();
    if (all->size() != 1) return no_file(all->empty() ? "it has no memory backend" : "it has several memory backends");
    const JsonTree& one = all->front().second;
    Backend backend{one.get<std::string>("id", ""), one.get<std::uint64_t>("size", 0)};
    if (backend.id.empty() || backend.size == 0) return no_file("its memory backend has no name");
    return backend;
}

/// Of memory that lies in the file; ranges that do not are no file's of this guest.
Result<std::vector<GuestRange>> ranges_in(QmpConnection& connection, const Backend& backend) {
    const auto map = connection.command("human-monitor-command", R"({"command-line":"info mtree -f"})");
    if (!map) return map.error();
    auto ranges = ranges_of_backend(map->data(), backend.id);
    if (ranges.empty()) return no_file("QEMU does not say where its memory file lies in the machine");
    for (const GuestRange& range : ranges)
        if (range.offset > backend.size || range.size > backend.size - range.offset)
            return no_file("QEMU says that more of its memory file lies in the machine than it has");
    return ranges;
}

}  // namespace

Result<GuestFile> find_guest_file(QmpConnection& connection) {
    const auto backend = only_backend(connection);
    if (!backend) return backend.error();
    const auto path = property(connection, backend->id, "mem-path");
    if (!path) return path.error();
    if (path->empty()) return no_file("it is in no file");
    const auto share = property(connection, backend->id, "share");
    if (!share) return share.error();
    if (*share != "true") return no_file("its file is not shared (share=on)");
    // In newer QEMUs, it need not begin where the file does.
    const auto offset = property(connection, backend->id, "offset");
    if (!offset) return offset.error();
    if (!offset->empty() && *offset != "0") return no_file("it begins within its file");
    auto file = MappedFile::open(path_of(connection, *path));
    if (!file) return no_file(fmt::format("{} {}", *path, file.error().message));
    if ((*file)->bytes().size() < backend->size) return no_file(*path + " is smaller than the guest's memory");
    auto ranges = ranges_in(connection, *backend);
    if (!ranges) return ranges.error();
    return GuestFile{std::move(*file), std::move(*ranges)};
}

}  // namespace kstrax
