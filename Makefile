# kstrax: see README.md. Everything that is built lands in build/.
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

VERSION := 2.0.0
CXX ?= g++
CXXFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wold-style-cast -Wswitch-enum -Wnon-virtual-dtor
BUILD ?= build

override CXXFLAGS += -std=c++20 -fPIC -pthread $(WARNINGS)
CPPFLAGS += -I. -DKSTRAX_VERSION='"$(VERSION)"' -DBOOST_TEST_DYN_LINK -MMD -MP
LIBS := -lboost_program_options -lfmt -ldeflate -lzstd -llzo2 -lsnappy -pthread

# In the order of the data's way; each folder depends only on those before it.
LIB_DIRS := formats $(addprefix analyzer/,base recording source locate files trace report command/support)
LIB_SRCS := $(wildcard $(LIB_DIRS:%=%/*.cpp))
COMMANDS := $(patsubst analyzer/command/%.cpp,%,$(wildcard analyzer/command/*.cpp))
UNIT_SRCS := $(wildcard tests/unit/*.cpp tests/support/*.cpp)

objects = $(patsubst %.cpp,$(BUILD)/obj/%.o,$(1))
LIB := $(BUILD)/libkstrax.a

.PHONY: all demo check modules vmcore bench install clean deps

all: $(COMMANDS:%=$(BUILD)/bin/%)

$(BUILD)/obj/%.o: %.cpp Makefile
	@mkdir -p $(@D)
	@echo "  CXX   $<"
	@$(CXX) $(CPPFLAGS) $(CXXFLAGS) -c -o $@ $<

$(LIB): $(call objects,$(LIB_SRCS))
	@rm -f $@
	@$(AR) qcs $@ $^

$(BUILD)/bin/%: $(BUILD)/obj/analyzer/command/%.o $(LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/unit: $(call objects,$(UNIT_SRCS)) $(LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -o $@ $^ -lboost_unit_test_framework -lseccomp $(LIBS)

.PHONY: unit
unit: $(BUILD)/tests/unit
	$(BUILD)/tests/unit

clean:
	rm -rf $(BUILD)

-include $(patsubst %.o,%.d,$(call objects,$(LIB_SRCS) $(UNIT_SRCS) $(COMMANDS:%=analyzer/command/%.cpp)))
