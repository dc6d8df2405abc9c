# The extension for crash(8), made where crash's headers are installed.
CRASH_HEADERS := $(and $(wildcard /usr/include/crash/defs.h),$(wildcard /usr/include/zlib.h))
CRASH_EXT := $(BUILD)/lib/kstrax.so
CRASH_EXT_SRCS := $(wildcard crash-ext/*.cpp)
CRASH_EXT_DIR ?= /usr/lib/crash/extensions

.PHONY: crash-ext
ifneq ($(CRASH_HEADERS),)
crash-ext: $(CRASH_EXT)
all: crash-ext
else
crash-ext:
	@echo "crash-ext: no crash/defs.h or zlib.h in /usr/include: install the packages crash and zlib1g-dev" >&2; exit 1
endif

# In crash's header a member has its own type's name, which C++ does not have.
$(call objects,crash-ext/crash_api.cpp): override CXXFLAGS += -fpermissive -Wno-pedantic

$(CRASH_EXT): $(call objects,$(CRASH_EXT_SRCS)) $(LIB) crash-ext/kstrax.map
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CXX) $(CXXFLAGS) $(LDFLAGS) -shared -Wl,-Bsymbolic -Wl,--version-script=crash-ext/kstrax.map -o $@ \
		$(call objects,$(CRASH_EXT_SRCS)) $(LIB) $(LIBS)

-include $(patsubst %.o,%.d,$(call objects,$(CRASH_EXT_SRCS)))
