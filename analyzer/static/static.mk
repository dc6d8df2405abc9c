# make static: kstrax-dump in one file that needs no other, for a capture kernel's
# initramfs; any other command likewise. The objects are those of the other build; the libraries are archives.
STATIC := $(BUILD)/static/kstrax-dump
STATIC_SRCS := $(wildcard analyzer/static/*.cpp)
STATIC_LIBS := -lboost_program_options -ldeflate -lzstd -llzo2 -lsnappy

.PHONY: static
static: $(STATIC)

$(BUILD)/static/%: $(BUILD)/obj/analyzer/command/%.o $(call objects,$(STATIC_SRCS)) $(LIB)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -static-pie -s -Wl,--gc-sections -o $@ $^ $(STATIC_LIBS) -pthread

-include $(patsubst %.o,%.d,$(call objects,$(STATIC_SRCS)))
