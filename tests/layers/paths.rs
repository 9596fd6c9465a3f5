//! Reads the paths that a source file names: enough of Rust's grammar to skip comments and literals
//! and to open nested `use` groups.

/// A path as written: `use crate::{a::B, c}` gives `crate::a::B` and `crate::c`.
#[derive(Debug, PartialEq, Eq)]
pub struct Path {
    /// Where its first segment stands, counted from 1.
    pub line: usize,
    /// The inline modules around it, outermost first.
    pub inside: Vec<String>,
    /// What stands between the `::`.
    pub segments: Vec<String>,
    /// Whether a `!` follows: the name of a macro.
    pub is_macro: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Word(String),
    Separator,
    Sign(char),
}

#[derive(Debug)]
struct Token {
    line: usize,
    kind: Kind,
}

/// Words after which `::` opens a path instead of continuing one.
const KEYWORDS: &[&str] = &["as", "dyn", "else", "if", "impl", "in", "match", "mut", "return", "use", "where"];

/// Every path of a file, in order; a lone word is a path of one segment.
pub fn paths(source: &str) -> Vec<Path> {
    let tokens = tokenize(source);
    let mut found = Vec::new();
    let mut modules: Vec<(String, usize)> = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at].kind {
            Kind::Sign('{') => depth += 1,
            Kind::Sign('}') => {
                depth = depth.saturating_sub(1);
                modules.retain(|(_, opened_at)| *opened_at < depth + 1);
            }
            Kind::Word(word) if word == "mod" => {
                if let Some(name) = inline_module(&tokens[at..]) {
                    modules.push((name, depth + 1));
                }
            }
            Kind::Word(_) if starts_path(&tokens, at) => {
                let first = found.len();
                let end = expand(&tokens, at, &mut Vec::new(), &mut found);
                for path in &mut found[first..] {
                    path.inside = modules.iter().map(|(name, _)| name.clone()).collect();
                }
                at = end;
                continue;
            }
            Kind::Word(_) | Kind::Separator | Kind::Sign(_) => {}
        }
        at += 1;
    }
    found
}

fn word(token: Option<&Token>) -> Option<&str> {
    match &token?.kind {
        Kind::Word(word) => Some(word),
        Kind::Separator | Kind::Sign(_) => None,
    }
}

fn is(token: Option<&Token>, kind: &Kind) -> bool {
    token.is_some_and(|token| token.kind == *kind)
}

fn inline_module(tokens: &[Token]) -> Option<String> {
    let name = word(tokens.get(1))?;
    is(tokens.get(2), &Kind::Sign('{')).then(|| name.to_owned())
}

fn starts_path(tokens: &[Token], at: usize) -> bool {
    let before = |distance: usize| at.checked_sub(distance).and_then(|at| tokens.get(at));
    if word(tokens.get(at)).is_some_and(|word| KEYWORDS.contains(&word)) {
        return false;
    }
    if !is(before(1), &Kind::Separator) {
        return true;
    }
    match before(2).map(|token| &token.kind) {
        Some(Kind::Word(word)) => KEYWORDS.contains(&word.as_str()),
        Some(Kind::Sign(sign)) => *sign != '>',
        Some(Kind::Separator) | None => true,
    }
}

/// Adds the paths of the tree that starts at `at`, below `prefix`; returns where the tree ends.
fn expand(tokens: &[Token], mut at: usize, prefix: &mut Vec<String>, found: &mut Vec<Path>) -> usize {
    let outer = prefix.len();
    let line = tokens[at].line;
    while let Some(segment) = word(tokens.get(at)) {
        prefix.push(segment.to_owned());
        at += 1;
        if !is(tokens.get(at), &Kind::Separator) {
            break;
        }
        let group = is(tokens.get(at + 1), &Kind::Sign('{'));
        if group {
            let end = expand_group(tokens, at + 2, prefix, found);
            prefix.truncate(outer);
            return end;
        }
        if word(tokens.get(at + 1)).is_none() {
            break;
        }
        at += 1;
    }
    let is_macro = is(tokens.get(at), &Kind::Sign('!'));
    found.push(Path { line, inside: Vec::new(), segments: prefix.clone(), is_macro });
    prefix.truncate(outer);
    at
}

fn expand_group(tokens: &[Token], mut at: usize, prefix: &mut Vec<String>, found: &mut Vec<Path>) -> usize {
    while at < tokens.len() && !is(tokens.get(at), &Kind::Sign('}')) {
        if word(tokens.get(at)) == Some("as") {
            at += 2;
        } else if word(tokens.get(at)).is_some() {
            at = expand(tokens, at, prefix, found);
        } else {
            at += 1;
        }
    }
    at + 1
}

