// SPDX-License-Identifier: GPL-2.0-or-later
// What an importer is: the code that makes recordings from one kind of input. Each has a folder of
// its own here, and a row in a table of analyzer/session/.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/memory/memory_source.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

class Debugger;
class KernelSpace;
struct Anchor;
struct FindOptions;
struct Located;

/// Says something that is worth a word and no trouble.
using Tell = std::function<void(const std::string& note)>;
/// Of one step on the way to a recording: how long it took, and what came of it.
using TellStep = std::function<void(std::string_view step, std::optional<double> milliseconds, std::string_view said)>;

/// What the user named. It must outlive what was found in it.
struct ImportInput {
    std::vector<std::string> names;
    bool files_first = false;  ///< where a name is also that of a memory image, it is not meant as one

    /// The names are those of a memory image, which has been opened. Null: no importer has been asked yet,
    /// or they are the names of no such image.
    const MemorySource* memory = nullptr;
    const MemorySource* ahead = nullptr;  ///< the same, for a search; may be `memory`
    std::string name;                     ///< of the image, in messages
    const FindOptions* find = nullptr;    ///< how the user wants recordings in it to be found
    const Debugger* debugger = nullptr;   ///< that has the image open; null: we do
    TellStep tell_step;                   ///< of what was tried; empty: nobody wants to know
};

/// Another recording in the same input.
struct OtherRecording {
    std::string id;                     ///< of --instance
    std::optional<std::int64_t> begun;  ///< ns since 1970 (UTC)
};

/// A recording, and what it depends on but its session.
struct OpenedRecording {
    Recording recording = {};
    std::vector<OtherRecording> others = {};  ///< that could have been meant: nobody said which
    const Anchor* anchor = nullptr;           ///< in memory, that led to it; null: none did
    bool of_kernel = false;                   ///< the kernel in memory made it itself, up to its end
    bool boot_before = false;                 ///< an earlier boot made it: whatever memory says else is not of it
    const KernelSpace* space = nullptr;       ///< that it was found through, if their place is virtual
    std::shared_ptr<const void> parts = {};   ///< kept for the recording's sake
};

/// What an importer found in an input.
class Import {
  public:
    virtual ~Import() = default;
    /// Opens the recording that is wanted, any number of times. `through`: a source over the memory, to
    /// read it by; it must outlive the recording. Errors begin with the input's name.
    [[nodiscard]] virtual Result<OpenedRecording> open(const MemorySource* through) = 0;
    /// What to call the input; empty: as the user did.
    [[nodiscard]] virtual std::string name() const { return {}; }
    /// What was found in memory when it was looked for, once; null: nobody looks there.
    [[nodiscard]] virtual const Located* located() { return nullptr; }
    /// The anchor of the recording that is wanted. Precondition: located().
    [[nodiscard]] virtual Result<const Anchor*> choose_anchor() { return nullptr; }
    /// Files that the recording is read from, beside the memory image: never to be replaced by an output.
    [[nodiscard]] virtual std::span<const FileIdentity> files() const { return {}; }
};

struct Importer {
    std::string_view name;
    std::string_view format;     ///< what it reads, in messages; empty: memory images, which have names of their own
    bool has_instances = false;  ///< in files: --instance names one
    /// Is the input of this kind? Everybody is asked before the names are opened as a memory image, and again then.
    bool (*sniff)(const ImportInput& input);
    /// Precondition: sniff() said so.
    Result<std::unique_ptr<Import>> (*find)(const ImportInput& input);
};

}  // namespace kstrax
