//! The names that `#[chakra(…)]` knows, those it will know, and the nearest to a wrong one.

use syn::Ident;

/// Functions that are called by the model's name; a column function of that name would hide them.
pub(super) const VERBS: &[&str] = &["query", "get", "get_or_none", "create", "bulk_insert", "query_all", "table"];

/// The names of one place: a struct or a field.
pub(crate) struct Names {
    place: &'static str,
    known: &'static [&'static str],
    /// Names of the contract that this version does not build. Refused by name rather than as unknown.
    later: &'static [&'static str],
}

/// On the struct.
pub(super) const STRUCT: Names = Names {
    place: "model",
    known: &[
        "table",
        "schema",
        "validate",
        "timestamps",
        "soft_delete",
        "version",
        "indexes",
        "constraints",
        "comment",
        "ordering",
        "verbose_name",
        "verbose_name_plural",
    ],
    later: &["abstract"],
};

/// On a field.
pub(super) const FIELD: Names = Names {
    place: "field",
    known: &[
        "primary_key",
        "auto_increment",
        "unique",
        "index",
        "column",
        "length",
        "text",
        "char_length",
        "json",
        "precision",
        "scale",
        "dimensions",
        "default",
        "min_value",
        "max_value",
        "min_length",
        "max_length",
        "pattern",
        "choices",
        "check",
        "db_check",
        "comment",
        "on_update",
        "references",
        "on_delete",
        "validate",
    ],
    later: &["server_default"],
};

/// On a field that is a relationship.
pub(super) const RELATION: Names = Names {
    place: "relationship",
    known: &["relation", "foreign_key", "back_populates", "through", "through_fields", "symmetrical", "model"],
    later: &[],
};

/// On an enum.
pub(crate) const ENUM: Names = Names { place: "enumeration", known: &["name", "native", "rename_all"], later: &[] };

/// On a variant of an enum.
pub(crate) const VARIANT: Names = Names { place: "variant", known: &["rename"], later: &[] };

impl Names {
    /// The error for a name that is not known.
    pub(crate) fn refuse(&self, name: &Ident) -> syn::Error {
        let text = name.to_string();
        if self.later.contains(&text.as_str()) {
            return syn::Error::new(
                name.span(),
                format!("`{text}` is not built yet in this version{}", instead(&text)),
            );
        }
        let hint = match self.nearest(&text) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("a {} takes {}", self.place, self.known.join(", ")),
        };
        syn::Error::new(name.span(), format!("unknown {} option `{text}`; {hint}", self.place))
    }

    fn nearest(&self, wrong: &str) -> Option<&'static str> {
        nearest(wrong, self.known)
    }
}

/// The nearest of some names to a wrong one, if one is near.
pub(super) fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |known: &&str| strsim::damerau_levenshtein(wrong, known);
    let nearest = known.iter().copied().min_by_key(distance)?;
    (distance(&nearest) <= nearest.len() / 3 + 1).then_some(nearest)
}

/// What to write today.
fn instead(later: &str) -> &'static str {
    match later {
        "server_default" => "; `default = \"…\"` is the SQL expression",
        _ => "",
    }
}