fn tokenize(source: &str) -> Vec<Token> {
    let characters: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < characters.len() {
        let rest = &characters[at..];
        let skipped = comment(rest).or_else(|| literal(rest));
        let length = if let Some(length) = skipped {
            length
        } else if rest[0].is_alphanumeric() || rest[0] == '_' {
            let length = rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
            tokens.push(Token { line, kind: Kind::Word(rest[..length].iter().collect()) });
            length
        } else if rest.starts_with(&[':', ':']) {
            tokens.push(Token { line, kind: Kind::Separator });
            2
        } else {
            if !rest[0].is_whitespace() {
                tokens.push(Token { line, kind: Kind::Sign(rest[0]) });
            }
            1
        };
        line += rest[..length].iter().filter(|c| **c == '\n').count();
        at += length;
    }
    tokens
}

/// The length of the comment that `text` starts with.
fn comment(text: &[char]) -> Option<usize> {
    if text.starts_with(&['/', '/']) {
        return Some(text.iter().take_while(|c| **c != '\n').count());
    }
    if !text.starts_with(&['/', '*']) {
        return None;
    }
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
        if depth == 0 {
            break;
        }
    }
    Some(at)
}

/// The length of the string or character literal that `text` starts with, prefix included.
fn literal(text: &[char]) -> Option<usize> {
    let prefix = text.iter().take_while(|c| matches!(c, 'b' | 'c' | 'r')).count();
    let hashes = text[prefix..].iter().take_while(|c| **c == '#').count();
    let raw = text[..prefix].contains(&'r');
    match text.get(prefix + hashes)? {
        '"' if raw => raw_string(text, prefix + hashes, hashes),
        '"' if hashes == 0 => Some(escaped(text, prefix, '"')),
        '\'' if hashes == 0 && !raw && is_character(&text[prefix..]) => Some(escaped(text, prefix, '\'')),
        _ => None,
    }
}

/// Tells `'a'` and `'\n'` from the lifetime `'a`.
fn is_character(text: &[char]) -> bool {
    text.get(1) == Some(&'\\') || text.get(2) == Some(&'\'')
}

fn raw_string(text: &[char], quote: usize, hashes: usize) -> Option<usize> {
    let mut close = vec!['"'];
    close.resize(hashes + 1, '#');
    let body = &text[quote + 1..];
    let end = body.windows(close.len()).position(|window| window == close)?;
    Some(quote + 1 + end + close.len())
}

fn escaped(text: &[char], quote: usize, close: char) -> usize {
    let mut at = quote + 1;
    while at < text.len() && text[at] != close {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::paths;

    fn read(source: &str) -> Vec<String> {
        paths(source).into_iter().map(|path| path.segments.join("::")).collect()
    }

    fn starting_with(first: &str, source: &str) -> Vec<String> {
        read(source).into_iter().filter(|path| path.split("::").next() == Some(first)).collect()
    }

    #[test]
    fn nested_groups_are_opened() {
        let source = "pub use crate::{a::{B, self, deep::C as D}, e, f::*};";
        assert_eq!(
            starting_with("crate", source),
            ["crate::a::B", "crate::a::self", "crate::a::deep::C", "crate::e", "crate::f"]
        );
    }

    #[test]
    fn paths_in_expressions_types_and_attributes_are_read() {
        assert_eq!(
            starting_with("crate", "let x: Vec<crate::a::B> = crate::c::d::<u8>();"),
            ["crate::a::B", "crate::c::d"]
        );
        assert_eq!(starting_with("tokio", "#[tokio::test] async fn f() {}"), ["tokio::test"]);
        assert_eq!(starting_with("sqlx", "use ::sqlx::Pool;"), ["sqlx::Pool"]);
    }

    #[test]
    fn comments_and_literals_are_skipped() {
        let source = r##"
            //! [`crate::a::B`]
            /* crate::b /* crate::c */ crate::d */
            const TEXT: &str = "crate::e \" crate::f";
            const RAW: &str = r#"crate::g " crate::h"#;
            const QUOTE: (char, u8) = ('"', b'\'');
            fn f<'a>(x: &'a str) -> crate::kept::X { 'a' }
        "##;
        assert_eq!(starting_with("crate", source), ["crate::kept::X"]);
    }

    #[test]
    fn lines_and_inline_modules_are_known() {
        let found =
            paths("mod outer {\n    mod inner {\n        use super::x::Y;\n    }\n    use super::z;\n}\nuse super::w;");
        let supers: Vec<_> = found
            .iter()
            .filter(|path| path.segments[0] == "super")
            .map(|path| (path.line, path.inside.join("::")))
            .collect();
        assert_eq!(supers, [(3, "outer::inner".into()), (5, "outer".into()), (7, String::new())]);
    }
}
