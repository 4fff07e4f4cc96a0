# The developer's day. Every verb installs what it needs first; nothing is installed outside this folder.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CDK := node_modules/.bin/cdk
INSTALLED := $(VENV)/.installed
GONE := $(if $(wildcard $(CDK)),,gone)
SOURCES := lambdas cli stacks drill simulation bench tests docs app.py
# How many seeds, and from which on: make simulate SEEDS=20000 START=1
SEEDS ?= 2000
START ?= 0
# What synth, diff, bootstrap, deploy and destroy hand to the CDK besides. In GovCloud and China the CDK looks the
# account up in the environment's Region: AWS_REGION=us-gov-west-1 make deploy ARGS="-c region=us-gov-west-1"
ARGS ?=

# The CDK CLI runs `python3 app.py`: the one with our pins must come first.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Node 20 works; jsii warns at every start that its support ends.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

.DEFAULT_GOAL := help
.PHONY: help install drill drill-all test simulate mutants pictures lint format synth diff bootstrap deploy destroy clean in-its-place gone

help:  ## show the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  synth, diff, bootstrap, deploy and destroy take ARGS="-c config=other.yaml", or what else the CDK takes'
	@echo '  in GovCloud and China: AWS_REGION=us-gov-west-1 make deploy ARGS="-c region=us-gov-west-1"'

drill: $(INSTALLED)  ## replay the 2023-12-05 incident against the real stack on a local AWS
	@$(BIN)/rootguard drill

drill-all: $(INSTALLED)  ## rehearse every incident there is
	@$(BIN)/rootguard drill --all

test: lint  ## all checks and all tests
	@$(BIN)/pytest --numprocesses=auto --dist=loadfile

simulate: $(INSTALLED)  ## run many seeds, and make small what breaks; SEEDS=20000 START=1
	@$(BIN)/rootguard simulate --seeds $(SEEDS) --start $(START)

mutants: $(INSTALLED)  ## plant faults into what decides, and show those that no test notices; ARGS="--count 300 --seed 0"
	@$(BIN)/python bench/mutants.py $(ARGS)

pictures: $(INSTALLED)  ## write docs/samples and docs/images again; needs Chromium
	@$(BIN)/python docs/samples/pictures.py

lint: $(INSTALLED)  ## ruff, mypy, import contracts
	@$(BIN)/ruff format --check --quiet $(SOURCES) || { echo "Run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(INSTALLED)  ## put the code into shape
	@$(BIN)/ruff check --fix --quiet $(SOURCES) || true
	@$(BIN)/ruff format --quiet $(SOURCES)

synth: $(INSTALLED)  ## check guardrail.yaml and write the template to cdk.out
	@$(CDK) synth --quiet $(ARGS)
	@echo "cdk.out/Rootguard.template.json"

diff: $(INSTALLED)  ## show what a deployment would change
	@$(CDK) diff $(ARGS)

bootstrap: $(INSTALLED)  ## prepare the AWS account for the CDK, once
	@$(CDK) bootstrap $(ARGS)

deploy: $(INSTALLED)  ## deploy to the management account you are signed in to
	@$(CDK) deploy $(ARGS)

destroy: $(INSTALLED)  ## remove it again
	@$(CDK) destroy $(ARGS)

clean:  ## remove everything that was installed or built
	rm -rf $(VENV) node_modules cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

install: $(INSTALLED)  ## install what the other verbs need

$(INSTALLED): requirements.txt requirements-dev.txt constraints.txt lambdas/requirements.txt lambdas/requirements-channels.txt pyproject.toml package.json install.sh $(GONE) | in-its-place
	@PYTHON="$(PYTHON)" bash install.sh

in-its-place:
	@if [ -s $(INSTALLED) ] && [ "$$(cat $(INSTALLED))" != "$$(pwd -P)" ]; then \
	  echo "This checkout was installed in $$(cat $(INSTALLED)), and is in $$(pwd -P) now."; \
	  echo "What is installed names its old place. Run make clean, and then this again."; exit 1; \
	fi
	@if [ -e $(INSTALLED) ] && ! $(BIN)/python -c '' 2>/dev/null; then \
	  echo "The Python that $(VENV) was made with is gone. Run make clean, and then this again."; exit 1; \
	fi

gone:  # of what was installed before: it is installed again
