# Everything a developer of Millrace runs. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

MODULES  := schemas platform streams connectors services testenv
BIN      := $(CURDIR)/.bin
BUILD    := $(CURDIR)/.build
GO_FILES  = git ls-files -z --cached --others --exclude-standard '*.go'

# Real data for the tests that want it; they skip, and say so, without.
ifneq ($(wildcard ../shared/data),)
export MILLRACE_TEST_DATA ?= $(abspath ../shared/data)
endif
# Tests that had to be skipped write why into this file; `make test` ends with it.
export MILLRACE_SKIPS := $(BUILD)/skips

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: dev
dev: ## run all of Millrace in one process, nothing else needed; ARGS="--seed 7" for flags
	@go run ./services/cmd/millrace dev $(ARGS)

.PHONY: test
test: $(BIN)/peers $(BUILD) ## run every test, on a real Kafka, registry and Redis that it starts itself
	@rm -f $(MILLRACE_SKIPS); start=$$SECONDS; status=0; \
	$(BIN)/peers -- go test -count=1 -timeout 25m $(TESTFLAGS) work || status=$$?; \
	$(MAKE) --no-print-directory sim || status=$$?; \
	$(MAKE) --no-print-directory race || status=$$?; \
	if [ -s $(MILLRACE_SKIPS) ]; then echo "SKIPPED, see why:"; sort -u $(MILLRACE_SKIPS) | sed 's/^/  /'; fi; \
	echo "make test: $$((SECONDS - start)) s, exit $$status"; exit $$status

.PHONY: sim
sim: ## run fleets of the runtime through faults in virtual time, and prove that mistakes would be seen
	@go test -tags synctests -count=1 -timeout 14m $(TESTFLAGS) ./streams/sim/...

.PHONY: chaos
chaos: ## kill, freeze and cut off instances and brokers of a real Kafka, twenty rounds of each
	@MILLRACE_CHAOS_ROUNDS=20 go test -count=1 -v -timeout 90m -run 'Faults|Failover|Damaged|FullDisk' ./streams/internal/chaos

.PHONY: rush
rush: ## let orders contend: a hundred rounds of a thousand for one unit, ten thousand of several items
	@MILLRACE_RUSH_ROUNDS=100 go test -count=1 -v -timeout 60m ./services/target/rush
	@MILLRACE_CONTENTION_ROUNDS=10000 go test -count=1 -v -timeout 60m -run 'StandsFree|ComesToRest' ./services/stock/stockstream ./services/target/spine

.PHONY: check
check: $(BUILD) ## what every commit must pass: format, generated files, lint, rules, fast tests
	@start=$$SECONDS; \
	$(MAKE) --no-print-directory fmt-check generate-check lint arch unit; \
	echo "make check: $$((SECONDS - start)) s, all good"

.PHONY: unit
unit: ## run the tests that need no server
	@go test -short -timeout 5m work

.PHONY: race
race: ## run what shares memory between goroutines under the race detector
	@go test -race -short -count=1 -timeout 14m $(TESTFLAGS) ./streams/... ./platform/... ./services/availability/...

.PHONY: bench
bench: ## run all benchmarks, each for a second
	@go test -run '^$$' -bench . -benchmem work

.PHONY: soak
soak: ## load ten million keys and hold the memory bound; ARGS="--keys 1000000" for flags
	@go run ./streams/cmd/soak $(ARGS)

.PHONY: arch
arch: ## check who may import whom, and the other rules that are tests
	@go test -count=1 ./testenv/arch

.PHONY: fmt
fmt: $(BIN)/tools ## format all Go files
	@$(GO_FILES) | xargs -0 $(BIN)/gofumpt -w

.PHONY: fmt-check
fmt-check: $(BIN)/tools
	@wrong=$$($(GO_FILES) | xargs -0 $(BIN)/gofumpt -l); \
	if [ -n "$$wrong" ]; then echo "not formatted, run make fmt:"; echo "$$wrong"; exit 1; fi

.PHONY: lint
lint: $(BIN)/tools ## run the linters of .golangci.yml on every module
	@failed=0; for module in $(MODULES); do \
	  [ -n "$$(cd $$module && go list ./... 2>/dev/null)" ] || continue; \
	  echo "lint $$module"; (cd $$module && $(BIN)/golangci-lint run ./...) || failed=1; \
	done; exit $$failed

.PHONY: generate
generate: ## write all generated files anew
	@for module in $(MODULES); do (cd $$module && go generate ./...); done

.PHONY: generate-check
generate-check: $(BUILD)
	@sums() { git ls-files -z --cached --others --exclude-standard ':!go.work.sum' | xargs -0 sha256sum 2>/dev/null || true; }; \
	sums >$(BUILD)/before; $(MAKE) --no-print-directory generate; sums >$(BUILD)/after; \
	diff $(BUILD)/before $(BUILD)/after >/dev/null || { \
	  echo "generated files were out of date and are written anew; commit them:"; \
	  diff $(BUILD)/before $(BUILD)/after | awk '/^>/ { print "  " $$3 }'; exit 1; }

.PHONY: vuln
vuln: $(BIN)/tools ## look for known vulnerabilities in what is called
	@for module in $(MODULES); do echo "vuln $$module"; (cd $$module && $(BIN)/govulncheck ./...); done

.PHONY: peers
peers: $(BIN)/peers ## start Kafka, registry and Redis, print their addresses, stop on Ctrl-C
	@$(BIN)/peers

.PHONY: tidy
tidy: ## bring every go.mod and go.sum in line with the imports
	@for module in $(MODULES) tools; do (cd $$module && GOWORK=off go mod tidy); done

.PHONY: clean
clean: ## remove built tools, build output and the state of make dev
	@rm -rf $(BIN) $(BUILD) .millrace

# The pinned tools are built together, once for each change of their versions.
$(BIN)/tools: tools/go.mod
	@echo "building the tools pinned in tools/go.mod"
	@GOBIN=$(BIN) GOWORK=off go -C tools install tool
	@touch $@

.PHONY: $(BIN)/peers
$(BIN)/peers:
	@go build -o $@ ./testenv/cmd/peers

$(BUILD):
	@mkdir -p $@
