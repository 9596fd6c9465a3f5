//! Holds the modules of the crate to their order, so that the layers of `docs/architecture.md` stay
//! true: a module may use what stands to its left in [`LAYERS`], never what stands to its right.

#[path = "layers/paths.rs"]
mod paths;
#[path = "layers/rules.rs"]
mod rules;

use std::path::Path;

use rules::{Rules, scan};

/// The modules of the crate root, lowest first.
const LAYERS: &[&str] = &[
    "error", "types", "schema", "query", "dialect", "driver", "config", "engine", "model", "postgres", "mysql",
    "session", "migrate", "cli",
];

/// Modules that may use everything: the list of modules, the door for derived code, the programs.
const EXEMPT: &[&str] = &["lib", "private", "bin"];

/// Layers that compute and do nothing else.
const PURE: &[&str] = &["error", "types", "schema", "query", "dialect"];

/// Crates, each with the lowest layer that may name it.
const CONFINED: &[(&str, Option<&str>)] =
    &[("sqlx", Some("driver")), ("rusqlite", Some("driver")), ("tokio", Some("driver")), ("pyo3", None)];

const RULES: Rules = Rules { layers: LAYERS, exempt: EXEMPT, pure: PURE, confined: CONFINED };

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn modules_use_only_what_stands_to_their_left() {
    let report = scan(&RULES, &project().join("src")).unwrap();
    assert!(report.files.iter().any(|file| file == "lib.rs"), "the crate root was not read");
    assert!(report.violations.is_empty(), "\n{}\n", report.violations.join("\n"));
}

#[test]
fn a_planted_wrong_arrow_is_found() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("layers-planted");
    std::fs::create_dir_all(folder.join("schema")).unwrap();
    std::fs::write(folder.join("lib.rs"), "pub mod driver;\npub mod schema;\n").unwrap();
    std::fs::write(folder.join("driver.rs"), "use crate::schema::Table;\n").unwrap();
    std::fs::write(folder.join("schema/table.rs"), "\nuse crate::driver::Pool;\n").unwrap();

    let report = scan(&RULES, &folder).unwrap();

    assert_eq!(report.violations, ["schema/table.rs:2: schema must not use driver"]);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn python_stays_in_the_binding_crate() {
    for manifest in ["Cargo.toml", "crates/chakra-macros/Cargo.toml"] {
        let text = std::fs::read_to_string(project().join(manifest)).unwrap();
        let sections = text.split("\n[").filter(|section| {
            let name = section.split(']').next().unwrap_or_default();
            name.ends_with("dependencies") && name != "workspace.dependencies"
        });
        for section in sections {
            assert!(!section.contains("pyo3"), "{manifest}: [{section}");
        }
    }
}
