// SPDX-License-Identifier: GPL-2.0-or-later
// From what the user named to an opened recording, the same way for every command: a memory image, buffer
// files, the running machine, or memory that a debugger has open.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/importers/kstrax_memory/importer.hpp"
#include "analyzer/memory/memory_source.hpp"
#include "analyzer/memory/open/open_memory.hpp"
#include "analyzer/memory/qmp/guest_reading.hpp"
#include "analyzer/session/dump_tasks.hpp"

namespace kstrax {

struct SessionRequest {
    std::vector<std::string> names;  ///< an image's files, or one NAME of buffer files
    FindOptions find;
    bool running = false;                     ///< the image is the memory of a machine that runs
    GuestReading guest = GuestReading::None;  ///< the name is a QMP socket, and how its guest is read
    bool buffer_files_first = false;          ///< a NAME of buffer files is one even if a file NAME is there
    bool verbose = false;                     ///< tell which ways were tried, and what came of each
    Tell tell;
};

/// Memory that a debugger has open; all but `find` must outlive the session.
struct Attached {
    const Debugger& debugger;
    const MemorySource& memory;
    std::string name;                  ///< what the debugger calls it
    std::optional<FileIdentity> file;  ///< that it lies in
    const TaskNotes* tasks = nullptr;  ///< null: the debugger knows none
    const CancelFlag* cancel = nullptr;
    FindOptions find;
    Tell tell;
};

/// What is known of the machine's tasks; null, and why, where nothing is.
struct KnownTasks {
    const TaskNotes* notes = nullptr;
    const DumpTasks* of_dump = nullptr;  ///< the same, if the dumped kernel told of them
    std::string missing;                 ///< why there are none
    Findings findings;                   ///< of what the dumped kernel told, or could not tell
    double milliseconds = 0;             ///< to read them
};

class Session {
  public:
    /// open_files() and read(). Errors begin with the input's name.
    [[nodiscard]] static Result<std::unique_ptr<Session>> open(SessionRequest request);
    /// Opens all files that it will need, and looks at nothing in them but the first bytes. Of a machine that runs, and of a
    /// guest, also asks the kernel or QEMU where memory lies.
    [[nodiscard]] static Result<std::unique_ptr<Session>> open_files(SessionRequest request);
    /// Begins to look at what they hold, once, before anything else is asked for.
    [[nodiscard]] Result<void> read();
    /// It will start processes that read a dump in its place.
    [[nodiscard]] bool starts_readers() const { return starts_readers_; }
    [[nodiscard]] static Result<std::unique_ptr<Session>> attach(Attached attached);

    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// What the user called it; of buffer files, the NAME without a number.
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::string_view format() const { return memory_ != nullptr ? memory_->format() : importer_->format; }
    /// Never to be replaced by an output.
    [[nodiscard]] std::span<const FileIdentity> files() const { return files_; }
    /// Null: files of another kind.
    [[nodiscard]] const MemorySource* memory() const { return memory_; }
    /// The machine goes on.
    [[nodiscard]] bool live() const { return memory_ != nullptr && memory_->live(); }
    [[nodiscard]] const CancelFlag* cancel() const { return cancel_; }

    /// A guest that stands for being read; nothing is read of it after go_on().
    [[nodiscard]] bool holds_guest() const { return guest_ != nullptr && guest_->stands(); }
    /// Lets it go on, and tells how long it stood; fails if it does not.
    [[nodiscard]] Result<void> go_on() { return guest_ != nullptr ? guest_->go_on() : Result<void>(); }

    /// What was found in memory when it was looked for, once.
    [[nodiscard]] const Located& located();
    /// The anchor of the recording that is wanted.
    [[nodiscard]] Result<const Anchor*> choose_anchor();

    /// Opens the recording that is wanted; tells of others the first time. `through`: a source over the
    /// memory, to read it by; it must outlive the recording.
    [[nodiscard]] Result<OpenedRecording> open_recording(const MemorySource* through = nullptr);

    /// The same of the kernel's own recording where it leads to one, without a search for older ones.
    [[nodiscard]] Result<OpenedRecording> open_own_recording();

    /// The kernel that memory is of, opened once; a running machine's anew after tasks() was asked.
    [[nodiscard]] Result<DumpedKernel*> kernel();

    /// The kernel lists its modules, and the recorder's is none of them: it has no recording of its own.
    [[nodiscard]] bool lacks_recorder();

    /// What is known of the machine's tasks, read once.
    [[nodiscard]] const KnownTasks& tasks(const BesideTasks& beside);

  private:
    Session() = default;
    [[nodiscard]] Result<void> open_memory_files();
    [[nodiscard]] Result<void> open_memory_of_files();
    [[nodiscard]] Result<void> take_memory(Result<OpenedMemory> opened);
    [[nodiscard]] Result<void> find_in_files();
    [[nodiscard]] Result<void> find_in_memory();
    [[nodiscard]] Result<KernelSpace> kernel_space();
    [[nodiscard]] std::optional<OpenedRecording> open_traced(const MemorySource* through);
    [[nodiscard]] const MemorySource& memory_of_kernel() const { return kernel_memory_ ? *kernel_memory_ : *memory_; }
    void forget_kernel();
    void tell_others(std::span<const OtherRecording> others);
    void tell(const std::string& note) const {
        if (tell_) tell_(note);
    }
    void tell_step(std::string_view step, std::optional<double> milliseconds, std::string_view said) const;
    void tell_story(const Located& found) const;

    SessionRequest request_;
    std::vector<InputFile> inputs_;  // of a memory image, until it is read
    bool starts_readers_ = false;
    std::string name_;
    std::vector<FileIdentity> files_;
    ImportInput input_;
    const Importer* importer_ = nullptr;
    std::unique_ptr<Import> import_;
    std::unique_ptr<Import> traced_;    // the kernel's own tracing, where there is no recorder
    const Located* located_ = nullptr;  // null: it was not looked for yet
    FindOptions find_;
    Tell tell_;
    bool verbose_ = false;
    bool told_story_ = false;
    bool told_others_ = false;
    bool told_traced_ = false;

    std::unique_ptr<RunningGuest> guest_;
    std::unique_ptr<MemorySource> owned_;
    const MemorySource* memory_ = nullptr;  // null: files of another kind
    std::unique_ptr<MemorySource> ahead_;   // over memory_, where each read leaves a trace
    std::string own_calls_;                 // of a running kernel: why ours are recorded, or that they are not
    double open_milliseconds_ = 0;

    const Debugger* debugger_ = nullptr;
    const CancelFlag* cancel_ = nullptr;
    std::unique_ptr<MemorySource> kernel_memory_;  // over memory_, where the kernel is not to be read from that itself
    std::unique_ptr<DumpedKernel> kernel_;
    std::optional<Error> no_kernel_;  // why there is none
    std::optional<DumpTasks> dump_tasks_;
    std::optional<KnownTasks> tasks_;
    BesideTasks beside_tasks_;  // what tasks_ were read for
    const TaskNotes* debuggers_tasks_ = nullptr;
};

}  // namespace kstrax
