//! What must not compile, with the message that users see.
#![cfg(feature = "derive")]

#[test]
fn mistakes_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
