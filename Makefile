# What people and CI run. `make` alone shows the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

GO ?= go
# Flags for the program that a target runs: make demo ARGS=--once.
ARGS ?=
# RACE=1 tests with the race detector, in the tests and in the programs they start.
RACE ?=

# One way to compile for programs, tests and lint, so that each package is compiled
# once. Kratos' SQLite and the race detector need C and set CGO_ENABLED themselves.
export CGO_ENABLED := 0
export GOFLAGS := $(GOFLAGS) -trimpath

BIN := $(CURDIR)/bin
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
KRATOS_VERSION := $(shell sed -nE 's|.*github.com/ory/kratos (v[^ ]+).*|\1|p' deploy/kratos/build/go.mod)
GOLANGCI_VERSION := v2.15.0
# Go's vulnerability database, as a module: "latest", a version, or the URL of another one.
VULNDB ?= v0.0.0-20261105234957-e22db6528018
GOLANGCI := $(BIN)/golangci-lint-$(GOLANGCI_VERSION)

# Modules of tools, whose dependencies are not the courier's. -count=1 for those whose tests read files
# of the repository: Go does not see that files outside a module have changed.
OTHER_MODULES := deploy/ci/check deploy/compose/check deploy/helm/check deploy/prometheus/check deploy/release/tools

# Without pgx's table of Go types for every type of PostgreSQL: 1.3 MB that the store does
# not need, because it asks the server.
COURIER_TAGS := -tags nopgxregisterdefaulttypes

# Those that postgres-versions tries.
POSTGRES_VERSIONS ?= 13 14 15 16 17

# Where the programs of a test run are built: the race detector needs its own.
TEST_BIN := $(BIN)$(if $(RACE),/race)
# All is watched but SQLite, which is C translated to Go and locks by itself: its own test takes
# 80 s instead of 250 s so.
RACE_FLAGS := -race -gcflags='modernc.org/...=-race=false'

.PHONY: help
help: ## show this list
	@echo "Usage: make <target>"; echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: need-go ## build whatsapp-courier and mockmeta, static, into bin/
	@echo "Building whatsapp-courier and mockmeta $(VERSION)"
	@$(GO) build $(COURIER_TAGS) -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN)/ \
		./courier/cmd/whatsapp-courier ./mockmeta/cmd/mockmeta

.PHONY: kratos
# KRATOS_BIN names a Kratos that you have already, of any version.
ifdef KRATOS_BIN
export KRATOS_BIN := $(abspath $(KRATOS_BIN))
kratos: need-go
	@test -x "$(KRATOS_BIN)" || { echo "KRATOS_BIN=$(KRATOS_BIN) is no program." >&2; exit 1; }
else
kratos: $(BIN)/kratos ## build real Ory Kratos into bin/kratos, once (KRATOS_BIN=path uses yours)
endif

# -tags sqlite for `dsn: memory`; that is C, hence gcc.
$(BIN)/kratos: deploy/kratos/build/go.mod deploy/kratos/build/go.sum | need-go need-gcc
	@echo "Building Ory Kratos $(KRATOS_VERSION) from its Go module: a few minutes, once"
	@CGO_ENABLED=1 $(GO) build -C deploy/kratos/build -tags sqlite \
		-ldflags "-s -w -X github.com/ory/kratos/driver/config.Version=$(KRATOS_VERSION)" \
		-o $@ github.com/ory/kratos
	@touch $@

.PHONY: demo
demo: build kratos ## run everything on this machine and log in (ARGS=--once: then stop)
	@echo "Building the demo"
	@$(GO) build -ldflags "-s -w" -o $(BIN)/demo ./deploy/demo/cmd/demo
	@exec $(BIN)/demo $(ARGS)

# The conformance suite runs in shards, as a program, and not one spec after the other as
# go test would. The race detector makes each several times slower, so then there are fewer.
# With ARGS it is go test's, like any test.
.PHONY: test
test: build kratos checks suite $(if $(RACE),build-race) ## go vet, all tests and the conformance suite, with real Kratos (ARGS=go test's flags, RACE=1)
	@$(GO) vet ./...
	@$(GO) test -C deploy/release/tools ./...
	@$(GO) test -C deploy/ci/check -count=1 ./...
	@COURIER_BIN=$(TEST_BIN)/whatsapp-courier MOCKMETA_BIN=$(TEST_BIN)/mockmeta \
		$(if $(RACE),GORACE=halt_on_error=1 CGO_ENABLED=1) \
		$(GO) test $(if $(RACE),$(RACE_FLAGS)) -timeout 30m ./... $(or $(ARGS),-skip '^TestConformance$$')
	@$(if $(ARGS),:,$(if $(RACE),GORACE=halt_on_error=1) $(TEST_BIN)/courier-conformance run --strict --out $(BIN)/conformance-report $(if $(RACE),--jobs 4))

