//! What stands around tables: schemas, remarks, and questions to the catalog.

use super::super::transform::Transform;
use super::super::writer::{Writer, column, defect};
use crate::error::{Error, Result};
use crate::query::{AskCatalog, Comment, CreateSchema};

pub(super) fn create_schema(writer: &mut Writer<'_>, node: &CreateSchema) -> Result<()> {
    let schema = node.table.schema.as_ref().ok_or_else(|| defect("a table names no schema"))?;
    writer.refuse_schema(schema, &node.table.name)?;
    writer.push("CREATE SCHEMA IF NOT EXISTS ");
    writer.quote_ident(schema)
}

pub(super) fn comment(writer: &mut Writer<'_>, node: &Comment) -> Result<()> {
    let (table, spelling) = (&node.table, writer.spelling());
    let dialect = spelling.dialect();
    if !dialect.capabilities().separate_comments {
        return Err(Error::unsupported("COMMENT ON as a statement", dialect.name()));
    }
    let remark = match node.column {
        Some(at) => {
            writer.push("COMMENT ON COLUMN ");
            writer.table(table)?;
            writer.push(".");
            let column = column(table, at)?;
            writer.quote_ident(&column.name)?;
            &column.comment
        }
        None => {
            writer.push("COMMENT ON TABLE ");
            writer.table(table)?;
            &table.comment
        }
    };
    writer.push(" IS ");
    writer.push(&spelling.text_literal(remark.as_deref().unwrap_or_default()));
    Ok(())
}

pub(super) fn defer_foreign_keys(writer: &mut Writer<'_>) -> Result<()> {
    let spelling = writer.spelling();
    let Some(text) = spelling.defer_foreign_keys() else {
        return Err(Error::unsupported("deferring foreign keys that do not allow it", spelling.dialect().name()));
    };
    writer.push(text);
    Ok(())
}

/// Writes a question with its parts of the text around its names.
pub(super) fn ask_catalog(writer: &mut Writer<'_>, node: &AskCatalog) -> Result<()> {
    let spelling = writer.spelling();
    let Some(text) = spelling.ask_catalog(node.item, node.table.schema.is_some()) else {
        return Err(Error::unsupported("this question to the catalog", spelling.dialect().name()));
    };
    let mut parts = text.split('?');
    writer.push(parts.next().unwrap_or_default());
    for (part, name) in parts.zip(&node.names) {
        writer.placeholder(name, Transform::None)?;
        writer.push(part);
    }
    Ok(())
}
