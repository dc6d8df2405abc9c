# make ia64-modules: kstrax_stub and kstrax_buf for IA-64, by a cross compiler
# that is made once, against a kernel tree that is unpacked once. Both live
# outside build/, where make clean leaves them: the compiler takes a quarter of
# an hour. To use others:
#   IA64_CACHE=   folder for both; about 1.5 GB, 4 GB while the compiler is made
#   IA64_LINUX=   a kernel tree, configured and prepared for modules
#   IA64_CROSS=   prefix of an IA-64 gcc and binutils
# The unpacked tree is configured, not built: it has no symbol versions, so a
# kernel with CONFIG_MODVERSIONS wants modules that were built in its own tree.
ifneq ($(XDG_CACHE_HOME),)
IA64_CACHE ?= $(XDG_CACHE_HOME)/kstrax/ia64
else
IA64_CACHE ?= $(HOME)/.cache/kstrax/ia64
endif
IA64_PACKAGES := binutils-ia64-linux-gnu gcc-12-source linux-source-6.1 g++ make python3 xz-utils \
	libgmp-dev libmpfr-dev libmpc-dev flex bison bc libssl-dev libelf-dev

IA64_GCC := $(IA64_CACHE)/compiler/bin/ia64-linux-gnu-gcc
IA64_SOURCE := $(IA64_CACHE)/linux-source-6.1
# The cache's own is waited for; one that was named has to be there.
ifeq ($(IA64_LINUX),)
IA64_LINUX := $(IA64_SOURCE)
IA64_NEEDS += $(IA64_SOURCE)/.kstrax-prepared
endif
ifeq ($(IA64_CROSS),)
IA64_CROSS := ia64-linux-gnu-
IA64_NEEDS += $(IA64_GCC)
IA64_PATH := $(IA64_CACHE)/compiler/bin:
endif

IA64_DIR := $(BUILD)/modules/ia64
IA64_MODULES := $(IA64_DIR)/kstrax_stub.ko $(IA64_DIR)/kstrax_buf.ko
IA64_SRCS := $(MODULE_SRCS) $(addprefix module/ia64/,hooks.c paths.S abi_sizes.c)
IA64_HEADERS := $(wildcard module/ia64/*.h) formats/kstrax_abi.h
IA64_ABI := $(BUILD)/tests/ia64-abi
IA64_IVT := $(BUILD)/tests/ia64-ivt

IA64_KERNEL_MAKE = PATH="$(IA64_PATH)$$PATH" nice -n 19 $(MAKE) ARCH=ia64 CROSS_COMPILE=$(IA64_CROSS) -C $(IA64_LINUX)

.PHONY: ia64-modules ia64-deps ia64-abi
# Makes of their own: what they look for, the step before may have installed.
ia64-modules:
	@$(MAKE) --no-print-directory ia64-deps
	@$(MAKE) --no-print-directory ia64-abi

ia64-deps:
	@sh tests/install-packages.sh $(IA64_PACKAGES)

ia64-abi: $(IA64_MODULES) $(IA64_ABI)
	@sh module/ia64/compare-abi.sh $(IA64_DIR)/abi_sizes.s $(IA64_ABI)

# Not made again because a script is newer.
$(IA64_GCC): | module/ia64/make-compiler.sh
	@sh module/ia64/make-compiler.sh $$(ls /usr/src/gcc-12/gcc-12*.tar.xz) $(IA64_CACHE)/compiler

$(IA64_SOURCE)/.kstrax-prepared: /usr/src/linux-source-6.1.tar.xz | $(IA64_GCC)
	@echo "ia64 kernel: unpacking and configuring $(<F)"
	@rm -rf $(IA64_SOURCE)
	@mkdir -p $(IA64_SOURCE)
	@tar xf $< -C $(IA64_SOURCE) --strip-components=1
	+@$(IA64_KERNEL_MAKE) defconfig prepare modules_prepare arch/ia64/kernel/ivt.o >$(IA64_CACHE)/linux.log 2>&1 || \
		{ tail -n 20 $(IA64_CACHE)/linux.log >&2; exit 1; }
	@touch $@

# Without Module.symvers modpost warns of every symbol: that, check-exports.sh judges.
IA64_LOG := $(IA64_DIR)/build.log
IA64_EXPECTED := modpost: (".*" .* undefined!|suppressed .*)$$|Module.symvers is missing|many unresolved symbol warnings
$(IA64_MODULES) &: $(IA64_NEEDS) $(IA64_SRCS) $(IA64_HEADERS) $(IA64_IVT) module/ia64/paths_test.py Makefile module/ia64/ia64.mk
	@mkdir -p $(IA64_DIR)
	@ln -sf $(abspath $(IA64_SRCS)) $(IA64_DIR)/
	@echo "ia64 modules: for $$(cat $(IA64_LINUX)/include/config/kernel.release)"
	+@$(IA64_KERNEL_MAKE) M=$(abspath $(IA64_DIR)) KSTRAX_ROOT=$(CURDIR) KSTRAX_VERSION=$(VERSION) KCFLAGS=-Werror \
		$(if $(wildcard $(IA64_LINUX)/Module.symvers),,KBUILD_MODPOST_WARN=1) modules >$(IA64_LOG) 2>&1 || \
		{ cat $(IA64_LOG) >&2; exit 1; }
	@! grep -i warning $(IA64_LOG) | grep -vE '$(IA64_EXPECTED)' >&2
	@test -e $(IA64_LINUX)/Module.symvers || \
		sh module/ia64/check-exports.sh $(IA64_CROSS)nm $(IA64_LINUX) $(IA64_MODULES)
	@sh module/ia64/check-ivt.sh $(IA64_CROSS) $(IA64_LINUX)/arch/ia64/kernel/ivt.o $(IA64_IVT)
	@python3 module/ia64/paths_test.py $(IA64_CROSS)objdump $(IA64_DIR)/paths.o >$(IA64_LOG) 2>&1 || \
		{ cat $(IA64_LOG) >&2; exit 1; }
	@echo "stepping through the stub's code: $$(tail -n 1 $(IA64_LOG))"
	@touch $(IA64_MODULES)

$(IA64_IVT): module/ia64/ivt_check.c module/ia64/ivt.h
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) -O2 -Wall -Wextra -Werror -I. -o $@ $<

$(IA64_ABI): $(call objects,module/ia64/abi_analyzer.cpp formats/layout.cpp)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^

-include $(BUILD)/obj/module/ia64/abi_analyzer.d
