//! Small programs that use autoproto-core; `cargo run -p autoproto-examples --example offline_minutes -- meeting.mp4`.
