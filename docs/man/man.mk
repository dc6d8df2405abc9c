# Man pages and shell completion, whose lists of options are what the commands name with --list-options.
MAN_TOOLS := $(addprefix docs/man/,page.sh roff.awk)
MAN_SOURCES := $(wildcard docs/man/*.[158])
MAN_PAGES := $(MAN_SOURCES:docs/man/%=$(BUILD)/man/%)
DOCUMENTED := $(COMMANDS) $(SCRIPTS)
BASH_COMPLETIONS := $(DOCUMENTED:%=$(BUILD)/completion/bash/%)
ZSH_COMPLETIONS := $(DOCUMENTED:%=$(BUILD)/completion/zsh/_%)

.PHONY: manuals
manuals: $(MAN_PAGES) $(BASH_COMPLETIONS) $(ZSH_COMPLETIONS)
all: manuals

# man_page PAGE COMMAND: a page about formats has the fields of reports from kstrax-dump.
define man_page
$(BUILD)/man/$(1): docs/man/$(1) $(MAN_TOOLS) $(2)
	@mkdir -p $$(@D)
	@echo "  MAN   $$@"
	@sh docs/man/page.sh docs/man/$(1) $(VERSION) $(2) >$$@
endef
man_command = $(addprefix $(BUILD)/bin/,$(if $(filter %.5,$(1)),kstrax-dump,$(filter $(basename $(1)),$(DOCUMENTED))))
$(foreach page,$(notdir $(MAN_SOURCES)),$(eval $(call man_page,$(page),$(call man_command,$(page)))))

$(BUILD)/completion/bash/%: $(BUILD)/bin/% docs/man/complete.sh
	@mkdir -p $(@D)
	@sh docs/man/complete.sh bash $< >$@

$(BUILD)/completion/zsh/_%: $(BUILD)/bin/% docs/man/complete.sh
	@mkdir -p $(@D)
	@sh docs/man/complete.sh zsh $< >$@
