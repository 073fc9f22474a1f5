# Needs make, a C compiler, Rust (stable) and a CPython >= 3.12; `make help` lists the targets.
# PYTHON=/path/to/python3 chooses the interpreter; without it tests/find-pythons does.

.PHONY: help build demo faults test transparency test-here test-versions test-vscode test-dap-client drive-dap-client lint vscode vscode-test bench bench-replay fuzz clean FORCE
.DEFAULT_GOAL := help
.SHELLFLAGS := -eu -c
.DELETE_ON_ERROR:

MATURIN := maturin~=1.16
VENV := .venv
export CARGO_TARGET_DIR := $(CURDIR)/target
export VENV
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

# Cargo's profile for the wheel: release is what people get; ci, which the tests build, takes a
# fraction of the time and runs nearly as fast; dev is for working on rdbg.
PROFILE := release

# $(call wheel,INTERPRETER,FOLDER): builds the wheel for one interpreter into an emptied folder.
wheel = rm -rf $(2); env -u PYO3_PYTHON -u VIRTUAL_ENV $(VENV)/bin/maturin build --profile $(PROFILE) \
	--auditwheel skip --interpreter $(1) --out $(2)
# $(call install,PYTHON_OF_VENV,FOLDER): puts that wheel into a virtual environment.
install = $(1) -m pip install --quiet --no-index --no-deps --force-reinstall $(2)/*.whl

help:
	@echo 'make build [PYTHON=…]   build rdbg into $(VENV); then $(VENV)/bin/rdbg --help'
	@echo '                        PROFILE=dev builds in seconds what runs slowly, for work on rdbg itself'
	@echo 'make demo               record a program that fails, walk back to the mistake'
	@echo 'make test               all tests, with every CPython >= 3.12 found here; builds wheels of its own'
	@echo 'make test-versions      all tests, with CPython 3.12 to 3.15; those not found here run in a Debian root (needs root)'
	@echo "make transparency [ONLY=heapq,click] [ALL=yes]   other people's test suites, bare and recorded (half an hour)"
	@echo 'make bench-replay       how long the debugger takes on 10^5 to 10^8 events (10 minutes)'
	@echo 'make faults             what the recorder does when every Nth call fails, when killed, and many at once (an hour)'
	@echo 'make lint               rustfmt and clippy'
	@echo 'make fuzz [SECONDS=60]  what reads the bytes of a stranger, under libFuzzer'
	@echo 'make vscode             the extension for VS Code: editors/vscode/rdbg-python-….vsix'
	@echo 'make vscode-test        the extension in a real VS Code, in a browser without a screen (1 GB, takes minutes)'
	@echo 'make bench [ONLY=int_loop,fib] [QUICK=1] [PEERS=no]   what recording costs (takes long)'
	@echo 'make bench PACKAGES=yes [ONLY=parso,lines]   what recording real programs costs (minutes)'
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

# The tests have environments and wheels of their own; $(VENV) and the wheel in it are left alone.
test: PROFILE := ci
test: test-vscode $(VENV)/.interpreter $(DAP_CLIENT)/node_modules/.package-lock.json
	@ALSO='$(MAKE) --no-print-directory drive-dap-client' PROFILE=$(PROFILE) tests/run $(if $(STRICT),--strict)

# Without what needs npm, with the interpreters named by PYTHONS.
test-here: PROFILE := ci
test-here: $(VENV)/.interpreter
	@PROFILE=$(PROFILE) tests/run $(PYTHONS)

test-versions: $(VENV)/.interpreter
	@tests/versions

# With each interpreter that `make test` has made an environment for. Not a part of the tests.
transparency:
	@for python in target/venvs/py*/bin/python; do \
		"$$python" tests/transparency/run.py $(if $(ONLY),--only '$(ONLY)') $(if $(ALL),--all); \
	done

$(VSCODE)/node_modules/.package-lock.json: $(VSCODE)/package-lock.json | $(VENV)/.interpreter
	@cd $(VSCODE); $(NODE) npm ci --ignore-scripts --silent

$(DAP_CLIENT)/node_modules/.package-lock.json: $(DAP_CLIENT)/package-lock.json | $(VENV)/.interpreter
	@cd $(DAP_CLIENT); $(NODE) npm ci --ignore-scripts --silent

test-dap-client: $(DAP_CLIENT)/node_modules/.package-lock.json build
	@RDBG="$(CURDIR)/$(VENV)/bin/rdbg" $(MAKE) --no-print-directory drive-dap-client

drive-dap-client:
	@echo "== rdbg dap, driven by Microsoft's client"
	@cd $(DAP_CLIENT); $(NODE) npm test --silent

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

# Not a part of the tests, which run a part of it: takes an hour.
faults: build
	@tests/faults/run.py --rdbg "$(CURDIR)/$(VENV)/bin/rdbg" --every

# SECONDS for each target. What the shell counts in a variable of that name is not meant.
fuzz:
	@fuzz/run $(if $(filter command line,$(origin SECONDS)),$(SECONDS),60)

lint:
	@cargo fmt --all --check
	@PYO3_PYTHON=$$(cat $(VENV)/.interpreter 2>/dev/null || tests/find-pythons --first); export PYO3_PYTHON; \
	cargo clippy --workspace --all-targets -- -D warnings

# Not a part of the tests: it installs other recorders into target/bench and runs for an hour, a quarter with QUICK=1.
# With PACKAGES=yes it measures real programs instead, which it installs there, too, in minutes.
bench: build
	@python=$$(cat $(VENV)/.interpreter); \
	"$$python" $(if $(filter yes,$(PACKAGES)),tests/bench/packages.py,tests/bench/run.py) --wheel target/wheels/venv \
		$(if $(ONLY),--only '$(ONLY)') \
		$(if $(filter yes,$(PACKAGES)),,$(if $(QUICK),--quick) $(if $(filter no,$(PEERS)),--no-peers))

clean:
	rm -rf target $(VENV) $(VSCODE)/node_modules $(VSCODE)/out $(VSCODE)/*.vsix $(DAP_CLIENT)/node_modules
	find recorder tests -name __pycache__ -type d -prune -exec rm -rf {} +

FORCE:
