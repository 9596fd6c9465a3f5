//! Enumerations that a database keeps as types of its own: one name is one type, with one list of values, and a table's
//! name is the name of a type too. A type that exists is left as it is, so that the second of two would be lost.

use crate::schema::{Column, Declared, ModelFault, Table};
use crate::types::{EnumType, SqlType};

impl Table {
    /// Types of this table that contradict each other, or the table itself.
    pub(super) fn types_at_odds(&self) -> Vec<ModelFault> {
        let types: Vec<(&Column, &EnumType)> = self.native_types().collect();
        let mut faults = Vec::new();
        for (at, (column, kind)) in types.iter().enumerate() {
            if let Some((first, other)) = types[..at].iter().find(|(_, other)| is_at_odds(kind, other)) {
                faults.push(self.at_odds(column, kind, other, &format!("{}.{}", self.model, first.attribute)));
            }
            if kind.name == self.name {
                faults.push(self.named_as_table(column, kind, "the table itself"));
            }
        }
        faults
    }

    fn native_types(&self) -> impl Iterator<Item = (&Column, &EnumType)> {
        self.columns.iter().filter_map(|column| match column.sql_type.element().unwrap_or(&column.sql_type) {
            SqlType::Enum(kind) if kind.native => Some((column, kind)),
            _ => None,
        })
    }

    fn at_odds(&self, column: &Column, kind: &EnumType, other: &EnumType, whose: &str) -> ModelFault {
        let message = format!(
            "the type {:?} is also that of {whose}, where its values are others: {}",
            kind.name,
            difference(kind, other)
        );
        let rename = self.language().choose("#[chakra(name = \"...\")]", "name=");
        let hint = format!("give both the same values in the same order, or one of the types another name by {rename}");
        self.fault("enum-type", message, hint).on(&column.attribute)
    }

    fn named_as_table(&self, column: &Column, kind: &EnumType, whose: &str) -> ModelFault {
        let message =
            format!("the type is named {:?}, and so is {whose}: tables and types share their names", kind.name);
        let rename = self.language().choose("#[chakra(name = \"...\")]", "name=");
        let hint = format!("give the type another name by {rename}");
        self.fault("duplicate-name", message, hint).on(&column.attribute)
    }
}

/// Types of a table that contradict those of other tables in its schema, or are named as one of these tables.
pub(in crate::schema) fn shared_types<'a>(
    table: &Table,
    others: impl IntoIterator<Item = Declared<'a>>,
) -> Vec<ModelFault> {
    let types: Vec<(&Column, &EnumType)> = table.native_types().collect();
    if types.is_empty() {
        return Vec::new();
    }
    let is_near = |other: &Declared<'_>| other.table.schema == table.schema && other.table.name != table.name;
    let mut faults = Vec::new();
    for other in others.into_iter().filter(is_near) {
        for (column, kind) in &types {
            if let Some((its, theirs)) = other.table.native_types().find(|(_, theirs)| is_at_odds(kind, theirs)) {
                let place = other.place.map(|place| format!(" ({place})")).unwrap_or_default();
                let whose = format!("{}.{}{place}", other.path, its.attribute);
                faults.push(table.at_odds(column, kind, theirs, &whose));
            }
            if kind.name == other.table.name {
                faults.push(table.named_as_table(column, kind, &format!("the table of {}", other.path)));
            }
        }
    }
    faults
}

fn is_at_odds(one: &EnumType, other: &EnumType) -> bool {
    one.name == other.name && one.values != other.values
}

/// What one has and the other has not.
fn difference(own: &EnumType, other: &EnumType) -> String {
    let lacking = |one: &EnumType, of: &EnumType| {
        let values: Vec<String> =
            one.values.iter().filter(|value| !of.contains(value)).map(|value| format!("{value:?}")).collect();
        values.join(", ")
    };
    match (lacking(own, other), lacking(other, own)) {
        (here, there) if here.is_empty() && there.is_empty() => "they stand in another order".to_owned(),
        (here, there) if there.is_empty() => format!("{here} is only here"),
        (here, there) if here.is_empty() => format!("{there} is only there"),
        (here, there) => format!("{here} is only here, {there} only there"),
    }
}
