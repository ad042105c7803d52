# The only entry. `make run` and `make test` do all the set-up on a fresh Debian or Ubuntu machine with Swift.
SHELL := /bin/bash
DATA ?= data
PORT ?= 8420
RELEASE := .build/release/florin
APT := libsqlite3-dev libpq-dev python3 python3-venv pkg-config ca-certificates curl
# For tests on PostgreSQL: a server of their own, started and removed by Tests/with-postgres.
APT_TEST := postgresql postgresql-client libfaketime
BOTH_ENGINES := StorageTests|VaultTests|PlatformTests

.PHONY: help run test scenarios slow test-ha lint format build bench torture clean setup setup-test

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

setup-test: override APT += $(APT_TEST)
setup-test: setup ## Install what the tests need besides

setup: ## Install the system packages that are missing
	@missing=""; for package in $(APT); do dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; done; \
	if [ -n "$$missing" ]; then echo "installing:$$missing"; \
		sudo=""; [ "$$(id -u)" = 0 ] || sudo="sudo"; \
		$$sudo apt-get update -q && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -qy --no-install-recommends $$missing; fi
	@command -v swift >/dev/null || { echo "Swift 6.2 or later is needed: https://www.swift.org/install/linux/"; exit 1; }

run: build ## Build, and start the sandbox on ./data (DATA=…, PORT=…)
	$(RELEASE) serve --data $(DATA) --port $(PORT)

build: setup ## Build the release binary
	swift build -c release --product florin

test: setup-test lint ## All tests on both engines: unit, vectors, tidiness, and the official SDK against a real server
	swift build --build-tests
	swift test --skip-build --parallel
	Tests/with-postgres swift test --skip-build --parallel --filter '$(BOTH_ENGINES)'
	Tests/Scenarios/run
	Tests/with-postgres Tests/Scenarios/run

scenarios: setup-test ## Only the official SDK against a real server on both engines (debug build)
	swift build --product florin
	Tests/Scenarios/run
	Tests/with-postgres Tests/Scenarios/run

slow: export FLORIN_SLOW = 1
slow: scenarios ## The scenarios that take more than ten seconds, too

test-ha: setup-test ## Kill, cut off and pause the nodes of a PostgreSQL cluster under payments (as root; minutes)
	deploy/ha/cluster install
	swift build --product florin
	Tests/HA/run

lint: ## Check the format of all Swift sources
	swift format lint --strict --parallel --recursive Package.swift Sources Tests

format: ## Format all Swift sources
	swift format format --in-place --parallel --recursive Package.swift Sources Tests

bench: build ## Measure payments a second on this machine, through everything
	$(RELEASE) bench payments --seconds 20

torture: build ## Kill the server at random moments for MINUTES (2) minutes, and check that nothing is lost
	$(RELEASE) torture --minutes $${MINUTES:-2}

clean: ## Remove all that was built
	rm -rf .build .build-*
