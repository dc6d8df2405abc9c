# Virtual machines: `make vmcore`, and `make vm-check`, where VM_TESTS= names some of the tests.
# KERNEL_RELEASE= chooses the kernel, KSTRAX_QEMU= the release of Debian whose QEMU is taken.
VM_GUEST := $(BUILD)/vm/guest
VM_PROGRAMS := $(addprefix $(VM_GUEST)/,workload ia32 meanings actors actors32 gallery)
VM_CFLAGS := -O2 -Wall -Wextra -Wno-unused-parameter -Wno-unused-result -Werror
# What readers say of a dumped kernel.
DUMP_TOOLS := $(BUILD)/tests/kallsyms $(BUILD)/tests/tasks $(BUILD)/tests/stacks $(BUILD)/tests/files
VM_PYTHON = PYTHONPATH=tests/vm BUILD=$(BUILD) KERNEL_RELEASE=$(KERNEL_RELEASE) python3 -B

# Of `make vmcore`; VMLINUX=no spares its largest download.
CPUS ?= 2
MEMORY ?= 512
ENTRIES ?= 20000

.PHONY: vm-programs vm-modules vmcore vm-check gallery vm-check-kernels vm-check-long
vm-programs: $(VM_PROGRAMS) $(VM_GUEST)/kstrax

# Without its debug information, a guest boots sooner.
$(VM_GUEST)/kstrax: $(BUILD)/bin/kstrax
	@mkdir -p $(@D)
	strip -o $@ $<

VM_WORKLOAD_SRCS := $(filter-out %/ia32.c %/meanings.c,$(wildcard tests/vm/guest/*.c))
$(VM_GUEST)/workload: $(VM_WORKLOAD_SRCS) tests/vm/guest/workload.h formats/kstrax_device.h formats/kstrax_abi.h tests/vm/vm.mk
	@mkdir -p $(@D)
	gcc $(VM_CFLAGS) -I. -static -pthread -o $@ $(VM_WORKLOAD_SRCS)

# Whole programs of 32 bits.
$(VM_GUEST)/ia32: tests/vm/guest/ia32.c tests/vm/vm.mk
$(VM_GUEST)/actors32: tests/vm/guest/actors32/actors32.c tests/vm/vm.mk
$(VM_GUEST)/ia32 $(VM_GUEST)/actors32:
	@mkdir -p $(@D)
	gcc $(VM_CFLAGS) -m32 -nostdlib -static -fno-pie -no-pie -fno-stack-protector -o $@ $<

$(VM_GUEST)/meanings: tests/vm/guest/meanings.c tests/vm/vm.mk
	@mkdir -p $(@D)
	gcc $(VM_CFLAGS) -static -o $@ $<

# A program of several files has a folder.
$(VM_GUEST)/actors $(VM_GUEST)/gallery: $(VM_GUEST)/%: $(wildcard tests/vm/guest/*/*.[ch]) tests/vm/vm.mk
	@mkdir -p $(@D)
	gcc $(VM_CFLAGS) -static -pthread -o $@ tests/vm/guest/$*/*.c

# Kernel modules that guests load: those of tests/vm/devmem and tests/vm/trouble.
GUEST_MODULES := $(MODULE_DIR)/devmem/open_devmem.ko $(MODULE_DIR)/trouble/trouble.ko
vm-modules: $(GUEST_MODULES)
$(GUEST_MODULES): $(wildcard tests/vm/devmem/* tests/vm/trouble/*) tests/vm/vm.mk
	@mkdir -p $(@D)
	@ln -sf $(abspath $(wildcard tests/vm/$(notdir $(@D))/*)) $(@D)/
	+$(MAKE) -C $(KERNEL_HEADERS) M=$(abspath $(@D)) modules
	@touch $@

# The dumps are made anew when the recorder, the workload or the numbers change.
VMCORE := $(addprefix $(BUILD)/vmcore/,panic.elf panic.kdump panic.raw)
VMCORE_OPTIONS = --cpus=$(CPUS) --memory=$(MEMORY) --entries=$(ENTRIES)
VM_HARNESS := tests/vm/make/make_vmcore.py tests/vm/guest/init $(wildcard tests/vm/kstraxvm/*.py tests/vm/kstraxvm/*/*.py)

.PHONY: vmcore-options
$(BUILD)/vmcore/options: vmcore-options
	@mkdir -p $(@D)
	@echo '$(KERNEL_RELEASE) $(VMCORE_OPTIONS)' | cmp -s - $@ || echo '$(KERNEL_RELEASE) $(VMCORE_OPTIONS)' > $@

$(VMCORE) &: $(MODULES) $(VM_PROGRAMS) $(VM_HARNESS) $(BUILD)/vmcore/options
	$(VM_PYTHON) tests/vm/make/make_vmcore.py $(VMCORE_OPTIONS)

vmcore: $(VMCORE)
ifneq ($(VMLINUX),no)
	@$(VM_PYTHON) tests/vm/make/fetch_vmlinux.py
endif

vm-check: modules $(GUEST_MODULES) vm-programs all static static-i386 $(VM_GUEST)/kexec-load $(BUILD)/tests/make-dump $(BUILD)/tests/fake-crash $(DUMP_TOOLS)
	$(VM_PYTHON) tests/vm/run.py $(VM_TESTS)

