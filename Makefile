# Needs make, a C compiler, Rust (stable) and a CPython >= 3.12; `make help` lists the targets.
# PYTHON=/path/to/python3 chooses the interpreter; without it tests/find-pythons does.

.PHONY: help build demo test test-vscode test-dap-client lint vscode vscode-test bench bench-replay clean FORCE
.DEFAULT_GOAL := help
.SHELLFLAGS := -eu -c
.DELETE_ON_ERROR:

MATURIN := maturin~=1.16
VENV := .venv
# pytest runs the tests; the others are what the test suites of other people's
# packages import, a terminal without a screen, the schema of the Debug Adapter Protocol (which
# debugpy ships), and the shell that cells are recorded in. One test uses tmux where it is installed.
TEST_NEEDS := pytest pytest-xdist markupsafe trio pyte jsonschema debugpy ipython
TEST_MODULES := pytest, xdist, markupsafe, trio, pyte, jsonschema, debugpy, IPython
export CARGO_TARGET_DIR := $(CURDIR)/target
export PIP_DISABLE_PIP_VERSION_CHECK := 1
ifdef PYTHON
export PYTHON
endif

# The extension's tools; the python is asked for a node where there is none.
VSCODE := editors/vscode
NODE := PYTHON=$(CURDIR)/$(VENV)/bin/python $(CURDIR)/editors/vscode/with-node
# Microsoft's client of the Debug Adapter Protocol, for tests.
DAP_CLIENT := tests/dap-client

# Folders are listed too: their time changes when a file comes or goes.
SOURCES := Makefile Cargo.toml pyproject.toml README.md LICENSE $(wildcard Cargo.lock) \
	$(shell find schema recorder replayer -name __pycache__ -prune -o -print)

# $(call wheel,INTERPRETER,FOLDER): builds the wheel for one interpreter into an emptied folder.
wheel = rm -rf $(2); env -u PYO3_PYTHON -u VIRTUAL_ENV $(VENV)/bin/maturin build --release \
	--auditwheel skip --interpreter $(1) --out $(2)
