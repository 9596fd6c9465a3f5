//! Judges the paths of a source tree by a table of layers.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::paths::{self, paths};

/// The order of the layers, and what is tied to it.
pub struct Rules {
    /// The modules of the crate root, lowest first.
    pub layers: &'static [&'static str],
    /// Modules of the crate root that may use everything.
    pub exempt: &'static [&'static str],
    /// Layers without `async`.
    pub pure: &'static [&'static str],
    /// Crates, each with the lowest layer that may name it, if any.
    pub confined: &'static [(&'static str, Option<&'static str>)],
}

/// What a scan saw.
#[derive(Debug, Default)]
pub struct Report {
    /// The files read, relative to the folder.
    pub files: Vec<String>,
    /// One line per offence: `file:line: what is wrong`.
    pub violations: Vec<String>,
}

/// Names that the crate root re-exports, each with the module it comes from.
type Exports = BTreeMap<String, String>;

/// Reads every Rust file below `folder`, the folder of the crate root.
pub fn scan(rules: &Rules, folder: &Path) -> io::Result<Report> {
    let root = std::fs::read_to_string(folder.join("lib.rs"))?;
    let exports = exports(rules, &root);
    let mut report = Report::default();
    collect(folder, "", &mut report.files)?;
    for file in &report.files {
        let source = std::fs::read_to_string(folder.join(file))?;
        report.violations.extend(violations(rules, &exports, file, &source));
    }
    Ok(report)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            files.push(name);
        }
    }
    Ok(())
}

fn exports(rules: &Rules, root: &str) -> Exports {
    paths(root)
        .into_iter()
        .map(|path| path.segments)
        .map(|segments| match segments.first() {
            Some(first) if first == "crate" || first == "self" => segments[1..].to_vec(),
            _ => segments,
        })
        .filter(|segments| segments.len() > 1 && rules.layers.contains(&segments[0].as_str()))
        .map(|segments| (segments[segments.len() - 1].clone(), segments[0].clone()))
        .collect()
}

fn violations(rules: &Rules, exports: &Exports, file: &str, source: &str) -> Vec<String> {
    let modules: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    let layer = modules[0];
    if rules.exempt.contains(&layer) {
        return Vec::new();
    }
    if !rules.layers.contains(&layer) {
        return vec![format!("{file}:1: {layer} is no layer; give it a place in LAYERS")];
    }
    paths(source)
        .iter()
        .filter_map(|path| {
            let offence = wrong_arrow(rules, exports, &modules, path)
                .or_else(|| wrong_crate(rules, layer, path))
                .or_else(|| impure(rules, layer, path))?;
            Some(format!("{file}:{}: {offence}", path.line))
        })
        .collect()
}

fn wrong_arrow(rules: &Rules, exports: &Exports, modules: &[&str], path: &paths::Path) -> Option<String> {
    let name = root_name(modules, path)?;
    let target = exports.get(name).map_or(name, String::as_str);
    let layer = modules[0];
    let rank = |layer: &str| rules.layers.iter().position(|candidate| *candidate == layer);
    match rank(target) {
        Some(rank_of_target) => (Some(rank_of_target) > rank(layer)).then(|| format!("{layer} must not use {target}")),
        None if path.is_macro => None,
        None => Some(format!("{layer} must not use {target}, which is no layer")),
    }
}

/// What a path names at the crate root, if that is where it leads.
fn root_name<'a>(modules: &[&str], path: &'a paths::Path) -> Option<&'a str> {
    let mut segments = path.segments.iter().map(String::as_str).peekable();
    if segments.peek() == Some(&"crate") {
        segments.next();
        return segments.next();
    }
    if segments.peek() == Some(&"self") {
        segments.next();
    }
    let mut climbed = 0;
    while segments.next_if_eq(&"super").is_some() {
        climbed += 1;
    }
    let depth = modules.len() + path.inside.len();
    if climbed > 0 && climbed >= depth { segments.next() } else { None }
}

fn wrong_crate(rules: &Rules, layer: &str, path: &paths::Path) -> Option<String> {
    let name = path.segments[0].as_str();
    let (_, lowest) = rules.confined.iter().find(|(confined, _)| *confined == name)?;
    let rank = |layer: &str| rules.layers.iter().position(|candidate| *candidate == layer);
    match lowest {
        Some(lowest) if rank(layer) >= rank(lowest) => None,
        Some(lowest) => Some(format!("{layer} must not use {name}, which starts at {lowest}")),
        None => Some(format!("{layer} must not use {name}")),
    }
}

fn impure(rules: &Rules, layer: &str, path: &paths::Path) -> Option<String> {
    let word = path.segments[0].as_str();
    (rules.pure.contains(&layer) && matches!(word, "async" | "await"))
        .then(|| format!("{layer} is pure and must not be {word}"))
}

#[cfg(test)]
mod tests {
    use super::{Rules, exports, violations};

    const RULES: Rules = Rules {
        layers: &["low", "middle", "high"],
        exempt: &["lib"],
        pure: &["low"],
        confined: &[("sqlx", Some("middle")), ("pyo3", None)],
    };

    fn judge(file: &str, source: &str) -> Vec<String> {
        let exports = exports(&RULES, "pub mod high; pub use high::{Session, deep::Unit as Work}; pub use low::Error;");
        violations(&RULES, &exports, file, source)
    }

    #[test]
    fn arrows_to_the_left_and_within_a_layer_are_right() {
        let source =
            "use crate::low::A; use crate::{middle::B, Error}; use super::other::C; use std::fmt; fn f() { self::g() }";
        assert_eq!(judge("middle/part.rs", source), Vec::<String>::new());
    }

    #[test]
    fn arrows_to_the_right_are_wrong_however_they_are_written() {
        for source in [
            "use crate::high::X;",
            "use crate::{low::A, high::{X, Y}};",
            "use crate::high;",
            "use crate::Session;",
            "fn f() { crate::high::f() }",
            "use super::super::high::X;",
            "mod tests { use super::super::super::high::X; }",
            "use super::{super::high, sibling::A};",
        ] {
            let found = judge("middle/part.rs", source);
            assert!(found.contains(&"middle/part.rs:1: middle must not use high".to_owned()), "{source}: {found:?}");
        }
    }

    #[test]
    fn a_module_outside_the_table_is_wrong_on_both_ends() {
        assert_eq!(judge("misc.rs", ""), ["misc.rs:1: misc is no layer; give it a place in LAYERS"]);
        assert_eq!(judge("low.rs", "use crate::misc::X;"), ["low.rs:1: low must not use misc, which is no layer"]);
        assert_eq!(judge("low.rs", "crate::some_macro!(1);"), Vec::<String>::new());
    }

    #[test]
    fn crates_stay_where_they_belong() {
        assert_eq!(judge("middle.rs", "use sqlx::Row;"), Vec::<String>::new());
        assert_eq!(judge("low.rs", "use sqlx::Row;"), ["low.rs:1: low must not use sqlx, which starts at middle"]);
        assert_eq!(judge("high.rs", "use pyo3::Python;"), ["high.rs:1: high must not use pyo3"]);
    }

    #[test]
    fn pure_layers_have_no_async() {
        assert_eq!(judge("low.rs", "async fn f() {}"), ["low.rs:1: low is pure and must not be async"]);
        assert_eq!(judge("middle.rs", "async fn f() {}"), Vec::<String>::new());
    }
}
