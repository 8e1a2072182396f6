# make demo   allocates the shipped Chongming dataset, leaves out/chongming.xlsx, and names the command that serves over HTTP
# make test   formats, lints, tests
# Both install what building HiGHS from source needs (cmake, a C++ compiler, libclang) where it is missing; make test installs PostgreSQL and a font with Chinese too where it can.

CARGO ?= cargo
# One profile for everything, so that HiGHS is compiled once.
BUILD = --release --locked

.PHONY: demo test setup bench

setup:
	@sh build/setup.sh

demo: setup
	@echo "Compiling: some 300 crates and the HiGHS solver from source, some six minutes on two cores the first time"
	@sh build/progress.sh $(CARGO) build $(BUILD) --bin ecocomp
	./target/release/ecocomp allocate models/chongming-vertical.toml
	./target/release/ecocomp allocate models/chongming-vertical.toml -o out/chongming.xlsx --overwrite
	@echo "HTTP 服务 / HTTP service: ./target/release/ecocomp serve"

test: setup
	@sh build/setup.sh test
	$(CARGO) fmt --check
	$(CARGO) clippy $(BUILD) --all-targets -- -D warnings
	$(CARGO) test $(BUILD)

bench: setup
	$(CARGO) bench --locked
