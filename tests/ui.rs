//! What must not compile, with the message that users see.
#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::process::Command;

/// The compiler whose messages `tests/ui/*.stderr` hold. Another one words them differently, so that a
/// comparison would test the compiler. After a change of version: `TRYBUILD=overwrite cargo test --test ui`.
const WRITTEN_WITH: &str = "rustc 1.95.";

#[test]
fn mistakes_do_not_compile() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = String::from_utf8(Command::new(rustc).arg("--version").output().unwrap().stdout).unwrap();
    if !version.starts_with(WRITTEN_WITH) {
        println!("skipped mistakes_do_not_compile: the messages are those of {WRITTEN_WITH}x, this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
