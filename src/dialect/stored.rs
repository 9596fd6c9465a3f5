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
