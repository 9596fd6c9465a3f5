//! How each language writes what a model declares: the engine finds a mistake for both, and its message shows the mend
//! in the language of who made it.

use super::{RelationshipKind, naming};
use crate::types::postgres::RangeType;
use crate::types::{MySqlType, PostgresType, SqlType};

/// The language in which a model is declared.
///
/// # Examples
///
/// ```
/// use chakra::schema::Language;
/// use chakra::types::SqlType;
/// assert_eq!(Language::Rust.declaration(&SqlType::Integer), "`i32`");
/// assert_eq!(Language::Python.declaration(&SqlType::Integer), "Integer");
/// assert_eq!(Language::Python.option("back_populates", "\"books\""), "back_populates=\"books\"");
/// assert_eq!(Language::Rust.option("back_populates", "\"books\""), "`#[chakra(back_populates = \"books\")]`");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// A struct with `#[derive(Model)]`.
    #[default]
    Rust,
    /// A class that derives from `Model`.
    Python,
}

/// The language of a table's declaration. Not part of the schema: it is never stored, and tables are the same whatever
/// they are declared in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin(pub Language);

impl PartialEq for Origin {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Language {
    /// What differs in more than spelling: the words for Rust, or those for Python.
    pub fn choose<T>(self, rust: T, python: T) -> T {
        match self {
            Self::Rust => rust,
            Self::Python => python,
        }
    }

    /// An option with its value, where that is written the same in both languages.
    pub fn option(self, name: &str, value: &str) -> String {
        match self {
            Self::Rust => format!("`#[chakra({name} = {value})]`"),
            Self::Python => format!("{name}={value}"),
        }
    }

    /// An option that is said.
    pub fn flag(self, name: &str) -> String {
        match self {
            Self::Rust => format!("`#[chakra({name})]`"),
            Self::Python => format!("{name}=True"),
        }
    }

    /// An option that is denied.
    pub fn denied(self, name: &str) -> String {
        self.option(name, self.choose("false", "False"))
    }

    /// An option that names attributes.
    pub fn names(self, option: &str, names: &[&str]) -> String {
        match names {
            [only] => self.option(option, &format!("{only:?}")),
            several => self.option(option, &format!("{several:?}")),
        }
    }

    /// An SQL expression that supplies what was not given.
    pub fn server_default(self) -> String {
        self.option(self.choose("default", "server_default"), "\"…\"")
    }

    /// How a field says that it may be NULL.
    pub fn nullable(self, sql_type: &SqlType) -> String {
        match self {
            Self::Rust => format!("an `Option<{}>`", rust_type(sql_type)),
            Self::Python => "nullable".to_owned(),
        }
    }

    /// A column's type as a field declares it, with what its options say of it.
    pub fn declaration(self, sql_type: &SqlType) -> String {
        match self {
            Self::Python => python_type(sql_type),
            Self::Rust => match rust_option(sql_type) {
                Some(option) => format!("`#[chakra({option})] {}`", rust_type(sql_type)),
                None => format!("`{}`", rust_type(sql_type)),
            },
        }
    }

    /// The kind of a relationship.
    pub fn kind(self, kind: RelationshipKind) -> &'static str {
        match (self, kind) {
            (Self::Rust, RelationshipKind::ManyToOne) => "ManyToOne",
            (Self::Python, RelationshipKind::ManyToOne) => "ForeignKey",
            (_, RelationshipKind::OneToOne) => "OneToOne",
            (_, RelationshipKind::OneToMany) => "OneToMany",
            (_, RelationshipKind::ManyToMany) => "ManyToMany",
        }
    }

    /// A field that holds the key of a row of another model.
    pub fn reference(self, model: &str, target: &str, key: &SqlType) -> String {
        let name = format!("{}_id", naming::type_name(model));
        match self {
            Self::Rust => format!("`#[chakra(references = {target:?})] {name}: {}`", rust_type(key)),
            Self::Python => format!("{name} = Field({}, ForeignKey({target:?}))", python_type(key)),
        }
    }

