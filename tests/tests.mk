# Tests that need no virtual machine; included from the Makefile.
.PHONY: unit-asan unit-tsan golden cli-check formats-check corrupt

# The macros of Boost.Test 1.80 and newer convert within themselves, which g++ 14 and newer warn of at each use.
NEW_BOOST_TEST := $(shell grep -sE '^.define BOOST_VERSION 10[89]' /usr/include/boost/version.hpp)
$(call objects,$(wildcard tests/unit/*.cpp tests/unit/*/*.cpp)): override CXXFLAGS += $(if $(NEW_BOOST_TEST),-Wno-conversion)

SUPPORT_SRCS := $(wildcard tests/support/*.cpp tests/support/*/*.cpp)

# A memory image from a script, for tests in shell.
$(BUILD)/tests/make-dump: $(call objects,tests/tools/make_dump.cpp $(SUPPORT_SRCS)) $(LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ -lbpf $(LIBS)

# What somebody would try who has taken over a program, for tests/cli/inputs/sandbox_test.sh.
$(BUILD)/tests/exploit.so: tests/tools/exploit.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) -O1 -std=gnu11 -fPIC -shared -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror) -o $@ $<

# The symbols that a dumped kernel carries, its tasks, their stacks and files, for the tests on real ones.
$(DUMP_TOOLS): $(BUILD)/tests/%: $(BUILD)/obj/tests/tools/%.o $(LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# Our readers beside libkdumpfile.
$(BUILD)/tests/compare-readers: $(call objects,tests/tools/compare_readers.cpp) $(LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# The same tests, watched by the compiler's sanitizers. A test of what is refused asks for absurd sizes of memory.
# Beside sanitizers the compiler sees faults in the standard library's <regex>, which it warns of no otherwise.
UNIT_ASAN := $(BUILD)/asan/tests/unit
ASAN_CXXFLAGS := -Og -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -Wno-maybe-uninitialized
# Beside that, our own code counts which of its lines run. A count that another thread overwrites is no harm: g++ makes each
# one atomic beside -pthread otherwise, which takes four times as long.
ifeq ($(notdir $(BUILD)),asan)
$(LIB_OBJECTS) $(call objects,$(wildcard analyzer/command/*.cpp)): override CXXFLAGS += --coverage -fprofile-update=single -DKSTRAX_COVERAGE
override LDFLAGS += --coverage
# It is the library that is watched for both; the tests' own code for addresses alone, which halves the time to compile it.
$(UNIT_OBJECTS) $(UNIT_HEADERS).gch: override CXXFLAGS += -O0 -fno-sanitize=undefined
endif
# All that runs under them: the inputs of the fuzz targets and the programs, too.
SANITIZED := $(addprefix $(BUILD)/asan/,tests/unit tests/fuzz-replay tests/make-dump tests/fake-crash $(COMMANDS:%=bin/%))
.PHONY: sanitized coverage
sanitized:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan TOGETHER=yes CXXFLAGS="$(ASAN_CXXFLAGS)" $(SANITIZED)
# How much of our code all these have run since the counts were deleted; `make check` deletes them, and runs all.
coverage:
	@python3 -B tests/coverage/coverage.py $(BUILD)

.PHONY: $(UNIT_ASAN)
$(UNIT_ASAN):
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan TOGETHER=yes $(BUILD)/asan/tests/unit \
		CXXFLAGS="$(ASAN_CXXFLAGS)"
unit-asan: $(UNIT_ASAN)
	ASAN_OPTIONS=allocator_may_return_null=1 $(UNIT_ASAN)

# Several cursors over one track, watched by the thread sanitizer. What their threads run through is made for it; the
# rest is linked as it is, behind, so that an inline function is taken from what is watched.
UNIT_TSAN := $(BUILD)/tsan/tests/cursors
TSAN_SRCS := tests/unit/main.cpp tests/unit/trace/cursor_test.cpp analyzer/trace/record_reader.cpp formats/layout.cpp \
	$(wildcard $(addsuffix /*.cpp,$(addprefix analyzer/,base memory memory/ranges memory/kdump importers/kstrax_files \
	importers/kstrax_memory/rings)))
.PHONY: $(UNIT_TSAN)
$(UNIT_TSAN): $(call objects,$(SUPPORT_SRCS)) $(LIB)
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan CXXFLAGS="-O1 -g1 -fsanitize=thread" $(TSAN_SRCS:%.cpp=$(BUILD)/tsan/obj/%.o)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) -fsanitize=thread -pthread $(LDFLAGS) -o $@ $(TSAN_SRCS:%.cpp=$(BUILD)/tsan/obj/%.o) $^ \
		-lboost_unit_test_framework -lseccomp -lbpf $(LIBS)
unit-tsan: $(UNIT_TSAN)
	$(UNIT_TSAN)

# The unit tests and the commands for arm64, built on another machine with what tests/vm/make/foreign_root.py unpacks and with
# the rest of Debian's gcc-aarch64-linux-gnu; they run by qemu-user. The library is optimised, as users have it; the tests are
# not, which halves the time to compile them.
ARM64_ROOT = $(abspath $(BUILD))/arm64/root
ARM64_CXX = $(ARM64_ROOT)/usr/bin/aarch64-linux-gnu-g++-12 $(addprefix -B/usr/,lib/gcc-cross/aarch64-linux-gnu/12 aarch64-linux-gnu/bin) \
	--sysroot=$(ARM64_ROOT) -L$(ARM64_ROOT)/usr/lib/gcc/aarch64-linux-gnu/12 \
	-nostdinc++ $(addprefix -isystem $(ARM64_ROOT)/usr/include/,c++/12 aarch64-linux-gnu/c++/12)
ifeq ($(notdir $(BUILD)),arm64)
$(UNIT_OBJECTS) $(UNIT_HEADERS).gch: override CXXFLAGS += -O0 -U_FORTIFY_SOURCE
endif
ARM64_RUN := qemu-aarch64 -L $(BUILD)/arm64/root
ARM64_MAKE = $(MAKE) --no-print-directory BUILD=$(BUILD)/arm64 TOGETHER=yes CXX="$(ARM64_CXX)" AR=aarch64-linux-gnu-ar \
	CXXFLAGS="-O1 -Wno-maybe-uninitialized"
.PHONY: arm64-root arm64-commands unit-arm64 reports-arm64
arm64-root:
	$(VM_PYTHON) tests/vm/make/foreign_root.py arm64
arm64-commands: arm64-root
	@$(ARM64_MAKE) $(COMMANDS:%=$(BUILD)/arm64/bin/%)
unit-arm64: arm64-root
	@$(ARM64_MAKE) $(BUILD)/arm64/tests/unit
	$(ARM64_RUN) $(BUILD)/arm64/tests/unit --report_level=short
reports-arm64: arm64-commands $(COMMANDS:%=$(BUILD)/bin/%)
	sh tests/hosts/same_reports.sh $(BUILD) $(BUILD)/arm64 $(ARM64_RUN)

# Writes the expected reports anew: look at the difference before you commit it.
golden: $(BUILD)/tests/unit
	KSTRAX_GOLDEN=write $(BUILD)/tests/unit --run_test=golden

cli-check: all $(BUILD)/tests/make-dump $(BUILD)/tests/exploit.so
	@for script in $$(find tests/cli -name "*_test.sh" | sort); do sh $$script $(BUILD) || exit 1; done

# Damages with names, done to dumps and buffer files of all kinds: for the night; `make check` runs a tenth. See docs/trust.md.
corrupt: all $(BUILD)/tests/make-dump
	python3 -B tests/corrupt/judge_test.py
	python3 -B tests/corrupt/corrupt.py $(BUILD) --files=5300

# `make demo` and `make check` on fresh machines of these releases of Debian, as root; the first also has the virtual machines.
.PHONY: check-hosts
HOSTS ?= bookworm trixie sid
check-hosts:
	@sh tests/install-packages.sh debootstrap git
	@sh tests/hosts/check_hosts.sh $(BUILD) $(HOSTS)

# One panic in every format (after: make crash-dumps CRASH_DUMPS=formats); the table of docs/tested.md.
formats-check: all $(BUILD)/tests/compare-readers
	$(VM_PYTHON) tests/formats/check_formats.py $(if $(wildcard $(BUILD)/vmcore/vmlinux),--vmlinux $(BUILD)/vmcore/vmlinux)
	$(VM_PYTHON) tests/formats/large.py
	$(BUILD)/tests/compare-readers $(addprefix $(BUILD)/crash-dumps/formats/,zlib zlib-0 lzo zstd plain elf-31)

-include $(BUILD)/obj/tests/tools/make_dump.d $(BUILD)/obj/tests/tools/kallsyms.d $(BUILD)/obj/tests/tools/tasks.d $(BUILD)/obj/tests/tools/files.d $(BUILD)/obj/tests/tools/compare_readers.d
