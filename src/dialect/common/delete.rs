//! DELETE.

use super::super::writer::Writer;
use super::from::written_rows;
use crate::error::Result;
use crate::query::Delete;

pub(super) fn delete(writer: &mut Writer<'_>, node: &Delete) -> Result<()> {
    writer.push("DELETE ");
    if writer.has_lists() {
        writer.spelling().delete_by_lists(writer, &node.table)?;
    }
    writer.push("FROM ");
    writer.table(&node.table)?;
    written_rows(writer, node.filter.as_ref())
}
