//! Recordings whose truth is known, and how a result is held against it; for the benches and the tests.

pub mod long;
mod machine;
pub mod peer;
pub mod program;
mod score;
pub mod table;
mod truth;

pub use machine::{Memory, machine};
pub use score::{Found, Score, alike, held_against};
pub use truth::{Expected, Recording, Script, recordings};
