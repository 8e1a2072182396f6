#!/bin/sh
# Installs what building HiGHS from source needs, where it is missing: cmake, a C++ compiler, libclang.
# `setup.sh test` installs PostgreSQL besides, where it can (the tests of the store start a private cluster of it), and a font with Chinese.
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
# Charts are painted as PNG with a font of the system; the smallest with Chinese is enough.
font() {
    for folder in /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts" /Library/Fonts /System/Library/Fonts; do
        [ -d "$folder" ] || continue
        found=$(find "$folder" \( -iname '*cjk*' -o -iname 'wqy*' -o -iname 'droid*fallback*' -o -iname 'simhei*' -o -iname 'simsun*' -o -iname 'pingfang*' -o -iname 'msyh*' \) -print -quit 2>/dev/null)
        [ -n "$found" ] && return
    done
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    if command -v apt-get >/dev/null 2>&1 && $as_root true 2>/dev/null; then
        echo "Installing fonts-wqy-microhei with apt-get (tests paint charts with Chinese texts)"
        # shellcheck disable=SC2086
        $as_root apt-get update -q &&
            DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -q --no-install-recommends fonts-wqy-microhei && return
    fi
    echo "No font with Chinese is installed: the tests that paint charts as PNG will fail" >&2
}
if [ "${1:-}" = test ]; then
    postgres
    font
fi

missing=""
command -v cmake >/dev/null 2>&1 || missing="$missing cmake"
command -v c++ >/dev/null 2>&1 || missing="$missing g++"
found=$(ls /usr/lib/llvm-*/lib/libclang.so* /usr/lib/llvm-*/lib/libclang-[0-9]* /usr/lib/*/libclang.so* \
    /usr/lib/*/libclang-[0-9]* /usr/lib64/libclang.so* 2>/dev/null | head -n 1 || true)
[ -n "$found" ] || [ -n "${LIBCLANG_PATH:-}" ] || missing="$missing libclang-dev"
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Please install:$missing (needed to compile the HiGHS solver)" >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo"; fi
echo "Installing$missing with apt-get (needed to compile the HiGHS solver)"
$as_root apt-get update -q
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -q --no-install-recommends $missing
