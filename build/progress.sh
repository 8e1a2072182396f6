#!/bin/sh
# Runs a cargo command and says all the time how far it is. On a terminal cargo draws its own bar; elsewhere (a log, a pipe) cargo is
# silent while it compiles something large, and here a line every ten seconds says what is being compiled and how much is left.
set -u
[ -t 2 ] && exec "$@"
ended=$(mktemp)
{
    CARGO_TERM_PROGRESS_WHEN=always CARGO_TERM_PROGRESS_WIDTH=100 CARGO_TERM_COLOR=never "$@" 2>&1
    echo $? >"$ended"
} | tr '\r' '\n' | awk '
    /^ *(Building|Downloading|Updating) \[/ {
        sub(/^ +/, ""); sub(/\[[=> ]*\] */, "")
        if (systime() - last >= 10) { last = systime(); print "  " $0; fflush() }
        next
    }
    /^ *Blocking|^ *$/ { next }
    { print; fflush() }'
status=$(cat "$ended")
rm -f "$ended"
exit "${status:-1}"
