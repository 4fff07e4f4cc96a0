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
# Before a deployment, doctor looks for what would make it fail. To deploy all the same: make deploy DOCTOR=skip
DOCTOR ?= run

# What of ARGS concerns doctor and the diff, too. Other options are of `cdk deploy` alone.
PROFILE := $(patsubst --profile=%,%,$(filter --profile=%,$(subst --profile ,--profile=,$(ARGS))))
CONTEXT := $(addprefix -c ,$(filter config=% region=%,$(ARGS)))
CONFIG := $(patsubst config=%,--config %,$(filter config=%,$(ARGS)))
REGION := $(or $(patsubst region=%,%,$(filter region=%,$(ARGS))),us-east-1)

define REMAINS
make destroy removes everything but this, which is kept as evidence:
  tables      Rootguard-LedgerTable…, Rootguard-ExceptionsTable…; protected from deletion
  log groups  Rootguard-GuardLogs…, Rootguard-NotifierLogs…; if there are such functions,
              Rootguard-RestoreLogs…, Rootguard-SlackLogs…, Rootguard-PagerDutyLogs…,
              Rootguard-IsolationLogs…, Rootguard-RehearsalLogs…
  key         that of the topic: AWS deletes it after 7 days
  quarantine  if there is one: its OU, its SCP and its RCP. Who is in it stays isolated: release first
No policy is changed, and nothing is undone any more. This lists what is left, once the stack is gone:
  aws resourcegroupstaggingapi get-resources --region $(REGION) --tag-filters Key=application,Values=rootguard
How to delete it: docs/upgrade.md
endef
export REMAINS

# The CDK CLI runs `python3 app.py`: the one with our pins must come first.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Node 20 works; jsii warns at every start that its support ends.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

.DEFAULT_GOAL := help
.PHONY: help install drill drill-all test simulate mutants pictures lint format synth diff bootstrap deploy destroy clean in-its-place gone

help:  ## show the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  synth, diff, bootstrap, deploy and destroy take ARGS="-c config=other.yaml", or what else the CDK takes'
	@echo '  deploy also takes DOCTOR=skip: deploy although doctor finds something broken'
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

deploy: $(INSTALLED)  ## look whether all is ready, show what changes, and deploy to the account you are signed in to
ifneq ($(DOCTOR),skip)
	@$(if $(PROFILE),AWS_PROFILE=$(PROFILE) ,)$(BIN)/rootguard doctor --before $(CONFIG) || \
	  { echo "Nothing was deployed. Mend what is broken; or deploy all the same: make deploy DOCTOR=skip"; exit 1; }
endif
	@$(CDK) diff $(CONTEXT) $(addprefix --profile ,$(PROFILE))
	@$(CDK) deploy $(ARGS)

destroy: $(INSTALLED)  ## say what remains, and remove the rest
	@echo "$$REMAINS"
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
