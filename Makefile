# ./run and ./test need no make; the rest is here.
.DEFAULT_GOAL := help
.PHONY: help run test build release unit process chaos chaos-short chaos-mutations sim sim-mutations fuzz leaks sanitize browser pictures lint format graph fixtures configs web bench bench-web clean

checked := --explicit-target-dependency-import-check error
scenario ?= fanout

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build what changed and run the demo (./run)
	./run

test: ## Everything that a change must pass (./test)
	./test

build: ## A debug build
	swift build $(checked)

release: ## A release build of the program
	swift build -c release --product parley $(checked)

unit: ## The unit tests
	./test build unit

process: ## The tests that start the real processes
	./test build process

chaos: release ## Break a running release build 231 times, each kind of fault 7 times, and check what clients saw
	cd Tests/chaos && PARLEY_BINARY=$(CURDIR)/.build/release/parley python3 -m chaos \
	$(if $(seed),--seed $(seed)) --rounds $(or $(rounds),231)

chaos-short: ## The short form of it, as a step of ./test
	./test build chaos

chaos-mutations: ## Break the code on purpose, in a copy, and show that the checker notices
	Tests/chaos/mutations/run.sh

sim: ## Simulate new seeds for a time (make sim minutes=5), or one again (make sim seed=7 trace=FILE)
	swift build --build-tests $(checked)
	SWIFT_DETERMINISTIC_HASHING=1 PARLEY_SIM_SECONDS=$$(($(or $(minutes),5) * 60)) \
	$(if $(seed),PARLEY_SIM_SEED=$(seed)) $(if $(trace),PARLEY_SIM_TRACE=$(trace)) \
	swift test --skip-build --disable-xctest --no-parallel --filter SimulationTests/whatIsPromised

sim-mutations: ## Break the code on purpose, in a copy, and show that the simulation notices
	Tests/SimulationTests/mutations.sh

fuzz: ## Fuzz one parser: make fuzz target=frame seconds=60 (make fuzz lists them)
	@scripts/fuzz.sh "$(target)" $(seconds)

leaks: release ## Connect and disconnect, and print what memory stays: make leaks connects=100000
	scripts/bench.sh churn --connections $(or $(connects),100000)

sanitize: ## The unit tests under AddressSanitizer, then ThreadSanitizer: make sanitize only=thread
	scripts/sanitize.sh $(only)

browser: build ## The tests of the page in Chromium
	scripts/browser.sh -m pytest Tests/browser

pictures: build ## Take the pictures of the page in docs/pictures anew
	scripts/browser.sh Tests/browser/pictures.py

lint: ## Check the style, change nothing
	./test lint

format: ## Put the Swift files into the style
	swift format --in-place --recursive Package.swift Sources Tests

graph: ## Print the targets and what each depends on
	@swift package describe --type json | python3 -c 'import json, sys; \
	[print(t["name"].ljust(18), "->", ", ".join(t.get("target_dependencies", [])) or "-") \
	for t in json.load(sys.stdin)["targets"] if t["type"] != "test"]'

fixtures: ## Rewrite the golden wire fixtures; their diff is a diff in the contract
	PARLEY_REWRITE_FIXTURES=1 swift test --disable-xctest --filter WireTests

configs: build ## Rewrite Configs/ from the settings' tables
	for process in gateway router fanout notifier; do .build/debug/parley config example $$process > Configs/$$process.yaml; done

web: ## Join the modules of the SDK and the page into the files that are served
	node Sources/Web/sdk/join.mjs
	node Sources/Web/app/join.mjs

bench: release ## Measure a release build on fresh data: make bench scenario=ack
	scripts/bench.sh $(scenario)

bench-web: release ## Measure the page in Chromium
	PARLEY_BINARY=.build/release/parley scripts/browser.sh Tests/browser/bench_web.py

clean: ## Remove everything built; data stays
	rm -rf .build
