//! `table.column` as text: what a foreign key refers to.

/// A column of another table, by the names in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The schema, where one is named.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
}

impl Reference {
    /// Reads `table.column` or `schema.table.column`. A name with a dot in it stands in double quotes, a double
    /// quote inside them is doubled. None for anything else.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::schema::Reference;
    /// let reference = Reference::parse("shop.users.id").unwrap();
    /// assert_eq!((reference.schema.as_deref(), reference.table.as_str()), (Some("shop"), "users"));
    /// assert_eq!(Reference::parse(r#""v1.0"."a ""b""""#).unwrap().column, "a \"b\"");
    /// assert_eq!(Reference::parse("users"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let mut names = Vec::new();
        let mut rest = text;
        loop {
            let (name, after) = first_name(rest)?;
            names.push(name);
            match after {
                Some(after) => rest = after,
                None => break,
            }
        }
        let column = names.pop()?;
        let table = names.pop()?;
        let schema = names.pop();
        names.is_empty().then_some(Self { schema, table, column })
    }
}

/// The first name of a dotted text, and what stands behind its dot.
fn first_name(text: &str) -> Option<(String, Option<&str>)> {
    let (name, after) = match text.strip_prefix('"') {
        Some(quoted) => {
            let end = closing_quote(quoted)?;
            (quoted[..end].replace("\"\"", "\""), &quoted[end + 1..])
        }
        None => {
            let end = text.find('.').unwrap_or(text.len());
            (text[..end].to_owned(), &text[end..])
        }
    };
    let after = match after.strip_prefix('.') {
        Some(after) => Some(after),
        None if after.is_empty() => None,
        None => return None,
    };
    (!name.is_empty()).then_some((name, after))
}

/// Where the quote stands that ends a quoted name: the first that is not one of two.
fn closing_quote(quoted: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + quoted[from..].find('"')?;
        if !quoted[at + 1..].starts_with('"') {
            return Some(at);
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(Option<String>, String, String)> {
        Reference::parse(text).map(|found| (found.schema, found.table, found.column))
    }

    #[test]
    fn names_with_and_without_quotes() {
        let named = |schema: Option<&str>, table: &str, column: &str| {
            Some((schema.map(str::to_owned), table.to_owned(), column.to_owned()))
        };
        assert_eq!(parts("users.id"), named(None, "users", "id"));
        assert_eq!(parts("shop.users.id"), named(Some("shop"), "users", "id"));
        assert_eq!(parts("\"a.b\".\"c\"\"d\""), named(None, "a.b", "c\"d"));
        assert_eq!(parts("Straße.Größe"), named(None, "Straße", "Größe"));
        assert_eq!(parts("a b.c d"), named(None, "a b", "c d"));
    }

    #[test]
    fn what_is_no_reference() {
        for text in ["", "users", ".", "users.", ".id", "a.b.c.d", "a..b", "\"a.b", "\"a\"b.c", "\"\".a", "a.\"b\"c"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
