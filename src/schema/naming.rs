//! Names of tables, indexes and constraints that a model does not spell out.

use heck::ToSnakeCase;

/// The table of a model: its name in snake case, the last word in the plural.
///
/// # Examples
///
/// ```
/// use chakra::schema::naming::table_name;
/// assert_eq!(table_name("BlogPost"), "blog_posts");
/// assert_eq!(table_name("Category"), "categories");
/// assert_eq!(table_name("Person"), "people");
/// ```
pub fn table_name(model: &str) -> String {
    plural(&model.to_snake_case(), '_')
}

/// What a row of a model is called in a sentence.
///
/// # Examples
///
/// ```
/// use chakra::schema::naming::verbose_name;
/// assert_eq!(verbose_name("BlogPost"), "blog post");
/// ```
pub fn verbose_name(model: &str) -> String {
    model.to_snake_case().replace('_', " ")
}

/// What several of them are called: the last word in the plural.
///
/// # Examples
///
/// ```
/// use chakra::schema::naming::verbose_name_plural;
/// assert_eq!(verbose_name_plural("blog category"), "blog categories");
/// ```
pub fn verbose_name_plural(verbose_name: &str) -> String {
    plural(verbose_name, ' ')
}

/// The last word in the plural.
fn plural(words: &str, separator: char) -> String {
    match words.rsplit_once(separator) {
        Some((head, last)) => format!("{head}{separator}{}", pluralizer::pluralize(last, 2, false)),
        None => pluralizer::pluralize(words, 2, false),
    }
}

/// The valid name that is meant by a wrong one, if one is near.
///
/// # Examples
///
/// ```
/// use chakra::schema::naming::nearest;
/// assert_eq!(nearest("nmae", ["age", "name"].into_iter()), Some("name"));
/// assert_eq!(nearest("x", ["age", "name"].into_iter()), None);
/// ```
pub fn nearest<'a>(wrong: &str, valid: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let best = valid.map(|name| (strsim::damerau_levenshtein(wrong, name), name)).min()?;
    (best.0 <= 1 + wrong.chars().count() / 3).then_some(best.1)
}

/// The name of an enumeration's type: that of its class in snake case.
pub fn type_name(class: &str) -> String {
    bounded(class.to_snake_case())
}

/// The longest name that every database takes, in bytes (PostgreSQL's limit; MySQL takes 64 characters).
const LONGEST: usize = 63;

/// The name of an index over columns.
pub fn index_name(table: &str, columns: &[&str]) -> String {
    bounded(format!("ix_{table}_{}", columns.join("_")))
}

/// The name of a UNIQUE constraint over columns.
pub fn unique_name(table: &str, columns: &[&str]) -> String {
    bounded(format!("uq_{table}_{}", columns.join("_")))
}

/// The name of a CHECK constraint over columns; where it comes from an option of a field, that one's name is the last
/// part.
pub fn check_name(table: &str, parts: &[&str]) -> String {
    bounded(format!("ck_{table}_{}", parts.join("_")))
}

/// The name of a foreign key over columns.
pub fn foreign_key_name(table: &str, columns: &[&str]) -> String {
    bounded(format!("fk_{table}_{}", columns.join("_")))
}

/// The name of a CHECK constraint of a table as a whole: the words of its expression.
///
/// # Examples
///
/// ```
/// use chakra::schema::naming::table_check_name;
/// assert_eq!(table_check_name("events", "starts_at <= ends_at"), "ck_events_starts_at_le_ends_at");
/// ```
pub fn table_check_name(table: &str, expression: &str) -> String {
    bounded(format!("ck_{table}_{}", words(expression)))
}

/// The words and numbers of an SQL expression, comparisons among them.
pub(super) fn words(expression: &str) -> String {
    let spelled =
        [("<=", " le "), (">=", " ge "), ("<>", " ne "), ("!=", " ne "), ("<", " lt "), (">", " gt "), ("=", " eq ")];
    let spelled = spelled.iter().fold(expression.to_lowercase(), |text, (sign, word)| text.replace(sign, word));
    let words = spelled.split(|char: char| !char.is_alphanumeric() && char != '_').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

/// Cuts a name that is too long and keeps it distinct by a hash of the whole.
pub(super) fn bounded(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    // FNV-1a: short, and the same on every machine and in every version, which names in databases must be.
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut end = LONGEST - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{:08x}", &name[..end], hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals() {
        for (model, table) in [
            ("User", "users"),
            ("BlogPost", "blog_posts"),
            ("Category", "categories"),
            ("Person", "people"),
            ("Address", "addresses"),
            ("UserStatus", "user_statuses"),
            ("Child", "children"),
            ("HTTPLog", "http_logs"),
        ] {
            assert_eq!(table_name(model), table);
        }
    }

    #[test]
    fn long_names_stay_distinct_and_short() {
        let long = "x".repeat(80);
        let (a, b) = (index_name(&long, &["a"]), index_name(&long, &["b"]));
        assert!(a.len() <= LONGEST && b.len() <= LONGEST);
        assert_ne!(a, b);
    }
}
