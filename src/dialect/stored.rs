//! Names that only the text of a table's definition has, as SQLite keeps it.

use super::writer::push_quoted;

/// The name of the foreign key over these columns in a table's definition; None where it is written in another way than
/// here.
///
/// # Examples
///
/// ```
/// use chakra::dialect::foreign_key_name;
/// let sql = r#"CREATE TABLE "books" ("a" INTEGER, CONSTRAINT "fk_a" FOREIGN KEY ("a") REFERENCES "authors" ("id"))"#;
/// assert_eq!(foreign_key_name(sql, &["a".into()]).as_deref(), Some("fk_a"));
/// assert_eq!(foreign_key_name(sql, &["b".into()]), None);
/// ```
pub fn foreign_key_name(definition: &str, columns: &[String]) -> Option<String> {
    const KEYWORD: &str = "CONSTRAINT \"";
    let mut clause = " FOREIGN KEY (".to_owned();
    for (number, column) in columns.iter().enumerate() {
        if number > 0 {
            clause.push_str(", ");
        }
        push_quoted(&mut clause, column, '"');
    }
    clause.push(')');
    let before = definition[..definition.find(&clause)?].strip_suffix('"')?;
    // A quote inside the name is doubled; the one that opens it stands behind the keyword.
    let name = before.rsplit(KEYWORD).next().filter(|name| name.len() < before.len())?;
    let is_whole = name.replace("\"\"", "").find('"').is_none();
    is_whole.then(|| name.replace("\"\"", "\""))
}

/// The condition of a CHECK constraint in a table's definition. Where the constraint has no name, SQLite calls it by its
/// condition; a text that is no definition of a table is the condition itself.
///
/// # Examples
///
/// ```
/// use chakra::dialect::condition_of;
/// let sql = r#"CREATE TABLE "t" ("a" TEXT, CONSTRAINT "ck_a" CHECK (length("a") > 2), "b" TEXT)"#;
/// assert_eq!(condition_of(sql, "ck_a"), r#"length("a") > 2"#);
/// assert_eq!(condition_of(sql, "b <> ''"), "b <> ''");
/// assert_eq!(condition_of("`a` > 2", "ck_a"), "`a` > 2");
/// ```
pub fn condition_of<'a>(definition: &'a str, name: &'a str) -> &'a str {
    if !definition.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("CREATE")) {
        return definition;
    }
    let mut quoted = String::new();
    push_quoted(&mut quoted, name, '"');
    let mut after = [quoted.as_str(), name].into_iter().flat_map(|name| behind(definition, name));
    after.find_map(inside_check).unwrap_or(name)
}

/// What stands behind each place where a name stands.
fn behind<'a>(definition: &'a str, name: &str) -> Vec<&'a str> {
    if name.is_empty() {
        return Vec::new();
    }
    definition.match_indices(name).map(|(at, found)| &definition[at + found.len()..]).collect()
}

/// What stands in the parentheses of `CHECK (…)`, where a text begins so.
fn inside_check(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let is_check = text.get(..5)?.eq_ignore_ascii_case("CHECK");
    let inside = text[5..].trim_start().strip_prefix('(').filter(|_| is_check)?;
    let mut depth = 1_usize;
    let mut text_quote = None;
    for (at, char) in inside.char_indices() {
        match (char, text_quote) {
            (quote, Some(open)) if quote == open => text_quote = None,
            ('\'' | '"' | '`', None) => text_quote = Some(char),
            ('(', None) => depth += 1,
            (')', None) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&inside[..at]);
        }
    }
    None
}
