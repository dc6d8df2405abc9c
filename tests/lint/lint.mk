# make lint: what holds for the text of this tree; included from the Makefile.
.PHONY: lint tidy headers picture
# Other versions format otherwise, and find other faults; Debian 13 and newer do without (the checks say so).
LINT_PACKAGES = cppcheck python3 shellcheck \
	$(shell apt-cache show clang-format-14 clang-tidy-14 2>/dev/null | sed -n 's/^Package: //p' | sort -u)
# In the order that the data takes; crash-ext is a program, too.
LINT_FOLDERS = $(LIB_DIRS) analyzer/command crash-ext
# What takes long looks at these.
FOLDERS ?= $(LINT_FOLDERS)
LINT_FLAGS := -I. -std=c++20 $(LARGE_FILES) -DKSTRAX_VERSION="" -DKDUMPFILE_SONAME=""

lint:
	@sh tests/install-packages.sh $(LINT_PACKAGES)
	@sh tests/lint/faults_test.sh $(LINT_FOLDERS)
	@sh tests/lint/lint.sh $(BUILD) $(LINT_FOLDERS)

# docs/architecture.svg, anew from the folders and their includes.
picture:
	@python3 -B tests/lint/picture.py write $(LINT_FOLDERS)

# The tests are left out: they run under the sanitizers.
tidy:
	@printf '%s\n' $(FOLDERS) | FLAGS='$(LINT_FLAGS)' xargs -P "$$(nproc)" -n 1 sh tests/lint/tidy.sh

# Each header compiles where nothing is included before it.
headers:
	@find $(FOLDERS) -maxdepth 1 -name '*.hpp' | FLAGS='$(LINT_FLAGS)' xargs -P "$$(nproc)" -n 8 sh tests/lint/headers.sh