# The modules that read compose files, alerts and dashboards, with dependencies of their own;
# tests run them.
.PHONY: checks
checks: need-go
	@$(GO) build -C deploy/compose/check -o /dev/null .
	@$(GO) build -C deploy/prometheus/check -o /dev/null .

.PHONY: conformance
conformance: build kratos suite ## judge the courier by the conformance suite, in a minute (ARGS='--replicas 2': on PostgreSQL)
	@$(BIN)/courier-conformance run --out $(BIN)/conformance-report $(ARGS)

.PHONY: suite
suite: need-go
	@$(GO) build -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN)/ ./conformance/cmd/courier-conformance

.PHONY: selftest
selftest: build kratos ## try the conformance suite itself, on a courier with faults (ARGS='--fault login-only')
	@$(GO) build -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN)/ \
		./conformance/cmd/courier-conformance ./conformance/selftest/cmd/selftest-courier
	@$(BIN)/courier-conformance selftest $(ARGS)

.PHONY: build-race
build-race: need-go need-gcc
	@echo "Building whatsapp-courier, mockmeta and courier-conformance with the race detector"
	@CGO_ENABLED=1 $(GO) build $(COURIER_TAGS) $(RACE_FLAGS) -ldflags "-X main.version=$(VERSION)" -o $(BIN)/race/ \
		./courier/cmd/whatsapp-courier ./mockmeta/cmd/mockmeta
	@CGO_ENABLED=1 $(GO) build $(RACE_FLAGS) -ldflags "-X main.version=$(VERSION)" -o $(BIN)/race/ ./conformance/cmd/courier-conformance

.PHONY: crash
crash: build kratos ## kill -9 the courier at 200 random moments under load (CRASH_ROUNDS, CRASH_SEED)
	@CRASH_ROUNDS=$${CRASH_ROUNDS:-200} $(GO) test -count=1 -timeout 60m -v ./conformance -run TestConformance -ginkgo.focus 'random moments' -ginkgo.v $(ARGS)

.PHONY: capacity
capacity: need-go ## write courier/docs/capacity.md: what a number of logins takes
	@$(GO) run ./courier/cmd/capacity --page > $(BIN)/capacity.md && mv $(BIN)/capacity.md courier/docs/capacity.md

.PHONY: failover
failover: build ## kill replicas, cut one off from PostgreSQL and kill that, for five minutes (ARGS='-failover.span=1h')
	@COURIER_BIN=$(BIN)/whatsapp-courier MOCKMETA_BIN=$(BIN)/mockmeta \
		$(GO) test -count=1 -timeout 24h -v ./conformance/failover -run Three -failover.span=5m $(ARGS)

.PHONY: postgres-versions
postgres-versions: need-go ## run the tests of the store on PostgreSQL 13 to 17, which npm brings (POSTGRES_VERSIONS='13 17'; Linux on amd64)
	@$(GO) test -c -o $(BIN)/postgres.test ./courier/store/postgres
	@deploy/ci/postgres/versions.sh $(BIN)/postgres.test $(POSTGRES_VERSIONS)

.PHONY: bench
bench: build kratos ## measure the courier with real Kratos: courier/docs/benchmarks.md and its plots, in ten minutes (ARGS=-short)
	@mkdir -p $(BIN)
	@$(GO) build -o $(BIN)/bench ./courier/bench/cmd/bench
	@COURIER_BIN=$(BIN)/whatsapp-courier MOCKMETA_BIN=$(BIN)/mockmeta KRATOS_BIN=$${KRATOS_BIN:-$(BIN)/kratos} $(BIN)/bench $(ARGS)

.PHONY: bench-go
bench-go: need-go ## run Go's benchmarks of the parts; they print ratios (BENCH_STORED=n, ARGS=go test's flags)
	@$(GO) test -run '^$$' -bench . -benchtime 2s ./courier/... ./mockmeta/... $(ARGS)

# A name of its own, for who makes several targets at once.
STORM_ARGS ?= $(ARGS)
.PHONY: storm
storm: build ## measure what an outage of Meta does to a crowd of logins (ARGS=--help)
	@COURIER_BIN=$(BIN)/whatsapp-courier MOCKMETA_BIN=$(BIN)/mockmeta $(GO) run ./conformance/storm/cmd/storm $(STORM_ARGS)

