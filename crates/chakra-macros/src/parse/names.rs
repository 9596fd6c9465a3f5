//! The names that `#[chakra(…)]` knows, what to write instead of others, and the nearest to a wrong one.

use syn::Ident;

/// Functions that are called by the model's name; a column function of that name would hide them.
pub(super) const VERBS: &[&str] = &["query", "get", "get_or_none", "create", "bulk_insert", "query_all", "table"];

/// The names of one place: a struct or a field.
pub(crate) struct Names {
    place: &'static str,
    known: &'static [&'static str],
    /// Names that one may expect here, from Python or from a field of another kind, with what to write instead.
    instead: &'static [(&'static str, &'static str)],
}

const NULLABLE: &str = "say it by the type: `Option<…>` allows NULL, all else does not";
const OF_THE_KEY: &str = "it belongs to the field that holds the key, which `foreign_key = \"…_id\"` names here";

/// Every place, for a name that stands at the wrong one.
const PLACES: [&Names; 5] = [&STRUCT, &FIELD, &RELATION, &ENUM, &VARIANT];

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
    instead: &[
        (
            "abstract",
            "every model is one table. What models do alike is a trait over `chakra::Model`, fields that they share are \
             written by a `macro_rules!`: see \"Shared fields\" in the documentation of `chakra::Model`",
        ),
        ("table_name", "write `table = \"…\"`"),
        ("unique_together", "write `constraints = [Unique::new(&[\"a\", \"b\"])]`"),
    ],
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
    instead: &[
        ("server_default", "`default = \"…\"` is the SQL expression"),
        ("nullable", NULLABLE),
        ("null", NULLABLE),
    ],
};

/// On a field that is a relationship.
pub(super) const RELATION: Names = Names {
    place: "relationship",
    known: &["relation", "foreign_key", "back_populates", "through", "through_fields", "symmetrical", "model"],
    instead: &[("references", OF_THE_KEY), ("on_delete", OF_THE_KEY), ("on_update", OF_THE_KEY), ("index", OF_THE_KEY)],
};

/// On an enum.
pub(crate) const ENUM: Names = Names { place: "enumeration", known: &["name", "native", "rename_all"], instead: &[] };

/// On a variant of an enum.
pub(crate) const VARIANT: Names = Names { place: "variant", known: &["rename"], instead: &[] };

impl Names {
    /// The error for a name that is not known.
    pub(crate) fn refuse(&self, name: &Ident) -> syn::Error {
        let text = name.to_string();
        let known = |names: &&&Names| names.known.contains(&text.as_str());
        let message = if let Some((_, answer)) = self.instead.iter().find(|(instead, _)| *instead == text) {
            format!("`{text}` is no option of {} {}: {answer}", self.article(), self.place)
        } else if let Some(elsewhere) = PLACES.iter().find(known) {
            format!(
                "`{text}` is an option of {} {}, not of {} {}",
                elsewhere.article(),
                elsewhere.place,
                self.article(),
                self.place
            )
        } else {
            let hint = match self.nearest(&text) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("{} {} takes {}", self.article(), self.place, self.known.join(", ")),
            };
            format!("unknown {} option `{text}`; {hint}", self.place)
        };
        syn::Error::new(name.span(), message)
    }

    fn article(&self) -> &'static str {
        if self.place.starts_with('e') { "an" } else { "a" }
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
