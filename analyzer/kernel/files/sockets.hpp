// SPDX-License-Identifier: GPL-2.0-or-later
// The two ends of a socket of the dumped kernel.
#pragma once

#include <string>

#include "analyzer/kernel/files/kernel_struct.hpp"

namespace kstrax {

struct SocketEnds {
    std::string_view protocol;  ///< "tcp", "tcp6", "udp", "unix", "netlink", …; empty: one of no name here
    std::uint64_t family = 0;   ///< AF_…
    std::uint64_t type = 0;     ///< SOCK_…
    std::uint64_t number = 0;   ///< of the protocol
    std::string_view state;     ///< "LISTEN", "ESTABLISHED", …; empty where the family has none
    /// "127.0.0.1:80", "[::1]:80", a path, "@abstract" (NUL as '@', as in /proc/net/unix), a port; empty where
    /// it has none. Bytes from the dump: anything.
    std::string local;
    std::string peer;
    std::uint64_t peer_inode = 0;  ///< of a unix socket's peer; 0: none, or it was not accepted yet
    std::uint64_t peer_file = 0;   ///< the struct file of that; 0 likewise
    std::uint64_t address = 0;     ///< of its struct sock

    [[nodiscard]] bool listening() const { return state == "LISTEN"; }
};

/// "stream", "dgram", "raw", "seqpacket", …
[[nodiscard]] std::string_view socket_type_name(std::uint64_t type);

class KernelSockets {
  public:
    KernelSockets(const KernelReader& memory, const FindMember& member);

    /// `socket`: of a struct socket, a file's private_data. None where it is not there.
    [[nodiscard]] std::optional<SocketEnds> of(std::uint64_t socket);

  private:
    void internet(SocketEnds& ends, bool six);
    void local(SocketEnds& ends);
    void netlink(SocketEnds& ends);
    [[nodiscard]] std::string unix_name(std::uint64_t sock);
    [[nodiscard]] std::uint64_t inode_of(std::uint64_t socket);

    KernelReader memory_;
    KernelStruct socket_, sock_, unix_, unix_address_, netlink_, allocation_, inode_;
};

}  // namespace kstrax
