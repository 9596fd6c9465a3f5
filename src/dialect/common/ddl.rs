//! CREATE TABLE, ALTER TABLE, DROP TABLE.

use super::super::Dialect;
use super::super::writer::{Writer, column, defect};
use super::check::checks;
use crate::error::{Error, Result};
use crate::query::{AlterForeignKey, CreateTable, DropTable};
use crate::schema::{Action, Column, ForeignKey, Table, naming};
use crate::types::{MySqlType, PostgresType, SqlType};

/// The refusal of a type that another database has.
pub(in crate::dialect) fn lacking(table: &Table, column: &Column, sql_type: &SqlType, dialect: Dialect) -> Error {
    let declaration = |sql_type| table.language().declaration(&sql_type);
    let document = declaration(SqlType::Json);
    let common = |sql_type| format!("a type that every database has, such as {} or {document}", declaration(sql_type));
    let (owner, instead) = match sql_type {
        SqlType::Postgres(PostgresType::Jsonb) => (Dialect::Postgres, format!("{document}, which every database has")),
        SqlType::Postgres(_) => (Dialect::Postgres, common(SqlType::String { length: None })),
        _ => (Dialect::MySql, common(SqlType::Integer)),
    };
    Error::Definition {
        model: table.model.clone(),
        attribute: Some(column.attribute.clone()),
        message: format!(
            "{} is a type of {} that {} does not have; declare the field as {instead}",
            sql_type.name(),
            owner.name(),
            dialect.name()
        ),
    }
}

/// The refusal to number a column that the database does not number.
pub(in crate::dialect) fn unnumbered(table: &Table, column: &Column, message: &str) -> Error {
    let denied = table.language().denied("auto_increment");
    Error::Definition {
        model: table.model.clone(),
        attribute: Some(column.attribute.clone()),
        message: format!("{message}; number the rows yourself ({denied}), or make this field the only key"),
    }
}

/// Refuses an array of what has no place in one.
pub(in crate::dialect) fn check_element(table: &Table, column: &Column, element: &SqlType) -> Result<()> {
    let why = match element {
        SqlType::Array(_) => "an array of arrays is not supported; keep nested lists in a JSON field",
        SqlType::MySql(MySqlType::Set { .. }) => "an array of sets is not supported; keep them in a JSON field",
        SqlType::Json | SqlType::Postgres(PostgresType::Jsonb) => {
            "an array of documents is not supported; a JSON field holds a list by itself"
        }
        _ => return Ok(()),
    };
    Err(Error::Definition {
        model: table.model.clone(),
        attribute: Some(column.attribute.clone()),
        message: why.to_owned(),
    })
}

/// What stands between the parts of a table.
pub(super) const NEXT: &str = ",\n  ";

pub(super) fn create_table(writer: &mut Writer<'_>, node: &CreateTable) -> Result<()> {
    let table = &node.table;
    writer.push(if node.if_not_exists { "CREATE TABLE IF NOT EXISTS " } else { "CREATE TABLE " });
    writer.table(table)?;
    writer.push(" (\n  ");
    writer.separated(NEXT, &table.columns, |writer, column| column_definition(writer, table, column))?;
    if !writer.spelling().inline_key(table) {
        writer.push(NEXT);
        writer.push("PRIMARY KEY");
        key_columns(writer, table, &table.primary_key)?;
    }
    uniques(writer, table)?;
    checks(writer, table)?;
    for (at, key) in table.foreign_keys.iter().enumerate() {
        if !node.postponed.contains(&at) {
            writer.push(NEXT);
            foreign_key(writer, table, key)?;
        }
    }
    writer.push("\n)");
    writer.spelling().table_options(writer, table);
    Ok(())
}

pub(super) fn drop_table(writer: &mut Writer<'_>, node: &DropTable) -> Result<()> {
    writer.push(if node.if_exists { "DROP TABLE IF EXISTS " } else { "DROP TABLE " });
    writer.table(&node.table)
}

pub(super) fn alter_foreign_key(writer: &mut Writer<'_>, node: &AlterForeignKey) -> Result<()> {
    let table = &node.table;
    let key = table.foreign_keys.get(node.foreign_key).ok_or_else(|| defect("a table has not so many foreign keys"))?;
    writer.push("ALTER TABLE ");
    writer.table(table)?;
    if node.adds {
        writer.push(" ADD ");
        return foreign_key(writer, table, key);
    }
    writer.push(writer.spelling().drop_foreign_key());
    writer.quote_ident(&key.name)
}

