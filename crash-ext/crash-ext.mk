# The extension for crash(8), made where crash's header is installed and compiles.
CRASH_EXT := $(BUILD)/lib/kstrax.so
CRASH_EXT_SRCS := $(wildcard crash-ext/*.cpp)
CRASH_SHIM := crash-ext/crash_shim
CRASH_EXT_DIR ?= /usr/lib/crash/extensions
CRASH_HEADER := $(wildcard /usr/include/crash/defs.h)
# Whose header it is: the header does not say. The extension has crash's own structures in it, so it works in no other.
CRASH_VERSION := $(shell crash --version 2>/dev/null | sed -n 's/^crash //p')
CRASH_HEADERS := $(and $(CRASH_HEADER),$(CRASH_VERSION),$(shell $(CC) -I. -DCRASH_VERSION='""' -fsyntax-only $(CRASH_SHIM).c 2>/dev/null && echo yes))

.PHONY: crash-ext
ifneq ($(CRASH_HEADERS),)
crash-ext: $(CRASH_EXT)
all: crash-ext
else
NO_CRASH_HEADERS := $(if $(CRASH_HEADER),$(if $(CRASH_VERSION),crash/defs.h does not compile here (make crash-ext CRASH_HEADERS=yes \
	says why; it needs zlib1g-dev and liblzo2-dev),nothing says of which crash the header crash/defs.h is ('crash --version' fails): give CRASH_VERSION=),no \
	crash/defs.h in /usr/include: install the packages crash and zlib1g-dev)
crash-ext:
	@echo "crash-ext: $(NO_CRASH_HEADERS)" >&2; exit 1
.PHONY: no-crash-ext
no-crash-ext:
	@echo "all: the extension for crash is left out: $(NO_CRASH_HEADERS)" >&2
all: no-crash-ext
endif

$(BUILD)/obj/$(CRASH_SHIM).o: override CPPFLAGS += -DCRASH_VERSION='"$(CRASH_VERSION)"'
# Made anew for another crash.
.PHONY: crash-version
$(BUILD)/crash-version: crash-version
	@mkdir -p $(@D)
	@echo '$(CRASH_VERSION)' | cmp -s - $@ || echo '$(CRASH_VERSION)' > $@
$(BUILD)/obj/$(CRASH_SHIM).o: $(BUILD)/crash-version

CRASH_EXT_OBJECTS := $(call objects,$(CRASH_EXT_SRCS)) $(BUILD)/obj/$(CRASH_SHIM).o
$(CRASH_EXT): $(CRASH_EXT_OBJECTS) $(LIB) crash-ext/kstrax.map
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -shared -Wl,-Bsymbolic -Wl,--version-script=crash-ext/kstrax.map -o $@ \
		$(CRASH_EXT_OBJECTS) $(LIB) $(LIBS)

-include $(CRASH_EXT_OBJECTS:.o=.d)

# The extension's own code with a stand-in for crash: for tests, and for sanitizers.
FAKE_CRASH := $(BUILD)/tests/fake-crash
FAKE_CRASH_SRCS := tests/crash/fake_crash.cpp $(filter-out %/crash_api.cpp,$(CRASH_EXT_SRCS))
$(FAKE_CRASH): $(call objects,$(FAKE_CRASH_SRCS)) $(LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $(call objects,$(FAKE_CRASH_SRCS)) $(LIB) $(LIBS)

.PHONY: fake-crash crash-asan crash-check crash-dumps
fake-crash: $(FAKE_CRASH)

# The extension's core, watched by the compiler's sanitizers.
crash-asan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan all fake-crash \
		CXXFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined"
	sh tests/cli/crash_ext_test.sh $(BUILD)/asan

$(BUILD)/vm/guest/kexec-load: tests/crash/guest/kexec_load.c
	@mkdir -p $(@D)
	gcc $(VM_CFLAGS) -static -o $@ $<

# Dumps for crash-check beside those of `make vmcore`; CRASH_DUMPS= names some of them.
crash-dumps: modules vm-programs $(BUILD)/vm/guest/kexec-load
	$(VM_PYTHON) tests/crash/make_dumps.py $(CRASH_DUMPS)

# Real crash on real dumps; needs the vmlinux that `make vmcore` fetches.
crash-check: all
	sh tests/crash/crash_check.sh $(BUILD)
	python3 -B tests/crash/terminal.py $(abspath $(CRASH_EXT)) $(BUILD)/vmcore/vmlinux $(BUILD)/vmcore/panic.elf

# The extension's core on the same dumps, under valgrind (package valgrind).
.PHONY: crash-valgrind
crash-valgrind: all fake-crash
	sh tests/crash/core_check.sh $(BUILD)

-include $(BUILD)/obj/tests/crash/fake_crash.d

# The extension in crash on a running guest's /proc/kcore.
.PHONY: crash-live
crash-live: all modules vm-programs
	$(VM_PYTHON) tests/crash/live.py --minimal
	$(VM_PYTHON) tests/crash/live.py --active

# The extension for the i386, in crash for the i386, built as tests/vm/vm.mk says.
.PHONY: crash-ext-i386 crash-check-i386
crash-ext-i386:
	$(VM_PYTHON) tests/vm/make/foreign_root.py i386
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/i386/ext $(I386_BUILD) CRASH_HEADERS=yes crash-ext

crash-check-i386: crash-ext-i386 all vm-programs
	$(VM_PYTHON) tests/crash/i386.py
	sh tests/crash/crash_check_i386.sh $(BUILD)
