# Fuzz targets (tests/fuzz/target.hpp); included from the Makefile. docs/trust.md says what they found.
.PHONY: fuzz fuzz-replay

FUZZ_SRCS := $(filter-out tests/fuzz/replay.cpp tests/fuzz/driver.cpp,$(wildcard tests/fuzz/*.cpp tests/fuzz/*/*.cpp))
FUZZ_PACKAGES := clang-14 libclang-rt-14-dev
FUZZ := $(BUILD)/fuzz/tests/fuzz

# `make check` needs no clang: the inputs in the tree, through the targets as the sanitized unit tests are built.
$(BUILD)/tests/fuzz-replay: $(call objects,$(FUZZ_SRCS) tests/fuzz/replay.cpp $(SUPPORT_SRCS)) $(LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ -lbpf $(LIBS)

$(BUILD)/tests/fuzz: $(call objects,$(FUZZ_SRCS) tests/fuzz/driver.cpp $(SUPPORT_SRCS)) $(LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ -lbpf $(LIBS)

FUZZ_REPLAY := $(BUILD)/asan/tests/fuzz-replay
.PHONY: $(FUZZ_REPLAY) $(FUZZ)
# Behind the unit tests: both are made of the same objects.
$(FUZZ_REPLAY): $(UNIT_ASAN)
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan TOGETHER=yes CXXFLAGS="$(ASAN_CXXFLAGS)" $(FUZZ_REPLAY)
fuzz-replay: $(FUZZ_REPLAY)
	ASAN_OPTIONS=allocator_may_return_null=1 $(FUZZ_REPLAY) tests/fuzz/corpus

$(FUZZ):
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz TOGETHER=yes WERROR= CXX=clang++-14 \
		CXXFLAGS="-O1 -g1 -w -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined" \
		$(BUILD)/fuzz/tests/fuzz $(BUILD)/fuzz/tests/fuzz-replay

# make fuzz [SECONDS=n] [TARGETS="elf rings"]: each for so long, and what is new goes into the tree's corpora.
SECONDS ?= 60
fuzz:
	@sh tests/install-packages.sh $(FUZZ_PACKAGES)
	@$(MAKE) --no-print-directory -j"$$(nproc)" $(FUZZ)
	@sh tests/fuzz/fuzz.sh $(BUILD) $(SECONDS) $(TARGETS)

-include $(patsubst %.o,%.d,$(call objects,$(FUZZ_SRCS) tests/fuzz/replay.cpp tests/fuzz/driver.cpp))
