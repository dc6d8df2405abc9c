# Virtual machines: `make vmcore` and `make vm-check`. KERNEL_RELEASE= chooses the kernel.
VM_GUEST := $(BUILD)/vm/guest
VM_PROGRAMS := $(VM_GUEST)/workload $(VM_GUEST)/ia32
VM_CFLAGS := -O2 -Wall -Wextra -Wno-unused-parameter -Wno-unused-result -Werror
VM_PYTHON = BUILD=$(BUILD) KERNEL_RELEASE=$(KERNEL_RELEASE) python3 -B

# Of `make vmcore`.
CPUS ?= 2
MEMORY ?= 512
ENTRIES ?= 20000

.PHONY: vm-programs vmcore vm-check
vm-programs: $(VM_PROGRAMS)

VM_WORKLOAD_SRCS := $(filter-out %/ia32.c,$(wildcard tests/vm/guest/*.c))
$(VM_GUEST)/workload: $(VM_WORKLOAD_SRCS) tests/vm/guest/workload.h tests/vm/vm.mk
	@mkdir -p $(@D)
	gcc $(VM_CFLAGS) -static -pthread -o $@ $(VM_WORKLOAD_SRCS)

$(VM_GUEST)/ia32: tests/vm/guest/ia32.c tests/vm/vm.mk
	@mkdir -p $(@D)
	gcc $(VM_CFLAGS) -m32 -nostdlib -static -fno-pie -no-pie -fno-stack-protector -o $@ $<

vmcore: modules vm-programs
	$(VM_PYTHON) tests/vm/make_vmcore.py --cpus=$(CPUS) --memory=$(MEMORY) --entries=$(ENTRIES)

vm-check: modules vm-programs
	$(VM_PYTHON) tests/vm/run.py $(VM_TESTS)
