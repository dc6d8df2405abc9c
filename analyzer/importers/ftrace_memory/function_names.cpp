// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/ftrace_memory/function_names.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace kstrax {

void FunctionNames::open() {
    auto modules = read_modules(kernel_.space(), *kernel_.types(), kernel_.find(), kernel_.memory_size());
    if (modules) modules_ = std::move(modules->modules);
    names_.emplace(
        kernel_.reader(), member_, kernel_.find(), [this](VirtAddr code) { return kernel_.symbols()->nearest(code); },
        modules_);
}

std::string FunctionNames::at(VirtAddr code) {
    if (kernel_.symbols() == nullptr || kernel_.types() == nullptr) return {};
    if (!names_) open();
    return before_ ? name_of_then(code) : name_of_now(code);
}

std::string FunctionNames::name_of_now(VirtAddr code) {
    const CodePlace* place = names_->at(code);
    return place != nullptr && !place->name.empty() ? place->text_of_data(code) : std::string();
}

/// The kernel's own code has moved as a whole, a module's with the module: which may not be loaded now.
std::string FunctionNames::name_of_then(VirtAddr code) {
    const VirtAddr moved{code.value + static_cast<std::uint64_t>(before_->text_moved)};
    if (names_->module_at(moved) == nullptr)
        if (std::string own = name_of_now(moved); !own.empty()) return own;
    const auto behind = std::ranges::upper_bound(before_->modules, code.value, {}, &ModuleThen::start);
    if (behind == before_->modules.begin()) return {};
    const ModuleThen& then = *(behind - 1);
    const auto now = std::ranges::find(modules_, then.name, &KernelModule::name);
    if (now == modules_.end() || now->memory.empty()) return {};
    // The kernel has noted where its code began, which is the first of its parts.
    const ModuleRange& text = now->memory.front();
    const std::uint64_t inside = code.value - then.start;
    return inside < text.size ? name_of_now({text.start.value + inside}) : std::string();
}

}  // namespace kstrax
