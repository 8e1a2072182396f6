#!/bin/sh
# Builds the page (src/web) into src/web/dist, from where the program takes it in. `page.sh check` looks at types and style of its sources,
# `page.sh test` drives it in a browser. Packages come from the registry that npm is configured for, as package-lock.json pins them.
set -eu
cd "$(dirname "$0")/../src/web"

# Packages as the lock names them; `all` with those for checks and tests.
packages() {
    mark="node_modules/.installed-$1"
    [ -e "$mark" ] && [ ! package-lock.json -nt "$mark" ] && return
    if [ "$1" = build ] && [ -e node_modules/.installed-all ] && [ ! package-lock.json -nt node_modules/.installed-all ]; then return; fi
    omit=""
    [ "$1" = build ] && omit="--omit=dev"
    # shellcheck disable=SC2086
    npm ci $omit --loglevel=error
    touch "$mark"
}

case "${1:-build}" in
build)
    echo "Building the page"
    packages build
    node build.mjs
    ;;
check)
    packages all
    npm run --silent check
    ;;
test)
    packages all
    exec node --test --test-reporter=spec tests/*.test.mjs
    ;;
esac