/// How a database spells the present.
pub(in crate::dialect) struct Present {
    pub(in crate::dialect) instant: &'static str,
    pub(in crate::dialect) date: &'static str,
    pub(in crate::dialect) time: &'static str,
}

impl Present {
    /// What a server default that asks for the present is in a column. It is the one function without which few
    /// schemas do, and the one that each database names differently.
    pub(in crate::dialect) fn of(&self, column: &Column, expression: &str) -> Option<&'static str> {
        let bare = expression.trim().trim_end_matches("()");
        if !bare.eq_ignore_ascii_case("now") && !bare.eq_ignore_ascii_case("current_timestamp") {
            return None;
        }
        match column.sql_type {
            SqlType::DateTime => Some(self.instant),
            SqlType::Date => Some(self.date),
            SqlType::Time => Some(self.time),
            _ => None,
        }
    }
}

fn column_definition(writer: &mut Writer<'_>, table: &Table, column: &Column) -> Result<()> {
    let spelling = writer.spelling();
    writer.quote_ident(&column.name)?;
    writer.push(" ");
    writer.push(&spelling.column_type(table, column)?);
    if !column.nullable {
        writer.push(" NOT NULL");
    }
    if column.auto_increment {
        writer.push(spelling.auto_increment(table, column)?);
    }
    if let Some(expression) = &column.server_default {
        writer.push(" DEFAULT (");
        match table.constant_default(column) {
            Some(value) => writer.literal(&value),
            None => writer.push(&spelling.server_default(column, expression)),
        }
        writer.push(")");
    }
    if let Some(comment) = &column.comment {
        spelling.column_comment(writer, comment);
    }
    Ok(())
}

fn uniques(writer: &mut Writer<'_>, table: &Table) -> Result<()> {
    for (position, column) in table.columns.iter().enumerate() {
        if column.unique && table.primary_key != [position] {
            writer.push(NEXT);
            constraint(writer, &naming::unique_name(&table.name, &[&column.name]), "UNIQUE")?;
            key_columns(writer, table, &[position])?;
        }
    }
    for unique in &table.uniques {
        writer.push(NEXT);
        constraint(writer, &unique.name, "UNIQUE")?;
        key_columns(writer, table, &unique.columns)?;
    }
    Ok(())
}

/// Writes the head of a named constraint.
pub(super) fn constraint(writer: &mut Writer<'_>, name: &str, kind: &str) -> Result<()> {
    writer.push("CONSTRAINT ");
    writer.quote_ident(name)?;
    writer.push(" ");
    writer.push(kind);
    Ok(())
}

/// Writes the columns of a key.
fn key_columns(writer: &mut Writer<'_>, table: &Table, positions: &[usize]) -> Result<()> {
    writer.push(" (");
    writer.separated(", ", positions, |writer, position| {
        let column = column(table, *position)?;
        writer.spelling().check_key(table, column)?;
        writer.quote_ident(&column.name)
    })?;
    writer.push(")");
    Ok(())
}

/// Writes a foreign key. The target stands in the same schema as the table that refers to it, unless it names another.
fn foreign_key(writer: &mut Writer<'_>, table: &Table, key: &ForeignKey) -> Result<()> {
    for position in &key.columns {
        writer.spelling().check_key(table, column(table, *position)?)?;
    }
    constraint(writer, &key.name, "FOREIGN KEY (")?;
    writer.column_names(table, &key.columns)?;
    writer.push(") REFERENCES ");
    let schema = key.target_schema.as_ref().or(table.schema.as_ref());
    writer.table_name(schema.map(String::as_str), &key.target_table)?;
    writer.push(" (");
    writer.separated(", ", &key.target_columns, |writer, name| writer.quote_ident(name))?;
    writer.push(")");
    action(writer, table, " ON DELETE ", key.on_delete)?;
    action(writer, table, " ON UPDATE ", key.on_update)
}

fn action(writer: &mut Writer<'_>, table: &Table, event: &str, action: Action) -> Result<()> {
    writer.spelling().check_action(table, action)?;
    if action != Action::NoAction {
        writer.push(event);
        writer.push(action.sql());
    }
    Ok(())
}
