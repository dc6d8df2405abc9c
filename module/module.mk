# The kernel modules, for KERNEL_RELEASE=: by default the running kernel where
# its headers are installed, else the newest kernel whose headers are.
# kbuild writes beside its sources, so it works on links to them in build/.
# With ARCH= for kernels of another architecture (arm64), by its cross compiler.
CROSS_arm64 := aarch64-linux-gnu-
FLAVOUR_arm64 := -arm64
ifneq ($(CROSS_$(ARCH)),)
ifneq ($(shell uname -m),$(firstword $(subst -, ,$(CROSS_$(ARCH)))))
CROSS_COMPILE ?= $(CROSS_$(ARCH))
export ARCH CROSS_COMPILE
endif
endif
ifndef KERNEL_RELEASE
KERNEL_GUESSED := yes
KERNEL_RELEASE := $(shell test -z "$(FLAVOUR_$(ARCH))" && test -e /lib/modules/$$(uname -r)/build && uname -r || \
	ls -d /lib/modules/*$(FLAVOUR_$(ARCH))/build 2>/dev/null | sed 's,/lib/modules/\(.*\)/build,\1,' | sort -V | tail -n 1)
endif
KERNEL_HEADERS ?= /lib/modules/$(KERNEL_RELEASE)/build

MODULE_DIR := $(BUILD)/modules/$(KERNEL_RELEASE)
MODULES := $(MODULE_DIR)/ctr_mod.ko $(MODULE_DIR)/kstrax_buf.ko
MODULE_SRCS := module/Kbuild $(wildcard module/*.c module/*.h)
KBUILD = $(MAKE) -C $(KERNEL_HEADERS) M=$(abspath $(MODULE_DIR)) \
	KSTRAX_ROOT=$(CURDIR) KSTRAX_VERSION=$(VERSION)

.PHONY: modules modules-sparse
modules: $(MODULES)

# One run of kbuild makes both.
$(MODULES) &: $(MODULE_SRCS) formats/kstrax_abi.h formats/kstrax_device.h Makefile module/module.mk
	@test -e $(KERNEL_HEADERS) || { echo "modules: no kernel headers: install linux-headers-amd64," \
		"or name a kernel whose headers are installed with KERNEL_RELEASE=" >&2; exit 1; }
	@[ -z "$(KERNEL_GUESSED)" ] || [ "$(KERNEL_RELEASE)" = "$$(uname -r)" ] || echo "modules: for $(KERNEL_RELEASE), not for the" \
		"running kernel, $$(uname -r): its headers (linux-headers-$$(uname -r)) are not installed" >&2
	@mkdir -p $(MODULE_DIR)
	@ln -sf $(abspath $(MODULE_SRCS)) $(MODULE_DIR)/
	+$(KBUILD) modules
	@touch $(MODULES)

# For a machine that only reads dumps, no headers are no failure; what is not built is said.
.PHONY: modules-where-possible
ifneq ($(wildcard $(KERNEL_HEADERS)/Makefile),)
modules-where-possible: modules
else
modules-where-possible:
	@[ -e $(MODULE_DIR)/kstrax_buf.ko ] || echo "the recorder's modules are not built:" \
		"no kernel headers$(if $(KERNEL_RELEASE), for $(KERNEL_RELEASE)) (Debian: apt install linux-headers-amd64, then make again)"
endif

# Everything that sparse and the compiler's extra warnings say of our files.
modules-sparse: modules
	+$(KBUILD) C=2 W=1 modules

-include module/ia64/ia64.mk

# The commands around the modules: where none are installed, kstrax-rec finds those beside build/bin/.
SCRIPTS := kstrax-rec kstrax-simple
SCRIPT_FILES := $(SCRIPTS:%=$(BUILD)/bin/%)
all: $(SCRIPT_FILES)
$(SCRIPT_FILES): $(BUILD)/bin/%: module/commands/%
	@mkdir -p $(@D)
	@install -m 0755 $< $@
