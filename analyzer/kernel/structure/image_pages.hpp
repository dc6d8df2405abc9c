// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's image, for whoever looks there for what no symbol names.
#pragma once

#include <functional>

#include "analyzer/address/kernel_space.hpp"

namespace kstrax {

/// So many bytes of a page are shown with the next one, too: nothing that is looked for is longer.
constexpr std::size_t kPageOverlap = 64;

/// Shows the image from _stext on, `size` bytes of it, page by page, each behind the end of the one before: `at` is the
/// address of the first byte. What is not there reads as zeros. Shows nothing where VMCOREINFO has no _stext.
void each_image_page(KernelSpace& space, std::uint64_t size,
                     const std::function<void(std::uint64_t at, Bytes bytes)>& visit);

}  // namespace kstrax
