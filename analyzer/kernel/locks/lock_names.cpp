// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/locks/lock_names.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace kstrax {

namespace {

enum : std::size_t { kList, kLocks, kFrozen, kId, kType };
constexpr std::size_t kMostFileSystems = 1 << 16;
constexpr std::size_t kLongestName = 64;

}  // namespace

LockNames::LockNames(const KernelReader& memory, const FindMember& member, const FindSymbol& find, CodeNames& names)
    : memory_(memory),
      names_(&names),
      list_(find("super_blocks")),
      super_block_(member, "super_block", {"s_list", "s_writers.rw_sem", "s_writers.frozen", "s_id", "s_type"},
                   memory.word_size()),
      type_(member, "file_system_type", {"name"}, memory.word_size()) {
    if (const auto locks = member("super_block", "s_writers.rw_sem")) locks_size_ = locks->size;
}

void LockNames::list_file_systems() {
    if (std::exchange(listed_, true) || !list_ || !super_block_.knows_all() || !type_.knows_all()) return;
    auto node = memory_.pointer(list_->value);
    while (node && *node != list_->value && file_systems_.size() < kMostFileSystems) {
        const std::uint64_t at = *node - *super_block_.offset(kList);
        if (!super_block_.read(memory_, at)) return;
        std::string name(bounded_text(as_text(super_block_.bytes(kId))));
        if (type_.read(memory_, super_block_[kType]))
            if (const auto type = kernel_text(memory_, type_[0], kLongestName); type && *type != name)
                name = name.empty() ? *type : fmt::format("{} on {}", *type, name);
        file_systems_.push_back(
            {at + *super_block_.offset(kLocks), std::move(name), VirtAddr{super_block_[kFrozen] != 0 ? at : 0}});
        node = super_block_[kList];
    }
}

void LockNames::add_to(LockWait& wait) {
    if (wait.lock.value == 0) return;
    if (wait.kind == LockKind::PercpuRwsem) {
        list_file_systems();
        const auto of = std::ranges::find_if(
            file_systems_, [&](const FileSystem& one) { return wait.lock.value - one.locks < locks_size_; });
        if (of != file_systems_.end()) {
            wait.name = of->name;
            wait.frozen = of->frozen;
            return;
        }
    }
    if (const auto place = names_->data_at(wait.lock); place && !place->name.empty())
        wait.name = place->text_of_data(wait.lock);
}

}  // namespace kstrax