# $(call install,PYTHON_OF_VENV,FOLDER): puts that wheel into a virtual environment.
install = $(1) -m pip install --quiet --no-index --no-deps --force-reinstall $(2)/*.whl

help:
	@echo 'make build [PYTHON=…]   build rdbg into $(VENV); then $(VENV)/bin/rdbg --help'
	@echo 'make demo               record a program that fails, walk back to the mistake'
	@echo 'make test               all tests, with every CPython >= 3.12 found here'
	@echo 'make bench-replay       how long the debugger takes on 10^5 to 10^8 events (10 minutes)'
	@echo 'make lint               rustfmt and clippy'
	@echo 'make vscode             the extension for VS Code: editors/vscode/rdbg-python-….vsix'
	@echo 'make vscode-test        the extension in a real VS Code, in a browser without a screen (1 GB, takes minutes)'
	@echo 'make bench [ONLY=int_loop,fib] [QUICK=1] [PEERS=no]   what recording costs (takes long)'
	@echo 'make clean              remove target and $(VENV)'

build: $(VENV)/.built
	@echo 'built: $(VENV)/bin/rdbg'

# Names the interpreter of $(VENV); rewritten, with a new $(VENV), only when another one is asked for.
$(VENV)/.interpreter: FORCE
	@have=; \
	if [ -f $@ ] && $(VENV)/bin/python -m pip --version >/dev/null 2>&1; then have=$$(cat $@); fi; \
	if [ -n "$$have" ] && [ -z "$${PYTHON-}" ]; then exit 0; fi; \
	want=$$(tests/find-pythons --first); \
	if [ "$$want" = "$$have" ]; then exit 0; fi; \
	echo "making $(VENV) with $$want"; \
	rm -rf $(VENV); \
	"$$want" -m venv $(VENV); \
	$(VENV)/bin/python -m pip install --quiet '$(MATURIN)'; \
	printf '%s\n' "$$want" >$@

# The stamp is as old as the build's start: what is edited meanwhile is built next time.
$(VENV)/.built: $(VENV)/.interpreter $(SOURCES)
	@python=$$(cat $(VENV)/.interpreter); \
	echo "building rdbg for $$python (the first build takes minutes)"; \
	touch $(VENV)/.building; \
	$(call wheel,"$$python",target/wheels/venv); \
	$(call install,$(VENV)/bin/python,target/wheels/venv); \
	$(VENV)/bin/rdbg --version; \
	mv $(VENV)/.building $@

demo: build
	@tests/demo/run

# Unit tests of a crate that uses pyo3 are programs that load libpython, which not every CPython ships.
test: test-vscode test-dap-client build
	@python=$$(cat $(VENV)/.interpreter); \
	libdir=$$("$$python" -c 'import sysconfig; print(sysconfig.get_config_var("LIBDIR"))'); \
	set -- --workspace; \
	name=libpython$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	if ! ls "$$libdir/$$name".so "$$libdir/$$name".a "$$libdir/$$name".dylib 2>/dev/null | grep -q .; then \
		echo "NOT RUN: unit tests of recorder and wheel; $$python comes without libpython in $$libdir" >&2; \
		set -- "$$@" --exclude recorder --exclude wheel; \
	fi; \
	echo "== cargo test, $$python"; \
	PYO3_PYTHON="$$python" RDBG="$(CURDIR)/$(VENV)/bin/rdbg" \
	LD_LIBRARY_PATH="$$libdir$${LD_LIBRARY_PATH:+:$$LD_LIBRARY_PATH}" \
	DYLD_FALLBACK_LIBRARY_PATH="$$libdir" cargo test "$$@"
	@mkdir -p target/venvs; \
	tests/find-pythons >target/venvs/pythons; \
	while IFS= read -r python <&3; do \
		version=$$("$$python" -c 'import platform; print(platform.python_version())'); \
		venv=target/venvs/py$$version; \
		echo "== pytest, $$python ($$version)"; \
		if ! "$$venv/bin/python" -c 'import $(TEST_MODULES)' 2>/dev/null; then \
			rm -rf "$$venv"; \
			"$$python" -m venv "$$venv"; \
			"$$venv/bin/python" -m pip install --quiet $(TEST_NEEDS); \
		fi; \
		$(call wheel,"$$python","target/wheels/py$$version"); \
		$(call install,"$$venv/bin/python","target/wheels/py$$version"); \
		"$$venv/bin/python" -m pytest -q -rs -p no:cacheprovider -n 2 tests/python; \
	done 3<target/venvs/pythons
	@$(VENV)/bin/rdbg --version >/dev/null
	@echo "ALL TESTS PASSED: cargo test, and pytest with $$(wc -l <target/venvs/pythons | tr -d ' ') CPython version(s)"

$(VSCODE)/node_modules/.package-lock.json: $(VSCODE)/package-lock.json | $(VENV)/.interpreter
	@cd $(VSCODE); $(NODE) npm ci --ignore-scripts --silent

$(DAP_CLIENT)/node_modules/.package-lock.json: $(DAP_CLIENT)/package-lock.json | $(VENV)/.interpreter
	@cd $(DAP_CLIENT); $(NODE) npm ci --ignore-scripts --silent

test-dap-client: $(DAP_CLIENT)/node_modules/.package-lock.json build
	@echo "== rdbg dap, driven by Microsoft's client"
	@cd $(DAP_CLIENT); RDBG="$(CURDIR)/$(VENV)/bin/rdbg" $(NODE) npm test --silent

test-vscode: $(VSCODE)/node_modules/.package-lock.json
	@echo '== tests of the VS Code extension'
	@cd $(VSCODE); $(NODE) npm test --silent

vscode: $(VSCODE)/node_modules/.package-lock.json
	@cd $(VSCODE); $(NODE) npm run package --silent

# Not a part of the tests: it installs a VS Code into target, and needs Chromium.
vscode-test: vscode build
	@cd $(VSCODE); RDBG="$(CURDIR)/$(VENV)/bin/rdbg" $(NODE) npm run test-in-editor --silent

bench-replay: build
	@RDBG="$(CURDIR)/$(VENV)/bin/rdbg" cargo bench -q -p tests --bench replay

lint:
	@cargo fmt --all --check
	@PYO3_PYTHON=$$(cat $(VENV)/.interpreter 2>/dev/null || tests/find-pythons --first); export PYO3_PYTHON; \
	cargo clippy --workspace --all-targets -- -D warnings

# Not a part of the tests: it installs other recorders into target/bench and runs for an hour, a quarter with QUICK=1.
bench: build
	@python=$$(cat $(VENV)/.interpreter); \
	"$$python" tests/bench/run.py --wheel target/wheels/venv $(if $(ONLY),--only '$(ONLY)') \
		$(if $(QUICK),--quick) $(if $(filter no,$(PEERS)),--no-peers)

clean:
	rm -rf target $(VENV) $(VSCODE)/node_modules $(VSCODE)/out $(VSCODE)/*.vsix $(DAP_CLIENT)/node_modules
	find recorder tests -name __pycache__ -type d -prune -exec rm -rf {} +

FORCE:
