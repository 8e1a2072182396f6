#!/bin/sh
# Installs what building HiGHS from source needs, where it is missing: cmake, a C++ compiler, libclang.
set -eu

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
$as_root apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing
