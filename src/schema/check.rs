//! The rules that a table must meet, alone and among others, the same for both languages. What a database lacks is for
//! `dialect` to say.

use super::relationship::resolve;
use super::rule::rule_faults;
use super::{Column, ForeignKey, ModelFault, Relationship, Role, Table, naming};
use crate::types::{Kind, SqlType};

mod constraints;
mod names;
mod native;
mod server_default;

pub(super) use names::shared_names;
pub(super) use native::shared_types;

impl Table {
    /// What contradicts itself in this table, every mistake.
    pub fn faults(&self) -> Vec<ModelFault> {
        let mut faults = Vec::new();
        self.find_key_faults(&mut faults);
        for (position, column) in self.columns.iter().enumerate() {
            faults.extend(self.twice(position, column));
            self.find_column_faults(column, &mut faults);
        }
        self.find_constraint_faults(&mut faults);
        faults.extend(self.names_given_twice());
        faults.extend(self.types_at_odds());
        faults
    }

    fn fault(&self, code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> ModelFault {
        ModelFault::new(code, &self.model, message, hint)
    }

    fn find_key_faults(&self, faults: &mut Vec<ModelFault>) {
        if self.primary_key.is_empty() {
            let mark = self.language().flag("primary_key");
            let hint = format!("mark one (or several) with {mark}, such as an integer `id`");
            faults.push(self.fault("primary-key-missing", "no field is the primary key", hint));
        }
        let numbered: Vec<&str> = self.columns.iter().filter(|c| c.auto_increment).map(|c| &*c.attribute).collect();
        if numbered.len() > 1 {
            let message = format!("{} are all numbered by the database", numbered.join(", "));
            faults.push(self.fault("auto-increment", message, "leave auto_increment to one of them"));
        }
    }

    /// Two columns, or two attributes, of one name.
    fn twice(&self, position: usize, column: &Column) -> Option<ModelFault> {
        let same = |other: &&Column| other.name == column.name || other.attribute == column.attribute;
        let other = self.columns[..position].iter().find(same)?;
        let message = format!("column {:?} is already the column of {:?}", column.name, other.attribute);
        Some(self.fault("duplicate-column", message, "give one of them another name").on(&column.attribute))
    }

    fn find_column_faults(&self, column: &Column, faults: &mut Vec<ModelFault>) {
        let mut add = |code, message: &str, hint: &str| {
            faults.push(self.fault(code, message, hint).on(&column.attribute));
        };
        if column.primary_key && column.nullable {
            let hint = self.language().choose("declare it without `Option`", "leave out nullable");
            add("nullable-key", "a primary key cannot be nullable", hint);
        }
        if column.primary_key && column.sql_type.kind() == Kind::Json {
            let hint = "make another field the key, and this one an ordinary field";
            add("json-key", "a JSON document cannot be a primary key, because documents are not compared", hint);
        }
        if column.primary_key && column.sql_type.element().is_some() {
            let hint = "make another field the key, and this one an ordinary field";
            add(
                "array-key",
                "an array cannot be a primary key, because not every database compares arrays in keys",
                hint,
            );
        }
        if column.auto_increment && !column.primary_key {
            add("auto-increment", "auto_increment needs primary_key", "mark the field as the key, or leave it out");
        }
        if column.auto_increment && !column.sql_type.is_numbered() {
            let declared = self.language().declaration(&column.sql_type);
            let message = format!("auto_increment needs an integer type, not {declared}");
            add("auto-increment", &message, "leave it out, or declare an integer");
        }
        if column.check.as_ref().is_some_and(|condition| condition.trim().is_empty()) {
            add("rule", "check is empty", "give the SQL condition that must hold, or leave it out");
        }
        for (message, hint) in rule_faults(self.language(), &column.sql_type, &column.rules) {
            add("rule", &message, hint);
        }
        faults.extend(self.wrong_server_default(column));
        faults.extend(self.wrong_role(column));
        faults.extend(self.same_role(column));
    }

    /// A role that an earlier column has.
    fn same_role(&self, column: &Column) -> Option<ModelFault> {
        let first = &self.columns[self.role(column.role?)?];
        let message = format!("chakra fills {:?} with the same, and one of them is enough", first.attribute);
        (first.attribute != column.attribute)
            .then(|| self.fault("role", message, "leave out one of the two").on(&column.attribute))
    }

    /// A column that the engine fills and that cannot hold what it is filled with.
    fn wrong_role(&self, column: &Column) -> Option<ModelFault> {
        let is_instant = column.sql_type == SqlType::DateTime;
        let language = self.language();
        let (fits, expected) = match column.role? {
            Role::CreatedAt | Role::UpdatedAt => (is_instant, language.choose("a `DateTime<Utc>`", "a DateTime")),
            Role::DeletedAt => (
                is_instant && column.nullable,
                language.choose("an `Option<DateTime<Utc>>`", "a DateTime that may be NULL"),
            ),
            Role::Version => {
                // A SmallInteger is at its end after 32767 writes.
                let counts = matches!(column.sql_type, SqlType::Integer | SqlType::BigInteger);
                (
                    counts && !column.nullable && !column.primary_key,
                    language.choose(
                        "an `i32` or `i64` that is no key",
                        "an Integer or BigInteger that may not be NULL and is no key",
                    ),
                )
            }
        };
        let declared = language.declaration(&column.sql_type);
        let message = format!("chakra fills this column, which needs {expected}, not {declared}");
        let hint = language
            .choose("declare it so, or name another field", "declare it so, or leave the declaration to the mixin");
        (!fits).then(|| self.fault("role", message, hint).on(&column.attribute))
    }
}

/// A table among those of a program.
#[derive(Debug, Clone, Copy)]
pub struct Declared<'a> {
    /// The table.
    pub table: &'a Table,
    /// The model's name with its module's, as its language writes it.
    pub path: &'a str,
    /// File and line of the model, where they are known.
    pub place: Option<&'a str>,
    /// Whether its definition has no mistakes in itself.
    pub sound: bool,
    /// Its relationships.
    pub relationships: &'a [Relationship],
}

