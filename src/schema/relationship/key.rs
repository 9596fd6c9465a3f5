//! The foreign key that a relationship follows: the only one between two tables, or the one that is named.

use super::link::is_same;
use super::{Relationship, RelationshipKind};
use crate::schema::{Column, ForeignKey, ModelFault, Table, naming};

/// A foreign key with what it refers to, by position.
pub(super) type Ends = (Vec<usize>, Vec<usize>);

impl Relationship {
    /// The relationship, with the foreign key that the one which leads back names, where it names none itself.
    pub(super) fn with_key_of(&self, back: Option<&Self>) -> std::borrow::Cow<'_, Self> {
        match back {
            Some(back) if self.foreign_key.is_empty() && !back.foreign_key.is_empty() => {
                std::borrow::Cow::Owned(Self { foreign_key: back.foreign_key.clone(), ..self.clone() })
            }
            _ => std::borrow::Cow::Borrowed(self),
        }
    }

    /// The foreign key by which `holder` refers to `referred`.
    pub(super) fn key(&self, own: &Table, holder: &Table, referred: &Table) -> Result<Ends, Box<ModelFault>> {
        let candidates = candidates(holder, referred);
        if self.foreign_key.is_empty() {
            return match candidates.as_slice() {
                [only] => Ok(ends(only, referred)),
                [] => Err(self.no_key(own, holder, referred)),
                several => Err(self.several_keys(own, holder, referred, several)),
            };
        }
        let columns = self.named(own, holder, &self.foreign_key)?;
        if let Some(declared) = candidates.iter().find(|key| key.columns == columns) {
            return Ok(ends(declared, referred));
        }
        match self.misnamed(own, holder, referred, &columns) {
            Some(fault) => Err(fault),
            None => Ok((columns, referred.primary_key.clone())),
        }
    }

    /// The foreign key of a one-to-one relationship: no two rows of `holder` refer to one of `referred`.
    pub(super) fn unique_key(&self, own: &Table, holder: &Table, referred: &Table) -> Result<Ends, Box<ModelFault>> {
        let ends = self.key(own, holder, referred)?;
        if holder.unique_sets().iter().any(|set| set.iter().all(|column| ends.0.contains(column))) {
            return Ok(ends);
        }
        let names = attributes(holder, &ends.0);
        let message = format!("{}.{names} may refer to one row more than once", holder.model);
        let kind = if is_same(own, holder) { RelationshipKind::ManyToOne } else { RelationshipKind::OneToMany };
        let unique = match ends.0.as_slice() {
            [_] => holder.language().flag("unique"),
            _ => "a unique constraint over them".to_owned(),
        };
        let hint = format!("declare {names} with {unique}, or the relationship as a {}", own.language().kind(kind));
        Err(self.fault(own, "relationship-not-unique", message, hint))
    }

    pub(super) fn named(&self, own: &Table, holder: &Table, names: &[String]) -> Result<Vec<usize>, Box<ModelFault>> {
        let position = |name: &String| {
            holder.position(name).ok_or_else(|| {
                let fields = holder.columns.iter().map(|column| column.attribute.as_str());
                let nearest = naming::nearest(name, fields.clone());
                let meant = nearest.map(|name| format!("did you mean {name:?}? ")).unwrap_or_default();
                let fields: Vec<&str> = fields.collect();
                let message = format!("{name:?} is no field of {}", holder.model);
                self.fault(own, "relationship-key", message, format!("{meant}its fields are {}", fields.join(", ")))
            })
        };
        names.iter().map(position).collect()
    }

    fn no_key(&self, own: &Table, holder: &Table, referred: &Table) -> Box<ModelFault> {
        let message = format!("no field of {} is a foreign key to {}", holder.model, referred.model);
        let named = own.language().option("foreign_key", "\"…\"");
        let hint = match referred.primary_key.as_slice() {
            [only] => {
                let key = &referred.columns[*only];
                let target = format!("{}.{}", referred.name, key.name);
                let field = holder.language().reference(&referred.model, &target, &key.sql_type);
                format!("give {} a field such as {field}, or name the field by {named}", holder.model)
            }
            _ => format!("give {} a foreign key of as many fields as that key has", holder.model),
        };
        self.fault(own, "relationship-key", message, hint)
    }

    fn several_keys(&self, own: &Table, holder: &Table, referred: &Table, keys: &[&ForeignKey]) -> Box<ModelFault> {
        let names: Vec<String> = keys.iter().map(|key| attributes(holder, &key.columns)).collect();
        let message = format!("{} refers to {} by {}", holder.model, referred.model, names.join(" and by "));
        let fields: Vec<&str> = keys[0].columns.iter().map(|at| holder.columns[*at].attribute.as_str()).collect();
        let hint = format!("say which: {}", own.language().names("foreign_key", &fields));
        self.fault(own, "relationship-ambiguous", message, hint)
    }

    /// What is wrong with fields that are named as the key and are no declared foreign key to `referred`: they are one
    /// to something else, or cannot hold the key of its rows.
    fn misnamed(&self, own: &Table, holder: &Table, referred: &Table, columns: &[usize]) -> Option<Box<ModelFault>> {
        let fault = |message: String, hint: String| Some(self.fault(own, "relationship-key", message, hint));
        let (names, language) = (attributes(holder, columns), own.language());
        let in_order = |columns: &[usize]| {
            let names: Vec<&str> = columns.iter().map(|at| holder.columns[*at].attribute.as_str()).collect();
            language.names("foreign_key", &names)
        };
        let same =
            |key: &&ForeignKey| key.columns.len() == columns.len() && key.columns.iter().all(|at| columns.contains(at));
        if let Some(declared) = candidates(holder, referred).into_iter().find(same) {
            let order = attributes(holder, &declared.columns);
            let message =
                format!("{}.{order} refers to {}, and foreign_key names {names}", holder.model, referred.model);
            return fault(message, format!("name them in the order of the key: {}", in_order(&declared.columns)));
        }
        if let Some(other) = holder.foreign_keys.iter().find(same) {
            let message = format!(
                "{}.{names} is a foreign key to the table {:?}, not to {}",
                holder.model, other.target_table, referred.model
            );
            return fault(message, instead(holder, referred));
        }
        let (given, key) = (columns.len(), &referred.primary_key);
        if given != key.len() {
            let message =
                format!("foreign_key names {given} fields, but the key of {} has {}", referred.model, key.len());
            return fault(message, "name one field for each part of the key".to_owned());
        }
        let pairs = columns.iter().map(|at| &holder.columns[*at]).zip(key.iter().map(|at| &referred.columns[*at]));
        for (at, (column, part)) in pairs.enumerate() {
            let declared = |column: &Column| language.declaration(&column.sql_type);
            let is_elsewhere =
                |(other, part): (usize, &usize)| other != at && referred.columns[*part].attribute == column.attribute;
            if key.iter().enumerate().any(is_elsewhere) {
                let order = attributes(referred, key);
                let message = format!("{}.{names} stands for {}.{order}, part by part", holder.model, referred.model);
                return fault(message, "name the fields in the order of that key".to_owned());
            }
            if column.sql_type.kind() != part.sql_type.kind() {
                let message = format!(
                    "{}.{} is declared as {}, but {}.{}, the key that it should hold, as {}",
                    holder.model,
                    column.attribute,
                    declared(column),
                    referred.model,
                    part.attribute,
                    declared(part)
                );
                let order = if given > 1 { ", in the order of the key" } else { "" };
                return fault(message, format!("{}{order}", instead(holder, referred)));
            }
        }
        None
    }
}

