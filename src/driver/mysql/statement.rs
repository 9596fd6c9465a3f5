//! What the text of a statement tells before it is sent.

/// The first word of a statement.
fn first_word(text: &str) -> &str {
    text.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default()
}

/// Whether a statement that did not report its end has done nothing. Procedures and some commands commit
/// on their way.
pub(super) fn is_one_unit(text: &str) -> bool {
    let word = first_word(text);
    ["SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE", "WITH", "VALUES"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether a text is certainly one statement: what is sent without being prepared may be several.
pub(super) fn is_single(text: &str) -> bool {
    !text.contains(';')
}

/// Whether a statement commits the transaction in which it stands, without being asked to.
pub(super) fn commits(text: &str) -> bool {
    let word = first_word(text);
    let rest = text.trim_start().get(word.len()..).unwrap_or_default();
    if first_word(rest).eq_ignore_ascii_case("TEMPORARY") {
        return false;
    }
    [
        "ALTER", "ANALYZE", "BEGIN", "CREATE", "DROP", "GRANT", "LOCK", "OPTIMIZE", "RENAME", "REPAIR", "REVOKE",
        "START", "TRUNCATE", "UNLOCK",
    ]
    .iter()
    .any(|known| word.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_commit_are_known() {
        for text in ["CREATE TABLE t (a int)", " drop index i on t", "TRUNCATE t", "begin"] {
            assert!(commits(text), "{text}");
        }
        for text in ["CREATE TEMPORARY TABLE t (a int)", "INSERT INTO t VALUES (1)", "(SELECT 1)", "SAVEPOINT s", ""] {
            assert!(!commits(text), "{text}");
        }
    }
}
