# `make install` and `make uninstall`: the manual's places below DESTDIR, and
# sources from which DKMS makes the modules for later kernels.
SBIN := $(DESTDIR)/usr/sbin
INSTALLED_MODULES := $(DESTDIR)/lib/modules/$(KERNEL_RELEASE)/kernel/drivers/kstrax
SHARE := $(DESTDIR)/usr/share
INSTALLED_PAGES = $(foreach page,$(notdir $(MAN_PAGES)),$(SHARE)/man/man$(subst .,,$(suffix $(page)))/$(page))
INSTALLED_SHARE = $(INSTALLED_PAGES) $(SHARE)/man/ja/man8/kstrax.8 \
	$(DOCUMENTED:%=$(SHARE)/bash-completion/completions/%) $(DOCUMENTED:%=$(SHARE)/zsh/vendor-completions/_%)
DKMS_SOURCE := $(DESTDIR)/usr/src/kstrax-$(VERSION)

.PHONY: install uninstall
install: all modules-where-possible
	install -d $(SBIN) $(DKMS_SOURCE)/module $(DKMS_SOURCE)/formats
	install -m 0755 $(COMMANDS:%=$(BUILD)/bin/%) $(SCRIPT_FILES) $(SBIN)/
	install -m 0644 module/Kbuild $(wildcard module/*.c module/*.h) $(DKMS_SOURCE)/module/
	install -m 0644 formats/kstrax_abi.h formats/kstrax_device.h $(DKMS_SOURCE)/formats/
	install -d $(sort $(dir $(INSTALLED_SHARE)))
	for page in $(notdir $(MAN_PAGES)); do \
		install -m 0644 $(BUILD)/man/$$page $(SHARE)/man/man$${page##*.}/ || exit 1; done
	install -m 0644 docs/ja/kstrax.8 $(SHARE)/man/ja/man8/
	install -m 0644 $(BASH_COMPLETIONS) $(SHARE)/bash-completion/completions/
	install -m 0644 $(ZSH_COMPLETIONS) $(SHARE)/zsh/vendor-completions/
	sed 's/@VERSION@/$(VERSION)/g' module/install/dkms.conf.in >$(DKMS_SOURCE)/dkms.conf
	@if [ -e $(CRASH_EXT) ]; then install -d $(DESTDIR)$(CRASH_EXT_DIR) && \
		install -m 0644 $(CRASH_EXT) $(DESTDIR)$(CRASH_EXT_DIR)/; fi
	@if [ -e $(MODULE_DIR)/kstrax_buf.ko ]; then \
		install -d $(INSTALLED_MODULES) && install -m 0644 $(MODULES) $(INSTALLED_MODULES)/; \
	else echo "install: only the commands are installed, and the modules' sources for DKMS"; fi
	@[ ! -e $(MODULE_DIR)/kstrax_buf.ko ] || [ -n "$(DESTDIR)" ] || [ "$(KERNEL_RELEASE)" = "$$(uname -r)" ] || \
		echo "install: the modules are for $(KERNEL_RELEASE); the kernel that runs is $$(uname -r)"
	@if [ -z "$(DESTDIR)" ] && [ -e $(MODULE_DIR)/kstrax_buf.ko ]; then depmod $(KERNEL_RELEASE); fi

# What install put there, and nothing else.
uninstall:
	rm -f $(addprefix $(SBIN)/,$(COMMANDS) $(SCRIPTS)) $(INSTALLED_MODULES)/ctr_mod.ko $(INSTALLED_MODULES)/kstrax_buf.ko
	rm -f $(INSTALLED_SHARE)
	rm -rf $(DKMS_SOURCE)
	rm -f $(DESTDIR)$(CRASH_EXT_DIR)/$(notdir $(CRASH_EXT))
	@if [ -d $(INSTALLED_MODULES) ]; then rmdir --ignore-fail-on-non-empty $(INSTALLED_MODULES); fi
	@if [ -z "$(DESTDIR)" ] && [ -d /lib/modules/$(KERNEL_RELEASE) ]; then depmod $(KERNEL_RELEASE); fi
