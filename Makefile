# make demo   builds the page and the program, allocates the shipped Chongming dataset, leaves out/chongming.xlsx, and names the command that serves over HTTP
# make test   formats, lints, tests, and drives the page in a browser; make test-page is that last part alone
# Both install what building HiGHS from source needs (cmake, a C++ compiler, libclang) and Node.js for the page where they are missing;
# make test installs PostgreSQL, a browser and letters with Chinese too where it can.

CARGO ?= cargo
# One profile for everything, so that HiGHS is compiled once.
BUILD = --release --locked

WEB = src/web
# What the page is made of; the types of its client are made from the published document.
WEB_SOURCES = $(shell find $(WEB)/app -type f) $(WEB)/build.mjs $(WEB)/package-lock.json $(WEB)/package.json

.PHONY: demo test test-page setup bench page

setup:
	@sh build/setup.sh

# The page that the program holds. Where it cannot be built the program still can, and says so at its address.
page: $(WEB)/dist/index.html

$(WEB)/dist/index.html: $(WEB_SOURCES)
	@sh build/page.sh

demo: setup
	@$(MAKE) --no-print-directory page || echo "The page was not built; the program is built without it and says so at its address" >&2
	@echo "Compiling: some 300 crates and the HiGHS solver from source, some six minutes on two cores the first time"
	@sh build/progress.sh $(CARGO) build $(BUILD) --bin ecocomp
	./target/release/ecocomp allocate models/chongming-vertical.toml
	./target/release/ecocomp allocate models/chongming-vertical.toml -o out/chongming.xlsx --overwrite
	@echo "网页和 HTTP 服务 / page and HTTP service: ./target/release/ecocomp serve, http://127.0.0.1:8080"

test: setup
	@sh build/setup.sh test
	@$(MAKE) --no-print-directory page
	@sh build/page.sh check
	$(CARGO) fmt --check
	$(CARGO) clippy $(BUILD) --all-targets -- -D warnings
	$(CARGO) test $(BUILD)
	@$(MAKE) --no-print-directory test-page

# The page in a real browser, some four minutes. The program comes with a test, so that the tests' crates serve it too.
test-page: setup page
	@sh build/setup.sh test
	$(CARGO) test $(BUILD) --test architecture --no-run
	@sh build/page.sh test

bench: setup
	$(CARGO) bench --locked
