//! DELETE.

use super::super::writer::Writer;
use super::filter;
use crate::error::Result;
use crate::query::Delete;

pub(super) fn delete(writer: &mut Writer<'_>, node: &Delete) -> Result<()> {
    writer.push("DELETE FROM ");
    writer.table(&node.table)?;
    filter(writer, node.filter.as_ref())
}