    /// A relationship that leads back to a model; `optional`: there may be no such row.
    pub fn relationship(
        self,
        name: &str,
        kind: RelationshipKind,
        model: &str,
        back_populates: &str,
        optional: bool,
    ) -> String {
        let spelled = self.kind(kind);
        let related = match kind {
            _ if kind.is_to_many() => format!("Vec<{model}>"),
            _ if optional => format!("Option<{model}>"),
            _ => model.to_owned(),
        };
        match self {
            Self::Rust => format!(
                "`#[chakra(relation = {spelled}, back_populates = {back_populates:?})] {name}: Related<{related}>`"
            ),
            Self::Python => format!("{name} = {spelled}({model:?}, back_populates={back_populates:?})"),
        }
    }

    /// What to do about a model that nobody knows.
    pub fn declare_model(self, which: &str) -> String {
        let rest = self
            .choose("in this program, or in a crate that it uses", "and import its module before this model is used");
        format!("declare {which}{}{rest}", self.choose(" ", ", "))
    }
}

/// The type as the Python package names it.
fn python_type(sql_type: &SqlType) -> String {
    let name = sql_type.name();
    match sql_type {
        SqlType::Decimal { precision: Some(precision), scale } => {
            format!("{name}({precision}, {})", scale.unwrap_or_default())
        }
        SqlType::Binary { length: None } => "LargeBinary".to_owned(),
        SqlType::Array(element) => format!("{name}({})", python_type(element)),
        other => other.length().map_or_else(|| name.to_owned(), |length| format!("{name}({length})")),
    }
}

/// The type that a field of a struct has.
fn rust_type(sql_type: &SqlType) -> String {
    let name = match sql_type {
        SqlType::SmallInteger => "i16",
        SqlType::Integer => "i32",
        SqlType::BigInteger => "i64",
        SqlType::Float => "f64",
        SqlType::Decimal { .. } => "Decimal",
        SqlType::String { .. } | SqlType::Text | SqlType::Char { .. } => "String",
        SqlType::Boolean => "bool",
        SqlType::DateTime => "DateTime<Utc>",
        SqlType::Date => "NaiveDate",
        SqlType::Time => "NaiveTime",
        SqlType::Interval => "TimeDelta",
        SqlType::Uuid => "Uuid",
        SqlType::Binary { .. } => "Vec<u8>",
        SqlType::Json | SqlType::Postgres(PostgresType::Jsonb) => "serde_json::Value",
        SqlType::Array(element) => return format!("Vec<{}>", rust_type(element)),
        SqlType::Postgres(PostgresType::TsVector) => "TsVector",
        SqlType::Postgres(PostgresType::Range(of)) => return format!("Range<{}>", bound(*of)),
        SqlType::Enum(_) | SqlType::Postgres(_) | SqlType::MySql(MySqlType::Set { .. } | MySqlType::Year) => {
            sql_type.name()
        }
    };
    name.to_owned()
}

fn bound(of: RangeType) -> &'static str {
    match of {
        RangeType::Int4 => "i32",
        RangeType::Int8 => "i64",
        RangeType::Num => "Decimal",
        RangeType::Date => "NaiveDate",
        RangeType::TsTz => "DateTime<Utc>",
    }
}

/// What a field of a struct says of its type beyond it.
fn rust_option(sql_type: &SqlType) -> Option<String> {
    match sql_type {
        SqlType::Array(element) => rust_option(element),
        SqlType::Decimal { precision: Some(precision), scale } => {
            Some(format!("precision = {precision}, scale = {}", scale.unwrap_or_default()))
        }
        SqlType::Text => Some("text".to_owned()),
        SqlType::Char { length } => Some(format!("char_length = {length}")),
        other => other.length().map(|length| format!("length = {length}")),
    }
}

#[cfg(test)]
mod tests;
