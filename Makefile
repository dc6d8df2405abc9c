# kstrax: see README.md. Everything that is built lands in build/.
MAKEFLAGS += --no-builtin-rules
# The commands, and the modules where this machine can build them.
.DEFAULT_GOAL := default
.DELETE_ON_ERROR:

VERSION := 2.1.0
CXX ?= g++
CXXFLAGS ?= -O2 -g
# WERROR=1 makes them errors, for whoever changes the code; a newer compiler's warning does not keep a user from building.
WARNINGS := -Wall -Wextra -Wpedantic $(if $(filter 1,$(WERROR)),-Werror) -Wshadow -Wconversion -Wno-sign-conversion -Wold-style-cast -Wswitch-enum -Wnon-virtual-dtor
# Headers that are compiled once, below. In their code g++ 12 then finds faults that are none, and no longer hides them.
PRECOMPILE := yes
WARNINGS += $(if $(PRECOMPILE),-Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
# g++ 14 finds members of a std::variant uninitialised that nobody looks at. What the sanitizers find is there.
WARNINGS += $(if $(filter-out 10 11 12,$(shell $(CXX) -dumpversion | cut -d. -f1)),-Wno-maybe-uninitialized)
BUILD ?= build
# Not .SECONDARY: without prerequisites it takes a missing object for up to date.
.PRECIOUS: $(BUILD)/obj/%.o

# Inputs may be hostile: a mistake in reading one should end the program, not do what the input says. What the C library checks
# (_FORTIFY_SOURCE) needs an optimised build, and is left out beside sanitizers, which check more.
FORTIFY := $(if $(filter -O1 -O2 -O3 -Os -Og,$(CXXFLAGS)),$(if $(findstring -fsanitize,$(CXXFLAGS)),,$(if $(findstring \
	FORTIFY_SOURCE,$(CXXFLAGS) $(CPPFLAGS)),,-D_FORTIFY_SOURCE=2)))
accepted = $(shell $(CXX) -Werror $(1) -x c++ -fsyntax-only /dev/null 2>/dev/null && echo $(1))
HARDENING := -fstack-protector-strong $(FORTIFY) $(call accepted,-fstack-clash-protection) $(call accepted,-fcf-protection=full)
override CXXFLAGS += -std=c++20 -fPIC -pthread $(WARNINGS) $(HARDENING)
override LDFLAGS += -Wl,-z,relro,-z,now,-z,noexecstack
# Where sizes of files have 32 bits unless one asks.
LARGE_FILES := $(shell getconf LFS_CFLAGS)
CPPFLAGS += $(LARGE_FILES) -I. -DKSTRAX_VERSION='"$(VERSION)"' -DBOOST_TEST_DYN_LINK -MMD -MP
# What is loaded at run time has the name that it would be linked by.
KDUMPFILE_SONAME = $(shell readelf -d "$$($(CXX) -print-file-name=libkdumpfile.so)" 2>/dev/null | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
# Each program is bound to those that it uses only.
LIBS := -Wl,--as-needed -lboost_program_options -lfmt -ldeflate -lzstd -llzo2 -lsnappy -pthread

# In the order of the data's way; each folder depends only on those before it.
LIB_DIRS := analyzer/base analyzer/sinks formats $(addprefix analyzer/,arch sandbox recording memory memory/ranges memory/elf memory/kdump memory/kdumpfile memory/images memory/qmp memory/open address kernel/btf kernel kernel/structure kernel/stack kernel/files kernel/locks kernel/log kernel/ftrace kernel/open importers importers/kstrax importers/kstrax_memory/rings importers/kstrax_memory/carve importers/kstrax_memory importers/kstrax_files importers/kstrax_live importers/ftrace importers/ftrace_memory importers/trace_dat importers/perf_data importers/strace_text trace trace/statistics exporters/trace_dat wording fields query views views/events views/kernel views/kernel/overview report session lines graph graph/gnuplot command/support command/actions)
LIB_SRCS := $(wildcard $(LIB_DIRS:%=%/*.cpp))
COMMANDS := $(patsubst analyzer/command/%.cpp,%,$(wildcard analyzer/command/*.cpp))
UNIT_SRCS := $(wildcard tests/unit/*.cpp tests/unit/*/*.cpp tests/support/*.cpp tests/support/*/*.cpp)

objects = $(patsubst %.cpp,$(BUILD)/obj/%.o,$(1))
LIB := $(BUILD)/libkstrax.a

.PHONY: default all demo check deps modules vmcore bench clean unit

all: $(COMMANDS:%=$(BUILD)/bin/%)
default: all modules-where-possible

# The headers that most files include, compiled once: this spares a third of a build's time. A file includes what it uses
# all the same, as PRECOMPILE= shows.
HEADERS := $(BUILD)/common/headers.hpp
UNIT_HEADERS := $(BUILD)/common/unit_test.hpp
COMMON := algorithm array charconv chrono functional map memory optional ranges span string string_view unordered_map \
	utility variant vector fmt/core.h
$(HEADERS) $(UNIT_HEADERS): Makefile
	@mkdir -p $(@D)
	@printf '#include <%s>\n' $(COMMON) $(if $(filter $(UNIT_HEADERS),$@),boost/test/unit_test.hpp) > $@
$(HEADERS).gch $(UNIT_HEADERS).gch: %.gch: %
	@echo "  CXX   $<"
	@$(CXX) $(CPPFLAGS) $(CXXFLAGS) -x c++-header -o $@ $<

ifneq ($(PRECOMPILE),)
# What Boost.Test's header gives to main.cpp depends on what is defined before it.
UNIT_OBJECTS := $(filter-out %/main.o,$(call objects,$(wildcard tests/unit/*.cpp tests/unit/*/*.cpp)))
$(UNIT_OBJECTS): $(UNIT_HEADERS).gch
$(UNIT_OBJECTS): FIRST := -include $(UNIT_HEADERS)
$(BUILD)/obj/%.o: FIRST := -include $(HEADERS)
endif
$(call objects,$(wildcard analyzer/memory/kdumpfile/*.cpp analyzer/static/*.cpp) tests/unit/memory/kdumpfile_test.cpp): \
	override CPPFLAGS += -DKDUMPFILE_SONAME='"$(KDUMPFILE_SONAME)"'
$(BUILD)/obj/%.o: %.cpp Makefile $(if $(PRECOMPILE),$(HEADERS).gch)
	@mkdir -p $(@D)
	@echo "  CXX   $<"
	@$(CXX) $(CPPFLAGS) $(CXXFLAGS) $(FIRST) -c -o $@ $<

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CPPFLAGS) -O2 -g -std=gnu11 -fPIC -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror) -c -o $@ $<

# TOGETHER=yes compiles the library's files of a folder as one, in half of the time: for a build whose files nobody changes.
ifeq ($(TOGETHER),yes)
# A static program has functions of its own in place of one of these files.
LIB_APART := $(wildcard analyzer/memory/kdumpfile/*.cpp)
LIB_FOLDERS := $(patsubst %,$(BUILD)/obj/%together,$(sort $(dir $(filter-out $(LIB_APART),$(LIB_SRCS)))))
LIB_OBJECTS := $(LIB_FOLDERS) $(call objects,$(LIB_APART))
LIB_MEMBERS := $(LIB_FOLDERS:%=%-*.o) $(call objects,$(LIB_APART))
# The folder itself: a file that is new there, or gone, is nobody else's prerequisite.
$(LIB_FOLDERS): $(BUILD)/obj/%/together: tests/together.sh Makefile % $(if $(PRECOMPILE),$(HEADERS).gch)
	@mkdir -p $(@D)
	@echo "  CXX   $*/*.cpp"
	@sh tests/together.sh $@ $* $(CXX) $(CPPFLAGS) $(CXXFLAGS) $(if $(PRECOMPILE),-include $(HEADERS))
-include $(wildcard $(LIB_FOLDERS:%=%-*.d))
else
LIB_OBJECTS := $(call objects,$(LIB_SRCS))
LIB_MEMBERS := $(LIB_OBJECTS)
endif

$(LIB): $(LIB_OBJECTS)
	@rm -f $@
	@$(AR) qcs $@ $(LIB_MEMBERS)

$(BUILD)/bin/%: $(BUILD)/obj/analyzer/command/%.o $(LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -pie -o $@ $^ $(LIBS)

$(BUILD)/tests/unit: $(call objects,$(UNIT_SRCS)) $(LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ -lboost_unit_test_framework -lseccomp -lbpf $(LIBS)

unit: $(BUILD)/tests/unit
	$(BUILD)/tests/unit

include module/module.mk
include tests/vm/vm.mk
include tests/bench/bench.mk
-include tests/tests.mk
include tests/fuzz/fuzz.mk
include tests/lint/lint.mk
include tests/debug/debug.mk
-include crash-ext/crash-ext.mk
include analyzer/static/static.mk
include docs/man/man.mk

# What a fresh Debian 12 lacks. Those of the second line are for tests and kernels only. The package gcc-multilib would
# exclude Debian's cross compilers: all that it has beside gcc-N-multilib is a link to headers.
BUILD_PACKAGES := g++ libboost-program-options-dev libdeflate-dev libfmt-dev libkdumpfile-dev liblzo2-dev libsnappy-dev libzstd-dev
CHECK_PACKAGES = $(BUILD_PACKAGES) bsdextrautils busybox-static cpio crash gcc-$(shell $(CC) -dumpversion)-multilib kmod libboost-test-dev libbpf-dev libseccomp-dev linux-headers-amd64 \
	linux-perf makedumpfile man-db mandoc python3 qemu-system-x86 sparse strace tmux trace-cmd zlib1g-dev zsh
CHECK_PACKAGES += $(LINT_PACKAGES)
# It conflicts with the other gnuplots of Debian: whichever is there will do.
CHECK_PACKAGES += $(if $(shell command -v gnuplot),,gnuplot-nox)

.PHONY: build-deps
build-deps:
	@sh tests/install-packages.sh $(BUILD_PACKAGES)

deps:
	@sh tests/install-packages.sh $(CHECK_PACKAGES)

# Each step is a make of its own: what it finds may have been installed by the one before.
SAMPLES := $(wildcard sample-dumps/*.elf)
demo: build-deps
	@$(MAKE) --no-print-directory -j"$$(nproc)" all
	@for sample in $(SAMPLES); do \
		echo "\n$$ build/bin/kstrax-dump $$sample"; $(BUILD)/bin/kstrax-dump $$sample || exit 1; done

check: export WERROR := 1
check:
	@$(MAKE) --no-print-directory demo
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory -j"$$(nproc)" all modules vm-programs fake-crash static sanitized $(BUILD)/tests/make-dump $(BUILD)/tests/exploit.so
	@sh tests/check.sh $(BUILD)

include module/install/install.mk

$(BUILD)/tests/bench: $(call objects,tests/bench/bench.cpp) $(LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# Ratios against peers, in one run on this machine; see docs/performance.md.
BENCH_PACKAGES = $(CHECK_PACKAGES) time
bench:
	@sh tests/install-packages.sh $(BENCH_PACKAGES)
	@$(MAKE) --no-print-directory all $(BUILD)/tests/bench
	@$(MAKE) --no-print-directory vmcore VMLINUX=no
	@sh tests/bench/run.sh $(BUILD)
	@$(MAKE) --no-print-directory bench-tasks
	@$(MAKE) --no-print-directory bench-recorder

clean:
	rm -rf $(BUILD)

-include $(patsubst %.o,%.d,$(call objects,$(LIB_SRCS) $(UNIT_SRCS) $(COMMANDS:%=analyzer/command/%.cpp)))
