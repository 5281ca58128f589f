#!/usr/bin/env bash
# Fuzzes one target for some seconds: fuzz/run.sh probe|decode [SECONDS] [more libFuzzer options]
#
# It builds as cargo-fuzz does, with the stable toolchain and without cargo-fuzz: LLVM's coverage counters in every crate
# of the library, and libFuzzer as the program's main. `cargo fuzz run` works in this folder, too.
set -euo pipefail
cd "$(dirname "$0")"

target=${1:?name a target: probe or decode}
seconds=${2:-600}
shift $(($# < 2 ? $# : 2))
triple=$(rustc -vV | sed -n 's/^host: //p')

flags="-Cpasses=sancov-module"
flags+=" -Cllvm-args=-sanitizer-coverage-level=4"
flags+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
flags+=" -Cllvm-args=-sanitizer-coverage-pc-table"
flags+=" -Cllvm-args=-sanitizer-coverage-trace-compares"
flags+=" --cfg fuzzing"

# --target keeps the counters out of build scripts, which have no libFuzzer to count for.
RUSTC_BOOTSTRAP=1 RUSTFLAGS="$flags" cargo build --release --target "$triple" --bin "$target"

corpus=corpus/$target
mkdir -p "$corpus" "artifacts/$target"
dictionary=()
[ -f media.dict ] && dictionary=(-dict=media.dict)
# Long sound goes through a temporary file: in memory where there is a file system for it.
[ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] && export TMPDIR=/dev/shm

exec "${CARGO_TARGET_DIR:-target}/$triple/release/$target" \
	-rss_limit_mb=512 -timeout=10 -max_len=100000 -max_total_time="$seconds" \
	-artifact_prefix="artifacts/$target/" -print_final_stats=1 "${dictionary[@]}" \
	"$@" "$corpus" ../tests/data/corpus
