//! What a table really is in the database.

use std::collections::HashMap;

use parking_lot::RwLock;

use crate::dialect::{Dialect, push_quoted};
use crate::driver::{BulkInsert, Decoder, RowBatch, ToValue};
use crate::error::Result;
use crate::schema::Table;
use crate::types::{SqlType, Value};

/// Whether COPY does the same as INSERT for a table: no rewrite rules, no row security, a lock that we may
/// take; and its own triggers, which may change what RETURNING would tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CopyRules {
    may_copy: bool,
    has_triggers: bool,
}

impl CopyRules {
    /// Whether these rows may be copied.
    pub(crate) fn allow(self, bulk: &BulkInsert) -> bool {
        let only_key = match bulk.returning.as_slice() {
            [] => return self.may_copy,
            [only] => bulk.table.auto_increment() == Some(*only) && !bulk.columns.contains(only),
            _ => false,
        };
        self.may_copy && only_key && !self.has_triggers
    }
}

/// What was last known of tables, by quoted name: whether to try COPY at all. Rules and types are asked for anew,
/// under a lock, for each COPY.
#[derive(Default)]
pub(crate) struct Tables(RwLock<HashMap<String, CopyRules>>);

/// Asks for [`CopyRules`].
pub(crate) const RULES: &str = "SELECT c.relkind IN ('r', 'p') AND NOT c.relhasrules AND NOT c.relrowsecurity \
     AND has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE'), \
     EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal) \
     FROM pg_catalog.pg_class c WHERE c.oid = $1::regclass";

/// Asks for the columns: name, type, and the sequence that numbers it.
pub(crate) const COLUMNS: &str = "SELECT a.attname::text, a.atttypid, CASE WHEN a.attidentity <> '' \
     OR pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%' \
     THEN pg_catalog.pg_get_serial_sequence($1, a.attname) END \
     FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''";

impl Tables {
    pub(crate) fn get(&self, name: &str) -> Option<CopyRules> {
        self.0.read().get(name).copied()
    }

    /// Keeps the answer to [`RULES`].
    pub(crate) fn learn(&self, name: String, answer: &RowBatch) -> CopyRules {
        let flag = |column| text(answer, 0, column).as_deref() == Some("true");
        let rules = CopyRules { may_copy: flag(0), has_triggers: flag(1) };
        self.0.write().insert(name, rules);
        rules
    }
}

/// A column as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RealColumn {
    pub(super) type_oid: u32,
    pub(super) sequence: Option<String>,
}

/// The answer to [`COLUMNS`], by name.
pub(super) fn columns(answer: &RowBatch) -> HashMap<String, RealColumn> {
    let column = |row| {
        let type_oid = text(answer, row, 1)?.parse().ok()?;
        Some((text(answer, row, 0)?, RealColumn { type_oid, sequence: text(answer, row, 2) }))
    };
    (0..answer.len()).filter_map(column).collect()
}

/// Refuses names that the server would cut or end early, and so take for others.
pub(super) fn check_names(bulk: &BulkInsert) -> Result<()> {
    let table = &bulk.table;
    let columns = bulk.columns.iter().chain(&bulk.returning).map(|position| &table.columns[*position].name);
    table.schema.iter().chain([&table.name]).chain(columns).try_for_each(|name| Dialect::Postgres.check_name(name))
}

/// A table's name, quoted, for statements and for `regclass`.
pub(crate) fn quoted_name(table: &Table) -> String {
    let mut name = String::new();
    if let Some(schema) = &table.schema {
        push_quoted(&mut name, schema, '\"');
        name.push('.');
    }
    push_quoted(&mut name, &table.name, '\"');
    name
}

/// A list of columns, quoted.
pub(super) fn push_columns(text: &mut String, table: &Table, positions: &[usize]) {
    for (number, position) in positions.iter().enumerate() {
        if number > 0 {
            text.push_str(", ");
        }
        push_quoted(text, &table.columns[*position].name, '\"');
    }
}

/// The parameter of the questions above.
pub(crate) fn name_param(name: &str) -> Vec<Value> {
    vec![Value::Text(name.to_owned())]
}

/// A value of the catalogue as text.
fn text(batch: &RowBatch, row: usize, column: usize) -> Option<String> {
    let stored = batch.columns().get(column)?.stored;
    let natural: Option<&SqlType> = None;
    match Decoder::new(stored, natural)?.visit(batch.cell(row, column), ToValue).ok()?? {
        Value::Text(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}
