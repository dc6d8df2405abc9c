// SPDX-License-Identifier: GPL-2.0-or-later
// libfmt for a static program: Debian has its sources as headers, but no archive of it.
#include <fmt/format-inl.h>

// The library's templates that its headers declare and only the library has.
template char fmt::detail::decimal_point_impl(locale_ref);
template fmt::detail::thousands_sep_result<char> fmt::detail::thousands_sep_impl(locale_ref);
#if FMT_VERSION >= 100000 && FMT_VERSION < 110000
template void fmt::detail::vformat_to(buffer<char>&, string_view, vformat_args<char>::type, locale_ref);
#endif