/// What to name, where a field is named that is no key to `referred`.
fn instead(holder: &Table, referred: &Table) -> String {
    match candidates(holder, referred).first() {
        Some(key) => {
            format!("name the foreign key to {}, such as {}", referred.model, attributes(holder, &key.columns))
        }
        None => format!("name what holds the key of {}, or lead to another model", referred.model),
    }
}

/// The foreign keys by which a table refers to another.
pub(super) fn candidates<'a>(holder: &'a Table, referred: &Table) -> Vec<&'a ForeignKey> {
    let refers = |key: &&ForeignKey| {
        let schema = key.target_schema.as_ref().or(holder.schema.as_ref());
        key.target_table == referred.name && schema == referred.schema.as_ref()
    };
    holder.foreign_keys.iter().filter(refers).collect()
}

/// Columns that are not there are another rule's to find: see `Table::faults`.
pub(super) fn ends(key: &ForeignKey, referred: &Table) -> Ends {
    let position = |name: &String| referred.columns.iter().position(|column| column.name == *name);
    (key.columns.clone(), key.target_columns.iter().filter_map(position).collect())
}

pub(super) fn attributes(table: &Table, columns: &[usize]) -> String {
    columns.iter().map(|at| table.columns[*at].attribute.as_str()).collect::<Vec<_>>().join(", ")
}
