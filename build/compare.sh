#!/bin/sh
# Compares two builds of ecocomp byte for byte on everything that is shipped: every model, scenario, agreement and case, in every form
# and both languages.
#
#   build/compare.sh OLD NEW [FOLDER]
#
# Leaves FOLDER/old and FOLDER/new (default: a temporary folder) and lists the files that differ. Exit code 0: none does.
set -eu
[ $# -ge 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
old=$(realpath "$1")
new=$(realpath "$2")
folder=$(realpath -m "${3:-$(mktemp -d)}")
cd "$(dirname "$0")/.."
[ ! -e "$folder/old" ] && [ ! -e "$folder/new" ] || { echo "$folder/old or $folder/new is there already" >&2; exit 2; }

# One command: what it prints, what it says, how it ends.
try() {
    name=$1
    shift
    set +e
    "$program" "$@" >"$out/$name" 2>"$out/$name.stderr"
    echo $? >"$out/$name.exit"
    set -e
}

# One command that writes a file of its own.
write() {
    name=$1
    shift
    set +e
    "$program" "$@" -o "$out/$name" >/dev/null 2>&1
    echo $? >"$out/$name.exit"
    set -e
}

everything() {
    for lang in zh en; do
        say="--lang $lang"
        for model in models/*.toml; do
            m=$(basename "$model" .toml).$lang
            for form in table json csv; do
                # shellcheck disable=SC2086
                try "$m.allocate.$form" $say allocate "$model" --format $form
            done
            write "$m.allocate.xlsx" --lang $lang allocate "$model" --format xlsx
            try "$m.check" --lang $lang check "$model"
            for kind in frontier curve ranges alternatives robust tornado sobol; do
                case $kind in
                    frontier) more="--beside-capped" ;;
                    curve) more="--path fund.district.amount" ;;
                    ranges) more="--by area" ;;
                    alternatives) more="--count 2" ;;
                    robust) more="-s wetland-value --method regret" ;;
                    sobol) more="--samples 64" ;;
                    *) more="" ;;
                esac
                for form in table json csv svg; do
                    # shellcheck disable=SC2086
                    try "$m.$kind.$form" $say $kind "$model" $more --format $form
                done
            done
            try "$m.export" --lang $lang export "$model" --mps "$out/$m.mps"
        done
        model=models/chongming-vertical.toml
        try "explain.$lang" --lang $lang explain $model --area 310151102
        try "explain.$lang.json" --lang $lang explain $model --area 310151102 --format json
        for scenario in models/scenarios/*.toml; do
            s=$(basename "$scenario" .toml)
            try "scenario.$s.$lang" --lang $lang allocate $model -s "$s"
            try "scenario.$s.$lang.json" --lang $lang allocate $model -s "$s" --format json
        done
        for form in table json csv svg; do
            try "compare.$lang.$form" --lang $lang compare $model -s budget-up -s wetland-value --format $form
            try "sweep.$lang.$form" --lang $lang sweep models/chongming-uncertain.toml --draws 64 --format $form
        done
        write "compare.$lang.xlsx" --lang $lang compare $model -s budget-up -s wetland-value --format xlsx
        for agreement in models/horizontal/*.toml; do
            a=$(basename "$agreement" .toml)
            data=$(ls datasets/horizontal/"${a%-[0-9]*}"*.csv 2>/dev/null | sed 's/^/--monitoring /' | tr '\n' ' ')
            try "agreement.$a.$lang" --lang $lang horizontal check "$agreement"
            for form in table json csv; do
                # shellcheck disable=SC2086
                try "settle.$a.$lang.$form" $say horizontal settle "$agreement" $data --format $form
            done
            for form in table json csv svg; do
                try "pay.$a.$lang.$form" --lang $lang horizontal pay "$agreement" --format $form
                try "share.$a.$lang.$form" --lang $lang share "$agreement" --format $form
                try "bargain.$a.$lang.$form" --lang $lang bargain "$agreement" --format $form
            done
        done
        talk=models/horizontal/xinan-negotiation
        for verb in check show zone counter; do
            try "negotiate.$verb.$lang" --lang $lang negotiate $verb $talk/case.toml --rounds $talk/rounds.jsonl
        done
    done
}

for side in old new; do
    if [ $side = old ]; then program=$old; else program=$new; fi
    out=$folder/$side
    mkdir -p "$out"
    everything
done
# Where a file stood is no difference.
find "$folder/old" "$folder/new" -name '*.stderr' -exec sed -i "s#$folder/old/##g; s#$folder/new/##g" {} +
echo "$(find "$folder/new" -type f | wc -l) files in $folder"
if diff -rq "$folder/old" "$folder/new"; then echo "no difference"; else exit 1; fi
