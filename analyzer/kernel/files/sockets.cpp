// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/files/sockets.hpp"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

enum SocketMember : std::size_t { kSock, kType, kFileOf };
enum SockMember : std::size_t {
    kFamily,
    kState,
    kPort,
    kPeerPort,
    kFour,
    kPeerFour,
    kSix,
    kPeerSix,
    kProtocol,
    kOwner
};
enum UnixMember : std::size_t { kAddress, kPeer };
enum UnixAddressMember : std::size_t { kLength, kName };
enum NetlinkMember : std::size_t { kPortId, kPeerPortId };
enum AllocationMember : std::size_t { kSocketInside, kInodeInside };

constexpr std::size_t kLongestUnixName = 128;  // sizeof(struct sockaddr_un) is 110

/// Source: include/net/tcp_states.h.
constexpr std::array<std::string_view, 13> kStates{"",          "ESTABLISHED", "SYN_SENT",    "SYN_RECV",   "FIN_WAIT1",
                                                   "FIN_WAIT2", "TIME_WAIT",   "CLOSE",       "CLOSE_WAIT", "LAST_ACK",
                                                   "LISTEN",    "CLOSING",     "NEW_SYN_RECV"};

constexpr std::array<std::string_view, 7> kTypes{"", "stream", "dgram", "raw", "rdm", "seqpacket", "dccp"};

enum class Form : std::uint8_t { Unknown, Internet4, Internet6, Unix, Netlink, Stateless };

constexpr std::uint64_t kAny = ~std::uint64_t{0};
/// The first that fits. By family and the protocol's number.
struct ProtocolRow {
    std::uint64_t family;
    std::uint64_t number;
    std::string_view name;
    Form form;
};
constexpr std::array kProtocols{
    ProtocolRow{AF_UNIX, kAny, "unix", Form::Unix},
    ProtocolRow{AF_INET, IPPROTO_TCP, "tcp", Form::Internet4},
    ProtocolRow{AF_INET, IPPROTO_UDP, "udp", Form::Internet4},
    ProtocolRow{AF_INET, IPPROTO_ICMP, "icmp", Form::Internet4},
    ProtocolRow{AF_INET, 132, "sctp", Form::Internet4},
    ProtocolRow{AF_INET, 262, "mptcp", Form::Internet4},
    ProtocolRow{AF_INET, kAny, "ip", Form::Internet4},
    ProtocolRow{AF_INET6, IPPROTO_TCP, "tcp6", Form::Internet6},
    ProtocolRow{AF_INET6, IPPROTO_UDP, "udp6", Form::Internet6},
    ProtocolRow{AF_INET6, IPPROTO_ICMPV6, "icmp6", Form::Internet6},
    ProtocolRow{AF_INET6, 132, "sctp6", Form::Internet6},
    ProtocolRow{AF_INET6, 262, "mptcp6", Form::Internet6},
    ProtocolRow{AF_INET6, kAny, "ip6", Form::Internet6},
    ProtocolRow{AF_NETLINK, kAny, "netlink", Form::Netlink},
    ProtocolRow{AF_PACKET, kAny, "packet", Form::Stateless},
    ProtocolRow{AF_VSOCK, kAny, "vsock", Form::Stateless},
    ProtocolRow{AF_ALG, kAny, "alg", Form::Stateless},
    ProtocolRow{AF_CAN, kAny, "can", Form::Stateless},
    ProtocolRow{AF_BLUETOOTH, kAny, "bluetooth", Form::Stateless},
    ProtocolRow{AF_XDP, kAny, "xdp", Form::Stateless},
};

std::uint16_t host_order(std::uint64_t port) { return ntohs(static_cast<std::uint16_t>(port)); }

template <int Family>
std::string end_text(Bytes address, std::uint64_t port) {
    constexpr std::size_t kSize = Family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.size() < kSize || inet_ntop(Family, address.data(), text.data(), text.size()) == nullptr) return {};
    if constexpr (Family == AF_INET) return fmt::format("{}:{}", text.data(), port);
    else return fmt::format("[{}]:{}", text.data(), port);
}

}  // namespace

std::string_view socket_type_name(std::uint64_t type) {
    if (type == SOCK_PACKET) return "packet";
    return type < kTypes.size() ? kTypes[static_cast<std::size_t>(type)] : std::string_view();
}

