# Darkroom's workshop. Needs make, Python 3.11 or newer with venv, and pip's way to the package index; nothing else.
# Everything is installed into .venv; remove that folder to start afresh.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OURS = $(wildcard api imgproxy db examples benchmarks tests piccolo_conf.py)

.DEFAULT_GOAL := help
.PHONY: help run doctor faces test bench bench-listings bench-page contact-sheet lint lock clean venv-run venv-faces venv-test

help: ## this list
	@echo 'Darkroom. Settings come from the environment: HOST, PORT, WORKERS, DARKROOM_*.'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

# `exec` and nothing behind it: a signal sent to make reaches the server itself.
run: venv-run ## set up what is missing and serve the demo portal on http://127.0.0.1:8000
	@exec $(BIN)/python -m api

faces: venv-faces ## add the face detector (OpenCV, 62 MB) for g_face, e_blur_faces and the like; then make run

doctor: venv-run ## look at storage, database, codecs, fonts; say what to do
	@exec $(BIN)/python -m api doctor

test: venv-test ## the whole suite; ARGS='-k url -x' goes to pytest
	@exec $(BIN)/python -m pytest $(ARGS)

bench: venv-test ## measure everything beside its rivals, a quarter of an hour; ARGS='--only hits' runs one
	@exec $(BIN)/python -m benchmarks $(ARGS)

bench-listings: venv-test ## measure listings alone: naive, optimized, cached on both databases
	@exec $(BIN)/python -m benchmarks --only listings $(ARGS)

bench-page: venv-test ## measure the portal in Chromium on a slowed phone, beside /unoptimized; Lighthouse too
	@exec $(BIN)/python -m benchmarks --only page $(ARGS)

contact-sheet: venv-test ## one page of all effects, before and after, for looking; ARGS names a photo
	@$(BIN)/python -m tests.sheet $(ARGS)

lint: venv-test ## ruff, the formatter's opinion, mypy
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/mypy $(OURS)

# `universal`: one file for every system and every Python we support. No address of an index may stay in it.
UV_COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links $(UPGRADE)

lock: ## pin requirements again after a change in pyproject.toml (needs uv); UPGRADE=--upgrade for newer ones
	@command -v uv >/dev/null || { echo 'darkroom: make lock needs uv (pip install uv)' >&2; exit 1; }
	@$(UV_COMPILE) pyproject.toml --output-file requirements/run.txt
	@$(UV_COMPILE) pyproject.toml --extra faces --constraint requirements/run.txt --output-file requirements/faces.txt
	@$(UV_COMPILE) pyproject.toml --extra test --constraint requirements/run.txt --output-file requirements/test.txt
	@echo thumbor | $(UV_COMPILE) - --output-file requirements/peers.txt

clean: ## remove .venv and caches, keep var/ (the demo's data)
	@rm -rf $(VENV) $(VENV)-peers .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find $(OURS) -type d -name __pycache__ -prune -exec rm -rf {} +

# The copy of the requirements inside .venv is the stamp: equal means that nothing is to be done, whatever the clocks of
# a checkout say. Test requirements contain those for running, with the same pins, so they satisfy both.
venv-run:
	@$(call ensure,run)

venv-faces:
	@$(call ensure,faces)

venv-test:
	@$(call ensure,test)

define ensure
set -eu; \
if cmp -s requirements/$(1).txt $(VENV)/$(1).stamp && [ -x $(BIN)/python ]; then exit 0; fi; \
command -v $(PYTHON) >/dev/null || { echo 'darkroom: Python 3.11 or newer is needed; "$(PYTHON)" was not found (make PYTHON=/path/to/python)' >&2; exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "darkroom: Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1 | cut -d' ' -f2) (make PYTHON=/path/to/python)" >&2; exit 1; }; \
$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo 'darkroom: this Python lacks venv; on Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }; \
[ -x $(BIN)/python ] && $(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV); \
echo 'darkroom: installing the pinned packages into $(VENV) (once, about a minute)' >&2; \
$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements/$(1).txt \
	|| { echo 'darkroom: the packages could not be installed; what pip says is above' >&2; exit 1; }; \
cp requirements/run.txt $(VENV)/run.stamp; cp requirements/$(1).txt $(VENV)/$(1).stamp
endef