impl<'a> Declared<'a> {
    /// A table of which no more is known.
    pub(super) fn alone(table: &'a Table) -> Self {
        Self { table, path: &table.model, place: None, sound: true, relationships: &[] }
    }
}

/// What is wrong with a table because of the others of the program; it may stand among them itself.
pub fn faults_among(of: Declared<'_>, all: &[Declared<'_>]) -> Vec<ModelFault> {
    let others = || all.iter().filter(|other| !std::ptr::eq(other.table, of.table));
    let rivals: Vec<&Declared<'_>> = others().filter(|other| other.sound).collect();
    let mut faults: Vec<ModelFault> = rivals.iter().filter_map(|other| same_table(of, **other)).collect();
    for key in &of.table.foreign_keys {
        match target_of(of, key, all) {
            Some(target) => faults.extend(wrong_reference(of, key, target, all)),
            None => faults.push(unknown_table(of.table, key, others().map(|other| other.table))),
        }
    }
    faults.extend(of.relationships.iter().filter_map(|relationship| wrong_relationship(of, relationship, all)));
    let tables: Vec<&Table> = rivals.iter().map(|other| other.table).collect();
    faults.extend(shared_names(of.table, &tables));
    faults.extend(shared_types(of.table, rivals.iter().map(|other| **other)));
    for fault in &mut faults {
        fault.place = of.place.map(str::to_owned);
    }
    faults
}

/// The model that a foreign key refers to: itself, or one of the others.
fn target_of<'a>(of: Declared<'a>, key: &ForeignKey, all: &[Declared<'a>]) -> Option<Declared<'a>> {
    let schema = key.target_schema.as_ref().or(of.table.schema.as_ref());
    let is_target = |table: &Table| table.name == key.target_table && table.schema.as_ref() == schema;
    let mut candidates = std::iter::once(&of).chain(all);
    candidates.find(|declared| is_target(declared.table)).copied()
}

/// A model that cannot be used, among those that are reached by references of a model, from this target on.
fn unsound_from<'a>(of: Declared<'a>, target: Declared<'a>, all: &[Declared<'a>]) -> Option<Declared<'a>> {
    let mut reached = vec![target];
    let mut next = 0;
    while let Some(declared) = reached.get(next).copied() {
        // Its own links are told one by one.
        let is_itself = std::ptr::eq(declared.table, of.table);
        if !declared.sound || (!is_itself && has_wrong_links(declared, all)) {
            return Some(declared);
        }
        for target in declared.table.foreign_keys.iter().filter_map(|key| target_of(declared, key, all)) {
            if !reached.iter().any(|known| std::ptr::eq(known.table, target.table)) {
                reached.push(target);
            }
        }
        next += 1;
    }
    None
}

/// Whether a foreign key or a relationship of a model leads nowhere, or where it cannot lead.
fn has_wrong_links<'a>(declared: Declared<'a>, all: &[Declared<'a>]) -> bool {
    let is_wrong = |key: &ForeignKey| match target_of(declared, key, all) {
        Some(target) => misfit(declared.table, key, target.table).is_some(),
        None => true,
    };
    declared.table.foreign_keys.iter().any(is_wrong)
        || declared.relationships.iter().any(|relationship| resolve(declared, relationship, all).is_err())
}

fn same_table(of: Declared<'_>, other: Declared<'_>) -> Option<ModelFault> {
    let (own, its) = (of.table, other.table);
    if (&own.schema, &own.name) != (&its.schema, &its.name) {
        return None;
    }
    let place = other.place.map(|place| format!(" ({place})")).unwrap_or_default();
    let message = format!("table {:?} is also the table of {}{place}", own.name, other.path);
    Some(own.fault("duplicate-table", message, "name another table for one of them"))
}