.PHONY: image
image: need-go ## build the images whatsapp-courier, mockmeta and signin with docker or buildah (ARCH=arm64)
	@deploy/docker/image.sh

.PHONY: chart
chart: build ## check the Helm chart with Helm, Kubernetes' types and the real courier (ARGS=-update)
	@COURIER_BIN=$(BIN)/whatsapp-courier $(GO) test -C deploy/helm/check -count=1 ./... $(ARGS)

.PHONY: monitoring
monitoring: build checks ## check alerts, runbook and dashboards with Prometheus' own tools and a running courier
	@command -v promtool >/dev/null || { echo "Prometheus is needed. On Debian: apt-get install prometheus" >&2; exit 1; }
	@COURIER_BIN=$(BIN)/whatsapp-courier MOCKMETA_BIN=$(BIN)/mockmeta $(GO) test -count=1 ./deploy/prometheus $(ARGS)

.PHONY: release
release: need-go ## build the archives of a release, byte by byte reproducible, into dist/
	@deploy/release/release.sh dist

.PHONY: vuln
vuln: need-go ## hold what we call, and what tools are built of, against Go's vulnerability database (VULNDB=latest)
	@$(GO) build -C deploy/release/tools -o $(BIN)/vulncheck ./cmd/vulncheck
	@$(BIN)/vulncheck -db $(VULNDB) deploy/kratos/build $(OTHER_MODULES)

.PHONY: judges
judges: build page-tools ## let independent clients of the Cloud API judge mockmeta (needs node and npm)
	@MOCKMETA_BIN=$(BIN)/mockmeta node mockmeta/judges/run.mjs

# axe-core, with which the tests of mockmeta's page and of the operators' look for barriers, and the judges.
.PHONY: page-tools
page-tools:
	@command -v npm >/dev/null || { echo "node and npm are needed. On Debian: apt-get install nodejs npm" >&2; exit 1; }
	@npm --prefix mockmeta/judges ci --ignore-scripts --no-audit --no-fund --silent

.PHONY: pictures
pictures: need-go ## take the pictures of /admin/ui in courier/docs anew, with chromium
	@mkdir -p $(BIN)/pictures
	@PAGE_SCREENSHOTS=$(BIN)/pictures $(GO) test -count=1 -run TestOperatorsWatchThePage ./courier/app
	@install -m 0644 $(BIN)/pictures/screen.png $(BIN)/pictures/screen-small.png courier/docs/

.PHONY: lint
lint: $(GOLANGCI) ## golangci-lint with .golangci.yml (the first run builds it)
	@$(GOLANGCI) run ./... $(ARGS)
	@for module in $(OTHER_MODULES); do (cd $$module && $(GOLANGCI) run ./... $(ARGS)) || exit 1; done

.PHONY: fmt
fmt: $(GOLANGCI) ## format the Go code as lint wants it
	@$(GOLANGCI) fmt ./...
	@for module in $(OTHER_MODULES); do (cd $$module && $(GOLANGCI) fmt ./...) || exit 1; done

$(GOLANGCI): | need-go
	@echo "Building golangci-lint $(GOLANGCI_VERSION): a few minutes, once"
	@GOBIN=$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@mv $(BIN)/golangci-lint $@

.PHONY: hooks
hooks: ## let git check formatting, go vet and the subject before each commit
	@git config core.hooksPath .githooks
	@echo "Git runs .githooks/pre-commit and .githooks/commit-msg from now on."

.PHONY: clean
clean: ## remove bin/, Kratos and the linter included
	@rm -rf $(BIN)

# An old Go may not even read go.mod, so ask for its version elsewhere.
.PHONY: need-go
need-go:
	@found="$$(cd / && GOTOOLCHAIN=local $(GO) env GOVERSION 2>/dev/null || true)"; \
	oldest="$$(printf 'go1.21\n%s\n' "$$found" | sort -V | head -n 1)"; \
	[ "$$oldest" = go1.21 ] || { \
		echo "Go 1.26 or newer is needed; found: $${found:-none}. See https://go.dev/dl/" >&2; exit 1; }

.PHONY: need-gcc
need-gcc:
	@command -v "$$($(GO) env CC)" >/dev/null || { \
		echo "A C compiler is needed for Kratos' SQLite. On Debian: apt-get install gcc libc6-dev" >&2; exit 1; }
