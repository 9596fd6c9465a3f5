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
    let snake = model.to_snake_case();
    match snake.rsplit_once('_') {
        Some((head, last)) => format!("{head}_{}", pluralizer::pluralize(last, 2, false)),
        None => pluralizer::pluralize(&snake, 2, false),
    }
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

/// The name of a CHECK constraint over columns.
pub fn check_name(table: &str, columns: &[&str]) -> String {
    bounded(format!("ck_{table}_{}", columns.join("_")))
}

/// The name of a foreign key over columns.
pub fn foreign_key_name(table: &str, columns: &[&str]) -> String {
    bounded(format!("fk_{table}_{}", columns.join("_")))
}

/// Cuts a name that is too long and keeps it distinct by a hash of the whole.
fn bounded(name: String) -> String {
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
