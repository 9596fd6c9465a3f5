//! CHECK constraints: those that the rules of columns ask for, and those that users word themselves.

use super::super::writer::Writer;
use super::ddl::{NEXT, constraint};
use crate::error::Result;
use crate::schema::{Column, Rule, Table};
use crate::types::{SqlType, Value};

/// Writes all CHECK constraints of a table. NULL makes a condition unknown, and so passes.
pub(super) fn checks(writer: &mut Writer<'_>, table: &Table) -> Result<()> {
    for (position, column) in table.columns.iter().enumerate() {
        enum_check(writer, table, column)?;
        key_check(writer, table, position, column)?;
        for rule in column.checked_rules() {
            writer.push(NEXT);
            constraint(writer, &table.rule_check_name(column, rule), "CHECK (")?;
            condition(writer, column, rule)?;
            writer.push(")");
        }
        if let Some(expression) = &column.check {
            given(writer, &table.own_check_name(column), expression)?;
        }
    }
    table.checks.iter().try_for_each(|check| given(writer, &check.name, &check.expression))
}

/// An enumeration that is kept as text takes its values only.
fn enum_check(writer: &mut Writer<'_>, table: &Table, column: &Column) -> Result<()> {
    let SqlType::Enum(kind) = &column.sql_type else { return Ok(()) };
    if writer.spelling().has_enum_type(kind) {
        return Ok(());
    }
    writer.push(NEXT);
    constraint(writer, &table.enum_check_name(column), "CHECK (")?;
    writer.quote_ident(&column.name)?;
    writer.push(" IN (");
    writer.separated(", ", &kind.values, |writer, value| {
        writer.push(&writer.spelling().text_literal(value));
        Ok(())
    })?;
    writer.push("))");
    Ok(())
}

fn given(writer: &mut Writer<'_>, name: &str, expression: &str) -> Result<()> {
    writer.push(NEXT);
    constraint(writer, name, "CHECK (")?;
    writer.push(expression);
    writer.push(")");
    Ok(())
}

/// A column of a key has one form of each value.
fn key_check(writer: &mut Writer<'_>, table: &Table, position: usize, column: &Column) -> Result<()> {
    let Some(condition) = writer.spelling().key_check(column).filter(|_| table.has_key_with(position)) else {
        return Ok(());
    };
    writer.push(NEXT);
    constraint(writer, &table.key_check_name(column), "CHECK (")?;
    about(writer, column, &condition)?;
    writer.push(")");
    Ok(())
}

/// Writes a condition with the column's name where `{c}` stands.
fn about(writer: &mut Writer<'_>, column: &Column, condition: &str) -> Result<()> {
    let mut parts = condition.split("{c}");
    writer.push(parts.next().unwrap_or_default());
    for part in parts {
        writer.quote_ident(&column.name)?;
        writer.push(part);
    }
    Ok(())
}

fn condition(writer: &mut Writer<'_>, column: &Column, rule: &Rule) -> Result<()> {
    if let Some(condition) = writer.spelling().rule_check(column, rule) {
        return about(writer, column, &condition);
    }
    match rule {
        Rule::MinValue(bound) => comparison(writer, column, " >= ", bound),
        Rule::MaxValue(bound) => comparison(writer, column, " <= ", bound),
        Rule::MinLength(length) => {
            writer.push(writer.spelling().length_function(column.sql_type.kind()));
            writer.push("(");
            writer.quote_ident(&column.name)?;
            writer.push(&format!(") >= {length}"));
            Ok(())
        }
        Rule::Choices(choices) => {
            writer.quote_ident(&column.name)?;
            writer.push(" IN (");
            writer.separated(", ", choices, |writer, choice| {
                writer.literal(choice);
                Ok(())
            })?;
            writer.push(")");
            Ok(())
        }
        // The database holds no CHECK of these: see `Rule::has_check`.
        Rule::MaxLength(_) | Rule::Pattern(_) => Ok(()),
    }
}

fn comparison(writer: &mut Writer<'_>, column: &Column, operator: &str, bound: &Value) -> Result<()> {
    writer.quote_ident(&column.name)?;
    writer.push(operator);
    writer.literal(bound);
    Ok(())
}
