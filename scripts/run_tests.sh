#!/usr/bin/env bash
# Runs every test of the workspace and ends with one line: `tests: N passed, N failed, N skipped`.
#
# A test that cannot run here returns early and appends `name: reason` to the file named by AUTOPROTO_SKIPS. libtest
# counts it as passed; here it counts as skipped, as do tests marked `#[ignore]`. Fails if a test failed, if cargo did,
# or if nothing ran.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

export PATH="$PWD/.venv/bin:$PATH" # cmake, for whisper.cpp
target="${CARGO_TARGET_DIR:-target}"
mkdir -p "$target"
target="$(cd "$target" && pwd)"
log="$target/tests.log"
export AUTOPROTO_SKIPS="$target/skipped.txt"
: >"$log"
: >"$AUTOPROTO_SKIPS"

broken=()
run() {
	echo "== $*"
	# One stream, so that a test's name stays next to what it printed. The log holds no colours.
	CARGO_TERM_COLOR=never "$@" 2>&1 </dev/null | tee -a "$log" || broken+=("$*")
}

# With a build folder elsewhere the programs under test are not in the checkout, and can't find what is in it.
if [[ -n "${CARGO_TARGET_DIR:-}" ]]; then
	export VIRTUAL_ENV="$PWD/.venv" AUTOPROTO_MODELS="${AUTOPROTO_MODELS:-$PWD/models}"
fi

# What is not decoded here is tested with an ffmpeg: the system's, or the one in a wheel, a program that only tests use.
if [[ -z "${AUTOPROTO_FFMPEG:-}" ]]; then
	AUTOPROTO_FFMPEG="$(command -v ffmpeg || true)"
fi
if [[ -z "$AUTOPROTO_FFMPEG" ]]; then
	pip=(.venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet)
	"${pip[@]}" --no-deps --require-hashes --only-binary :all: --requirement scripts/requirements-test.txt ||
		echo "tests: no ffmpeg could be had; what needs one is skipped"
	for program in "$PWD"/.venv/lib/python3.*/site-packages/imageio_ffmpeg/binaries/ffmpeg-*; do
		[[ -x "$program" ]] && AUTOPROTO_FFMPEG="$program"
	done
fi
[[ -z "$AUTOPROTO_FFMPEG" ]] && unset AUTOPROTO_FFMPEG || export AUTOPROTO_FFMPEG

run cargo test --no-fail-fast --workspace --features autoproto-core/cli,autoproto-core/testing

# "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s"
count() {
	awk -v word="$1" '/^test result: / { for (i = 2; i <= NF; i++) if ($i == word ";") n += $(i - 1) } END { print n + 0 }' "$log"
}
passed=$(count passed)
failed=$(count failed)
ignored=$(count ignored)

# Each test once, however often it says so.
skipped=$(awk -F ': ' 'NF && !seen[$1]++' "$AUTOPROTO_SKIPS")
returned_early=$(grep -c . <<<"$skipped")
passed=$((passed > returned_early ? passed - returned_early : 0))

# A build that broke, or a test that ended its process, has no result of its own to count.
if ((${#broken[@]} > 0 && failed == 0)); then
	failed=${#broken[@]}
fi

echo
((${#broken[@]} == 0)) || printf 'failed: %s\n' "${broken[@]}"
[[ -z "$skipped" ]] || sed 's/^/skipped: /' <<<"$skipped"
sed -nE 's/^test (.*) \.\.\. ignored(, )?(.*)$/skipped: \1: ignored \3/p' "$log" | sed 's/: ignored $/: ignored/'

((passed + failed > 0)) || echo "no test ran"
status=0
((failed == 0 && passed > 0)) || status=1
echo "tests: $passed passed, $failed failed, $((returned_early + ignored)) skipped" | tee "$target/tests-summary.txt"
exit "$status"
