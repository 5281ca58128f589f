# Everything here works without root and without anything set in the environment; `make` alone lists it.

PYTHON ?= python3
DEMO   ?= standup-en
MODELS :=

# cmake, which builds whisper.cpp, comes from .venv.
CARGO  := PATH="$(CURDIR)/.venv/bin:$$PATH" cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)

RECORDING = $(firstword $(wildcard $(addprefix examples/data/$(DEMO).,flac wav mp3 m4a ogg opus)))
MINUTES   = $(addprefix demo/$(DEMO).,md json srt)

# The features of the library, and the command's on top of them.
LIBRARY_FEATURES := decode opus onnx whisper schema testing
FEATURES         := $(LIBRARY_FEATURES) cli
space := $(subst ,, )
comma := ,
list   = $(subst $(space),$(comma),$(strip $(1)))

.DEFAULT_GOAL := help
.PHONY: help setup models demo test accuracy soak media diarize transcribe mutate fuzz lint features doc package clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## .venv with ONNX Runtime, cmake and numpy, at pinned versions
	@command -v $(PYTHON) >/dev/null || { echo "setup: $(PYTHON) is not on PATH: install Python 3.11 or later" >&2; exit 1; }
	@$(PYTHON) scripts/setup.py

models: setup ## the models, each checked against its hash; MODELS="ID..." for others than the demo's
	@.venv/bin/python scripts/models.py $(MODELS)

demo: setup models ## the minutes of a recorded meeting; DEMO=planning-ru for another one
	@test -n "$(RECORDING)" || { echo "demo: no recording examples/data/$(DEMO).*" >&2; exit 1; }
	$(CARGO) build --release -p autoproto-core --features cli
	@mkdir -p demo
	VIRTUAL_ENV="$(CURDIR)/.venv" $(TARGET)/release/autoproto minutes $(RECORDING) $(addprefix -o ,$(MINUTES))
	@echo; cat demo/$(DEMO).md; echo
	@echo "From $(RECORDING): $(MINUTES)"

test: setup models ## every test, and the names of those that were skipped
	@bash scripts/run_tests.sh

accuracy: setup models ## word and speaker errors on the recordings at hand, by hand
	$(CARGO) run --release -p autoproto-benches --bin accuracy

soak: setup models ## long and repeated runs, watching memory, by hand
	$(CARGO) run --release -p autoproto-benches --bin soak

media: setup ## decoding against ffmpeg: formats, speed, memory, by hand; MEDIA="--ffmpeg PATH --python PATH" names them
	$(CARGO) run --release -p autoproto-benches --bin media -- --all $(MEDIA)

diarize: setup models ## diarization against pyannote.audio, sherpa-onnx and scipy, by hand; DIARIZE="--python PATH" names them
	$(CARGO) run --release -p autoproto-benches --bin diarize -- $(DIARIZE)

transcribe: setup models ## transcription against whisper.cpp and faster-whisper, by hand; TRANSCRIBE="--python PATH" names them
	$(CARGO) run --release -p autoproto-benches --bin transcribe -- $(TRANSCRIBE)

mutate: setup ## 100,000 damaged recordings, each decoded under limits, by hand; MUTATE="--count 1000" for fewer
	$(CARGO) run --release -p autoproto-benches --bin mutate -- $(MUTATE)

fuzz: ## the fuzz targets, FUZZ_SECONDS each (1800), by hand
	bash fuzz/run.sh probe $(or $(FUZZ_SECONDS),1800)
	bash fuzz/run.sh decode $(or $(FUZZ_SECONDS),1800)

lint: setup ## formatting and clippy, warnings refused
	@cargo fmt --version >/dev/null 2>&1 || { echo "lint: rustfmt is missing: rustup component add rustfmt" >&2; exit 1; }
	@cargo clippy --version >/dev/null 2>&1 || { echo "lint: clippy is missing: rustup component add clippy" >&2; exit 1; }
	cargo fmt --all --check
	$(CARGO) clippy --workspace --all-targets --features autoproto-core/cli,autoproto-core/testing -- -D warnings

features: setup ## that each feature compiles alone, and none, and all
	$(CARGO) check -p autoproto-core --no-default-features
	@set -e; for feature in $(FEATURES); do \
		echo "cargo check -p autoproto-core --no-default-features --features $$feature"; \
		$(CARGO) check -p autoproto-core --no-default-features --features $$feature; \
	done
	$(CARGO) check -p autoproto-core --no-default-features --features $(call list,$(FEATURES))

doc: setup ## the documentation, warnings refused
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps -p autoproto-core --features $(call list,$(LIBRARY_FEATURES))

package: setup ## that the published crate builds by itself; in CI the tree must be clean
	$(CARGO) package -p autoproto-core $(if $(CI),,--allow-dirty)

clean: ## removes what was built and made; models stay
	cargo clean
	rm -rf demo .venv
