# Programs for 32-bit machines, built on a 64-bit one with what tests/vm/i386_root.py unpacks.
I386_ROOT = $(abspath $(BUILD))/i386/root
I386_FLAGS = -m32 --sysroot=$(I386_ROOT) -B$(I386_ROOT)/usr/lib/gcc/i686-linux-gnu/12
I386_CXX = $(CXX) $(I386_FLAGS) -nostdinc++ $(addprefix -isystem $(I386_ROOT)/usr/include/,c++/12 i386-linux-gnu/c++/12)
I386_BUILD = CXX="$(I386_CXX)" CC="$(CC) $(I386_FLAGS)" LARGE_FILES=-D_FILE_OFFSET_BITS=64

# kstrax in one file, for guests. Not optimised: it is built for a few minutes of tests.
STATIC_I386 := $(BUILD)/i386/static/kstrax
.PHONY: static-i386
static-i386:
	$(VM_PYTHON) tests/vm/i386_root.py
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/i386 $(I386_BUILD) CXXFLAGS=-O0 $(STATIC_I386)
