//! What both targets need.

/// The fuzzer aborts on every panic as it begins; those that the library contains and reports are no findings.
pub fn be_quiet() {
    std::panic::set_hook(Box::new(|_| {}));
}

/// Fails the run where the library reports a defect of its own: a panic caught at its edge.
pub fn refuse_internal<T>(result: autoproto_core::Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) if error.code() == "internal" => panic!("{error}"),
        Err(_) => None,
    }
}
