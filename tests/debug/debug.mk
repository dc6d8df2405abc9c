# make check-debug-kernel: the VM tests of the recorder on a kernel that tells on
# a module: lockdep, RCU's checks, KASAN, kmemleak. The kernel is made once, of
# Debian's source, outside build/, where make clean leaves it. To tune it:
#   DEBUG_KERNEL_CACHE=   folder for it; about 3 GB
#   KSTRAX_LOAD_CYCLES=   times that the modules come and go under a storm (50)
#   VM_TESTS=             only tests whose name contains one of these words
ifneq ($(XDG_CACHE_HOME),)
DEBUG_KERNEL_CACHE ?= $(XDG_CACHE_HOME)/kstrax/debug-kernel
else
DEBUG_KERNEL_CACHE ?= $(HOME)/.cache/kstrax/debug-kernel
endif
DEBUG_KERNEL_PACKAGES := linux-source-6.1 gcc make bc bison dwarves flex libelf-dev libssl-dev xz-utils \
	busybox-static cpio kmod python3 qemu-system-x86

.PHONY: check-debug-kernel debug-kernel debug-check
# Makes of their own: each looks for what the one before has made.
check-debug-kernel:
	@sh tests/install-packages.sh $(DEBUG_KERNEL_PACKAGES)
	@$(MAKE) --no-print-directory debug-kernel
	@$(MAKE) --no-print-directory debug-check KERNEL_RELEASE="$$(cat $(DEBUG_KERNEL_CACHE)/kernel/release)" \
		KERNEL_HEADERS=$(DEBUG_KERNEL_CACHE)/linux

debug-kernel:
	@sh tests/debug/make-kernel.sh /usr/src/linux-source-6.1.tar.xz $(abspath tests/debug/kernel.config) $(DEBUG_KERNEL_CACHE)

# The harness looks for kernels below build/.
debug-check: modules vm-programs all
	@mkdir -p $(BUILD)/kernels
	@ln -sfn $(DEBUG_KERNEL_CACHE)/kernel $(BUILD)/kernels/$(KERNEL_RELEASE)
	$(VM_PYTHON) tests/vm/run.py --folder=tests/debug $(VM_TESTS)