# Machines in trouble, and the screens of docs/gallery.md.
gallery: modules $(GUEST_MODULES) vm-programs $(BUILD)/bin/kstrax-dump
	rm -rf $(BUILD)/gallery
	$(VM_PYTHON) tests/vm/run.py test_gallery
	$(VM_PYTHON) tests/vm/make/gallery_page.py

# The same on other kernels of Debian, which KERNELS= chooses (tests/vm/kstraxvm/kernels/debian.py): see docs/kernels.md.
vm-check-kernels: vm-programs all static $(VM_GUEST)/kexec-load $(BUILD)/tests/fake-crash $(DUMP_TOOLS)
	$(VM_PYTHON) tests/vm/make/check_kernels.py $(KERNELS) -- $(VM_TESTS)

# What takes too long for every change: the modules come and go 500 times under a storm, and 200
# dumps are taken of one.
vm-check-long: modules vm-programs all
	KSTRAX_LOAD_CYCLES=500 $(VM_PYTHON) tests/vm/run.py test_live.Unloading
	KSTRAX_RANDOM_DUMPS=200 $(VM_PYTHON) tests/vm/run.py test_random_dumps

# Programs for 32-bit machines, built on a 64-bit one with what tests/vm/make/foreign_root.py unpacks.
I386_ROOT = $(abspath $(BUILD))/i386/root
I386_FLAGS = -m32 --sysroot=$(I386_ROOT) -B$(I386_ROOT)/usr/lib/gcc/i686-linux-gnu/12
I386_CXX = $(CXX) $(I386_FLAGS) -nostdinc++ $(addprefix -isystem $(I386_ROOT)/usr/include/,c++/12 i386-linux-gnu/c++/12)
I386_BUILD = CXX="$(I386_CXX)" CC="$(CC) $(I386_FLAGS)" LARGE_FILES=-D_FILE_OFFSET_BITS=64

# kstrax in one file, for guests. Not optimised: it is built for a few minutes of tests.
STATIC_I386 := $(BUILD)/i386/static/kstrax
.PHONY: static-i386
static-i386:
	$(VM_PYTHON) tests/vm/make/foreign_root.py i386
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/i386 TOGETHER=yes $(I386_BUILD) CXXFLAGS=-O0 $(STATIC_I386)

# The recorder and the reader on arm64, in QEMU's machine "virt". ARM64_KERNELS= names kernels of
# tests/vm/kstraxvm/kernels/arm64.py.
ARM64_KERNELS ?= 6.1 6.12 sid 16k
VM_GUEST_ARM64 := $(BUILD)/arm64/guest
VM_PROGRAMS_ARM64 := $(addprefix $(VM_GUEST_ARM64)/,workload actors arm32 actors32)
.PHONY: vm-programs-arm64 vm-check-arm64
vm-programs-arm64: $(VM_PROGRAMS_ARM64)

$(VM_GUEST_ARM64)/workload: $(VM_WORKLOAD_SRCS) tests/vm/guest/workload.h formats/kstrax_device.h formats/kstrax_abi.h tests/vm/vm.mk
	@mkdir -p $(@D)
	aarch64-linux-gnu-gcc $(VM_CFLAGS) -I. -static -pthread -o $@ $(VM_WORKLOAD_SRCS)

$(VM_GUEST_ARM64)/actors: $(wildcard tests/vm/guest/actors/*.[ch]) tests/vm/vm.mk
	@mkdir -p $(@D)
	aarch64-linux-gnu-gcc $(VM_CFLAGS) -static -pthread -o $@ tests/vm/guest/actors/*.c

$(VM_GUEST_ARM64)/arm32: tests/vm/guest/arm32/arm32.c tests/vm/vm.mk
$(VM_GUEST_ARM64)/actors32: tests/vm/guest/actors32/actors32.c tests/vm/vm.mk
$(VM_GUEST_ARM64)/arm32 $(VM_GUEST_ARM64)/actors32:
	@mkdir -p $(@D)
	arm-linux-gnueabi-gcc $(VM_CFLAGS) -march=armv7-a -marm -nostdlib -static -fno-stack-protector -o $@ $<

vm-check-arm64: vm-programs-arm64 arm64-commands all $(DUMP_TOOLS)
	@set -e; for kernel in $(ARM64_KERNELS); do echo "== arm64 $$kernel"; \
		ARM64_KERNEL=$$kernel $(VM_PYTHON) tests/vm/run.py --folder=tests/vm/arm64 $(VM_TESTS); done

# Dumps of RISC-V. RISCV64_KERNELS= names kernels of tests/vm/kstraxvm/kernels/riscv64.py.
RISCV64_KERNELS ?= 6.12 sid
.PHONY: vm-programs-riscv64 vm-check-riscv64
vm-programs-riscv64: $(BUILD)/riscv64/guest/actors
$(BUILD)/riscv64/guest/actors: $(wildcard tests/vm/guest/actors/*.[ch]) tests/vm/vm.mk
	@mkdir -p $(@D)
	riscv64-linux-gnu-gcc $(VM_CFLAGS) -static -pthread -o $@ tests/vm/guest/actors/*.c
vm-check-riscv64: vm-programs-riscv64 all $(DUMP_TOOLS)
	@set -e; for kernel in $(RISCV64_KERNELS); do echo "== riscv64 $$kernel"; \
		RISCV64_KERNEL=$$kernel $(VM_PYTHON) tests/vm/run.py --folder=tests/vm/riscv64 $(VM_TESTS); done
