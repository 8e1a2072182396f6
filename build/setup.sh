#!/bin/sh
# Installs what is missing of what the build needs: cmake, a C++ compiler and libclang for HiGHS, Node.js and npm for the page.
# `setup.sh test` installs PostgreSQL besides, where it can (the tests of the store start a private cluster of it), and Chromium with
# Chinese letters (the tests of the page drive it, and charts are painted as PNG with a font of the system).
set -eu

postgres() {
    for folder in /usr/lib/postgresql/*/bin /usr/local/bin /usr/pgsql/bin /opt/homebrew/bin; do
        [ -x "$folder/initdb" ] && return
    done
    command -v initdb >/dev/null 2>&1 && return
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    if command -v apt-get >/dev/null 2>&1 && $as_root true 2>/dev/null; then
        echo "Installing postgresql with apt-get (the tests of the store run on it too)"
        # shellcheck disable=SC2086
        $as_root apt-get update -q &&
            DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -q --no-install-recommends postgresql && return
    fi
    echo "PostgreSQL is not installed: the tests of the store will run on SQLite alone" >&2
}

# A browser and letters for it.
browser() {
    wanted=""
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || wanted="chromium"
    fc-list :lang=zh 2>/dev/null | grep -q . || wanted="$wanted fontconfig fonts-noto-cjk"
    [ -z "$wanted" ] && return
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    if command -v apt-get >/dev/null 2>&1 && $as_root true 2>/dev/null; then
        echo "Installing$wanted with apt-get (the tests of the page)"
        # shellcheck disable=SC2086
        $as_root apt-get update -q &&
            DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -q --no-install-recommends $wanted && return
    fi
    echo "No browser is installed: the tests of the page cannot run" >&2
}
if [ "${1:-}" = test ]; then
    postgres
    browser
fi

missing=""
command -v cmake >/dev/null 2>&1 || missing="$missing cmake"
command -v c++ >/dev/null 2>&1 || missing="$missing g++"
found=$(ls /usr/lib/llvm-*/lib/libclang.so* /usr/lib/llvm-*/lib/libclang-[0-9]* /usr/lib/*/libclang.so* \
    /usr/lib/*/libclang-[0-9]* /usr/lib64/libclang.so* 2>/dev/null | head -n 1 || true)
[ -n "$found" ] || [ -n "${LIBCLANG_PATH:-}" ] || missing="$missing libclang-dev"
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
command -v npm >/dev/null 2>&1 || missing="$missing npm"
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Please install:$missing (needed to compile the HiGHS solver and to build the page)" >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo"; fi
echo "Installing$missing with apt-get (needed to compile the HiGHS solver and to build the page)"
$as_root apt-get update -q
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -q --no-install-recommends $missing