/// What is wrong with a foreign key and the model that it refers to.
fn wrong_reference<'a>(
    of: Declared<'a>,
    key: &ForeignKey,
    target: Declared<'a>,
    all: &[Declared<'a>],
) -> Option<ModelFault> {
    let Some(broken) = unsound_from(of, target, all) else { return misfit(of.table, key, target.table) };
    let message = format!("the foreign key leads to {}, whose definition has mistakes", broken.path);
    let fault = of.table.fault("reaches-broken", message, "mend that model first");
    Some(on_column(of.table, key, 0, fault))
}

/// What is wrong with a relationship, or with the model that it leads to.
fn wrong_relationship<'a>(of: Declared<'a>, relationship: &Relationship, all: &[Declared<'a>]) -> Option<ModelFault> {
    let target = match resolve(of, relationship, all) {
        Ok(resolved) => resolved.target,
        Err(fault) => return Some(*fault),
    };
    let broken = unsound_from(of, target, all)?;
    let message = format!("the relationship leads to {}, whose definition has mistakes", broken.path);
    Some(of.table.fault("reaches-broken", message, "mend that model first").on(&relationship.name))
}

/// The fault, said of one of a foreign key's columns.
fn on_column(table: &Table, key: &ForeignKey, at: usize, fault: ModelFault) -> ModelFault {
    match key.columns.get(at).and_then(|position| table.columns.get(*position)) {
        Some(column) => fault.on(&column.attribute),
        None => fault,
    }
}

/// What keeps a foreign key from referring to a table.
pub(super) fn misfit(table: &Table, key: &ForeignKey, target: &Table) -> Option<ModelFault> {
    let on = |at: usize, fault: ModelFault| on_column(table, key, at, fault);
    let own = |at: usize| key.columns.get(at).and_then(|position| table.columns.get(*position));
    let mut found = Vec::with_capacity(key.target_columns.len());
    for (at, name) in key.target_columns.iter().enumerate() {
        let Some(position) = target.columns.iter().position(|column| column.name == *name) else {
            let message = format!("the foreign key refers to column {name:?}, which {} does not have", target.model);
            let hint = valid_columns(target, name);
            return Some(on(at, table.fault("foreign-key-column", message, hint)));
        };
        let (left, right) = (&own(at)?.sql_type, &target.columns[position].sql_type);
        if !are_alike(left, right) {
            let declared = |sql_type| table.language().declaration(sql_type);
            let (left, right) = (declared(left), declared(right));
            let message = format!("the foreign key compares {left} with {right} of {}.{name}", target.name);
            return Some(on(at, table.fault("foreign-key-type", message, "give both columns one type")));
        }
        found.push(position);
    }
    (!target.is_unique_over(&found)).then(|| {
        let message = format!("the foreign key refers to columns of {} that are not unique together", target.model);
        let unique = target.language().flag("unique");
        let hint = format!("refer to its primary key, or declare them unique (one alone by {unique})");
        on(0, table.fault("foreign-key-target", message, hint))
    })
}

/// The columns that can be meant instead of a wrong one.
fn valid_columns(target: &Table, wrong: &str) -> String {
    let names: Vec<&str> = target.columns.iter().map(|column| column.name.as_str()).collect();
    let meant = match target.columns.iter().find(|column| column.attribute == wrong) {
        Some(column) => format!("the column of its field {wrong} is {:?}; ", column.name),
        None => match naming::nearest(wrong, names.iter().copied()) {
            Some(nearest) => format!("did you mean {nearest:?}? "),
            None => String::new(),
        },
    };
    format!("{meant}its columns are {}", names.join(", "))
}

fn unknown_table<'a>(table: &Table, key: &ForeignKey, others: impl Iterator<Item = &'a Table>) -> ModelFault {
    let nearest = naming::nearest(&key.target_table, others.map(|other| other.name.as_str()));
    let meant = nearest.map(|name| format!("did you mean {name:?}? else ")).unwrap_or_default();
    let hint = format!("{meant}{}", table.language().declare_model("the model of that table"));
    let message = format!("the foreign key refers to table {:?}, which no model has", key.target_table);
    on_column(table, key, 0, table.fault("foreign-key-table", message, hint))
}

/// Whether a foreign key may tie columns of these types on every database: the widths of integers and
/// of decimals must be equal.
fn are_alike(own: &SqlType, target: &SqlType) -> bool {
    match (own.integer_range(), target.integer_range()) {
        (None, None) if own.kind() == Kind::Decimal => digits(own) == digits(target),
        (None, None) => own.kind() == target.kind(),
        (own, target) => own == target,
    }
}

/// The digits of a decimal in all and after the point; None: as many as the database allows.
fn digits(sql_type: &SqlType) -> Option<(u32, u32)> {
    match sql_type {
        SqlType::Decimal { precision: Some(precision), scale } => Some((*precision, scale.unwrap_or_default())),
        _ => None,
    }
}

impl Table {
    /// Whether no two rows agree in all these columns.
    fn is_unique_over(&self, positions: &[usize]) -> bool {
        let same = |set: &Vec<usize>| set.len() == positions.len() && set.iter().all(|at| positions.contains(at));
        self.unique_sets().iter().any(same)
    }
}

#[cfg(test)]
mod tests;