KernelSockets::KernelSockets(const KernelReader& memory, const FindMember& member)
    : memory_(memory),
      socket_(member, "socket", {"sk", "type", "file"}, memory.word_size()),
      sock_(member, "sock",
            {"__sk_common.skc_family", "__sk_common.skc_state", "__sk_common.skc_num", "__sk_common.skc_dport",
             "__sk_common.skc_rcv_saddr", "__sk_common.skc_daddr", "__sk_common.skc_v6_rcv_saddr",
             "__sk_common.skc_v6_daddr", "sk_protocol", "sk_socket"},
            memory.word_size()),
      unix_(member, "unix_sock", {"addr", "peer"}, memory.word_size()),
      unix_address_(member, "unix_address", {"len", "name"}, memory.word_size()),
      netlink_(member, "netlink_sock", {"portid", "dst_portid"}, memory.word_size()),
      allocation_(member, "socket_alloc", {"socket", "vfs_inode"}, memory.word_size()),
      inode_(member, "inode", {"i_ino"}, memory.word_size()) {}

std::optional<SocketEnds> KernelSockets::of(std::uint64_t socket) {
    if (!socket_.knows(kSock) || !sock_.knows(kFamily) || !socket_.read(memory_, socket)) return std::nullopt;
    SocketEnds ends;
    ends.type = socket_[kType];
    ends.address = socket_[kSock];
    if (!sock_.read(memory_, ends.address)) return std::nullopt;
    ends.family = sock_[kFamily];
    ends.number = sock_[kProtocol];
    const auto row = std::ranges::find_if(kProtocols, [&](const ProtocolRow& one) {
        return one.family == ends.family && (one.number == kAny || one.number == ends.number);
    });
    if (row == kProtocols.end()) return ends;
    ends.protocol = row->name;
    if (row->form == Form::Internet4 || row->form == Form::Internet6) internet(ends, row->form == Form::Internet6);
    if (row->form == Form::Unix) local(ends);
    if (row->form == Form::Netlink) netlink(ends);
    return ends;
}

void KernelSockets::internet(SocketEnds& ends, bool six) {
    const auto state = static_cast<std::size_t>(sock_[kState]);
    if (state < kStates.size()) ends.state = kStates[state];
    const std::uint64_t peer_port = host_order(sock_[kPeerPort]);
    ends.local =
        six ? end_text<AF_INET6>(sock_.bytes(kSix), sock_[kPort]) : end_text<AF_INET>(sock_.bytes(kFour), sock_[kPort]);
    const Bytes peer = sock_.bytes(six ? kPeerSix : kPeerFour);
    const bool none = peer_port == 0 && std::ranges::all_of(peer, [](std::byte byte) { return byte == std::byte{0}; });
    if (!none) ends.peer = six ? end_text<AF_INET6>(peer, peer_port) : end_text<AF_INET>(peer, peer_port);
}

/// As /proc/net/unix has it.
std::string KernelSockets::unix_name(std::uint64_t sock) {
    constexpr std::uint64_t kFamilySize = 2;  // before the path
    if (!unix_.read(memory_, sock) || unix_[kAddress] == 0) return {};
    const std::uint64_t address = unix_[kAddress];
    if (!unix_address_.knows_all() || !unix_address_.read(memory_, address)) return {};
    const std::uint64_t length = unix_address_[kLength] & 0xffffffff;
    if (length <= kFamilySize || length > kLongestUnixName) return {};
    std::string name(static_cast<std::size_t>(length - kFamilySize), '\0');
    const std::uint64_t at = address + *unix_address_.offset(kName) + kFamilySize;
    if (!memory_.read(at, std::as_writable_bytes(std::span(name)))) return {};
    if (name[0] != '\0') name.pop_back();  // its NUL
    else std::ranges::replace(name, '\0', '@');
    return name;
}

std::uint64_t KernelSockets::inode_of(std::uint64_t socket) {
    if (socket == 0 || !allocation_.knows_all()) return 0;
    const std::uint64_t inode = socket - *allocation_.offset(kSocketInside) + *allocation_.offset(kInodeInside);
    return inode_.read(memory_, inode) ? inode_[0] : 0;
}

void KernelSockets::local(SocketEnds& ends) {
    const auto state = static_cast<std::size_t>(sock_[kState]);
    if (state < kStates.size()) ends.state = kStates[state];
    ends.local = unix_name(ends.address);
    if (!unix_.read(memory_, ends.address)) return;
    const std::uint64_t peer = unix_[kPeer];
    if (peer == 0 || !sock_.read(memory_, peer)) return;
    const std::uint64_t owner = sock_[kOwner];
    ends.peer_inode = inode_of(owner);
    ends.peer = unix_name(peer);
    if (owner != 0 && socket_.read(memory_, owner)) ends.peer_file = socket_[kFileOf];
}

void KernelSockets::netlink(SocketEnds& ends) {
    if (!netlink_.knows_all() || !netlink_.read(memory_, ends.address)) return;
    ends.local = fmt::format("{}", netlink_[kPortId]);
    if (netlink_[kPeerPortId] != 0) ends.peer = fmt::format("{}", netlink_[kPeerPortId]);
}

}  // namespace kstrax
