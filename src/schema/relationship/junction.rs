//! The table that joins the two ends of a many-to-many relationship where no model is declared for it.

use super::Relationship;
use super::link::is_same;
use crate::schema::{Action, Column, ForeignKey, Table, naming};

/// The name of the table that joins the ends of a relationship which names none: both tables', in alphabetical
/// order; of a model with itself, the table's and that of the end which is declared first.
///
/// # Examples
///
/// ```
/// use chakra::schema::relationship::junction_name;
/// assert_eq!(junction_name("books", "authors", "writers"), "authors_books");
/// assert_eq!(junction_name("users", "users", "friends"), "users_friends");
/// ```
pub fn junction_name(own: &str, target: &str, relationship: &str) -> String {
    match own.cmp(target) {
        std::cmp::Ordering::Less => format!("{own}_{target}"),
        std::cmp::Ordering::Greater => format!("{target}_{own}"),
        std::cmp::Ordering::Equal => format!("{own}_{relationship}"),
    }
}

/// A table of two keys, which together are its own, both deleted with the row that they refer to. The same from
/// either end.
pub(super) fn junction_table(name: &str, own: &Table, target: &Table) -> Table {
    let (first, second, prefixes) = if is_same(own, target) {
        (own, target, ["from_", "to_"])
    } else if (&own.name, &own.schema) <= (&target.name, &target.schema) {
        (own, target, ["", ""])
    } else {
        (target, own, ["", ""])
    };
    let mut columns = key_columns(first, prefixes[0]);
    let border = columns.len();
    columns.extend(key_columns(second, prefixes[1]));
    let every = columns.len();
    let mut table = Table::described(model_name(name), name, columns);
    table.schema.clone_from(&own.schema);
    table.origin = own.origin;
    let keys = [(first, (0..border).collect()), (second, (border..every).collect())];
    table.foreign_keys = keys.into_iter().map(|(referred, columns)| key_to(&table, referred, columns)).collect();
    table
}

/// `book_genres` → `BookGenres`: a name for messages.
fn model_name(table: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
    };
    table.split('_').filter_map(capital).collect()
}

/// Columns that hold the key of a row of another table.
fn key_columns(referred: &Table, prefix: &str) -> Vec<Column> {
    let model = naming::type_name(&referred.model);
    let keys = referred.primary_key.iter().map(|at| &referred.columns[*at]);
    let column =
        |key: &Column| Column::new(format!("{prefix}{model}_{}", key.attribute), key.sql_type.clone()).primary_key();
    keys.map(column).collect()
}

fn key_to(table: &Table, referred: &Table, columns: Vec<usize>) -> ForeignKey {
    let targets = referred.primary_key.iter().map(|at| referred.columns[*at].name.clone()).collect();
    let name = naming::foreign_key_name(&table.name, &table.names(&columns));
    let mut key = ForeignKey::new(name, columns, &referred.name, targets);
    key.target_schema.clone_from(&referred.schema);
    key.on_delete = Action::Cascade;
    key
}

impl Relationship {
    /// The name of the junction's table of a many-to-many relationship; `back`: the relationship that leads back.
    pub(super) fn junction_name(&self, own: &Table, target: &Table, back: Option<&Self>) -> String {
        if let Some(name) = self.through.as_ref().or_else(|| back?.through.as_ref()) {
            return name.clone();
        }
        junction_name(&own.name, &target.name, &self.name)
    }
}
