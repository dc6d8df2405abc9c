# The recorder's part of `make bench`: what recording adds to a system call.
PROBES_DIR := $(MODULE_DIR)/bench
PROBES := $(PROBES_DIR)/bench_probes.ko
PROBES_SRCS := $(wildcard tests/bench/probes/*)

$(PROBES): $(PROBES_SRCS) $(MODULES) tests/bench/bench.mk
	@mkdir -p $(PROBES_DIR)
	@ln -sf $(abspath $(PROBES_SRCS)) $(PROBES_DIR)/
	+$(MAKE) -C $(KERNEL_HEADERS) M=$(abspath $(PROBES_DIR)) KSTRAX_ROOT=$(CURDIR) \
		KBUILD_EXTRA_SYMBOLS=$(abspath $(MODULE_DIR))/Module.symvers modules
	@touch $@

.PHONY: bench-recorder
bench-recorder: $(PROBES) vm-programs
	@$(VM_PYTHON) tests/bench/recorder_cost.py

# Reports of the kernel itself when it had 10000 tasks; the guest's dumps stay in build/bench.
$(VM_GUEST)/many_tasks: tests/bench/guest/many_tasks.c
	@mkdir -p $(@D)
	gcc $(VM_CFLAGS) -static -pthread -o $@ $<

.PHONY: bench-tasks
bench-tasks: $(BUILD)/bin/kstrax-dump $(VM_GUEST)/many_tasks $(VM_PROGRAMS)
	@$(VM_PYTHON) tests/bench/many_tasks.py

.PHONY: bench-arm64
bench-arm64: vm-programs-arm64
	@$(VM_PYTHON) tests/bench/arm64_cost.py

# The same recording of an x86-64 and of an arm64 machine, as a dump.
.PHONY: bench-machines
bench-machines: all $(BUILD)/tests/make-dump
	@python3 -B tests/bench/machines_cost.py $(BUILD)
