// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of a trace.dat file that say what is in its rings. They are the same in versions 6 and 7, and lie elsewhere.
#pragma once

#include "analyzer/importers/trace_dat/file_cursor.hpp"
#include "analyzer/importers/trace_dat/trace_file.hpp"

namespace kstrax {

/// Numbers of options, and of the sections that they name.
enum class TraceOption : std::uint16_t {
    Done = 0,
    CpuStatistics = 2,
    Buffer = 3,
    Clock = 4,
    Uname = 5,
    Offset = 7,
    CpuCount = 8,
    TscToNanoseconds = 14,
    HeaderInfo = 16,
    FtraceFormats = 17,
    EventFormats = 18,
    Kallsyms = 19,
    Printk = 20,
    CommandLines = 21,
    BufferText = 22,
};

/// How pages and events are made. False: the cursor is not at such a part.
bool read_header_info(FileCursor& cursor, TraceFile& file);
/// Types of events. What cannot be read of them stays away.
void read_ftrace_formats(FileCursor& cursor, TraceFile& file);
void read_event_formats(FileCursor& cursor, TraceFile& file);
/// Whose symbols these are, behind their size of 4 bytes. `symbols`: where to put them; null: nowhere.
void read_kallsyms(FileCursor& cursor, TraceFile& file, std::string* symbols);
/// printk_formats, behind their size of 4 bytes.
void pass_printk_formats(FileCursor& cursor);
/// A line of each thread that the kernel still knew by name, behind their size of 8 bytes.
void read_commands(FileCursor& cursor, TraceFile& file);

/// An option that says something of all rings.
void read_option(TraceOption option, Bytes data, TraceFile& file);

}  // namespace kstrax
