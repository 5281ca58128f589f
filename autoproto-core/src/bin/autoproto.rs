//! The `autoproto` command.

fn main() -> std::process::ExitCode {
    autoproto_core::cli::run(std::env::args_os()).into()
}
