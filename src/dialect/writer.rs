//! The text under construction: the only place that quotes identifiers and writes placeholders.

use super::scope::{Read, Scope};
use super::spelling::Spelling;
use super::{Placeholder, Sql, Transform, literal};
use crate::error::{Error, Result};
use crate::query::{Param, Statement};
use crate::schema::{Column, Table, TableRef};
use crate::types::{Kind, Value};

/// The deepest nesting of expressions that is rendered; SQLite takes a depth of 1000.
const DEEPEST: usize = 250;

/// Text and placeholders of one statement, as one database spells them.
pub(super) struct Writer<'a> {
    spelling: &'static dyn Spelling,
    text: String,
    placeholders: Vec<Placeholder>,
    /// The statement's parameters in their fixed order; a placeholder finds its own by address.
    params: Vec<&'a Param>,
    mentioned: Vec<bool>,
    depth: usize,
    /// The statement's own scope, and those of the queries in it that are being written, innermost last.
    scopes: Vec<Scope>,
    aliases: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(statement: &'a Statement, spelling: &'static dyn Spelling) -> Self {
        let params = statement.params();
        Self {
            spelling,
            text: String::with_capacity(128),
            placeholders: Vec::with_capacity(params.len()),
            mentioned: vec![false; params.len()],
            params,
            depth: 0,
            scopes: vec![Scope::plain(statement.table().clone())],
            aliases: 0,
        }
    }

    /// The tables that are known where the text stands.
    pub(super) fn scope(&self) -> &Scope {
        // The statement's own is never taken away.
        &self.scopes[self.scopes.len() - 1]
    }

    /// The table that the innermost query is about.
    pub(super) fn root(&self) -> &TableRef {
        &self.scope().root
    }

    /// Runs a writer of a query whose tables have names of their own.
    pub(super) fn within(
        &mut self,
        root: &TableRef,
        read: &Read<'_>,
        write: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        self.scopes.push(Scope::of(root.clone(), read, &mut self.aliases));
        write(self)?;
        self.scopes.pop();
        Ok(())
    }

    /// Appends the alias of a number.
    pub(super) fn alias(&mut self, number: usize) {
        self.push("t");
        self.push(&number.to_string());
    }

    /// Appends a column's name, after its table's alias where that has one.
    pub(super) fn qualified(&mut self, alias: Option<usize>, name: &str) -> Result<()> {
        if let Some(number) = alias {
            self.alias(number);
            self.push(".");
        }
        self.quote_ident(name)
    }

    pub(super) fn spelling(&self) -> &'static dyn Spelling {
        self.spelling
    }

    /// Appends SQL text.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends a value as a literal; only definitions have them.
    pub(super) fn literal(&mut self, value: &Value) {
        literal::write(self.spelling, value, &mut self.text);
    }

    /// Appends the collation that comparing values of this kind needs.
    pub(super) fn collate(&mut self, kind: Kind) {
        if let Some(collation) = self.spelling.collation(kind) {
            self.push(" COLLATE ");
            self.push(collation);
        }
    }

    /// Appends a name of the user's, quoted. No other function quotes identifiers.
    pub(super) fn quote_ident(&mut self, name: &str) -> Result<()> {
        self.spelling.dialect().check_name(name)?;
        push_quoted(&mut self.text, name, self.spelling.quote());
        Ok(())
    }

    /// Appends a table's name, with its schema where it has one.
    pub(super) fn table(&mut self, table: &Table) -> Result<()> {
        self.table_name(table.schema.as_deref(), &table.name)
    }

    /// Appends the name of a table, with its schema where it has one.
    pub(super) fn table_name(&mut self, schema: Option<&str>, name: &str) -> Result<()> {
        if let Some(schema) = schema {
            self.refuse_schema(schema, name)?;
            self.quote_ident(schema)?;
            self.push(".");
        }
        self.quote_ident(name)
    }

    /// Refuses a table in a schema where there are none.
    pub(super) fn refuse_schema(&self, schema: &str, table: &str) -> Result<()> {
        let dialect = self.spelling.dialect();
        if dialect.capabilities().schemas {
            return Ok(());
        }
        Err(Error::unsupported(format!("schemas (table {table:?} is in {schema:?})"), dialect.name()))
    }

    /// Appends something for each item, with a separator between.
    pub(super) fn separated<T>(
        &mut self,
        separator: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Result<()>,
    ) -> Result<()> {
        for (number, item) in items.into_iter().enumerate() {
            if number > 0 {
                self.push(separator);
            }
            write(self, item)?;
        }
        Ok(())
    }

    /// Appends the names of columns, by position.
    pub(super) fn column_names(&mut self, table: &Table, positions: &[usize]) -> Result<()> {
        self.separated(", ", positions, |writer, position| writer.quote_ident(&column(table, *position)?.name))
    }

    /// Appends a placeholder for one of the statement's parameters.
    pub(super) fn placeholder(&mut self, param: &Param, transform: Transform) -> Result<()> {
        self.placeholder_of(param, transform, param.0.kind())
    }

    /// Appends a placeholder for one of the statement's parameters, whose place asks for this kind.
    pub(super) fn placeholder_of(&mut self, param: &Param, transform: Transform, kind: Kind) -> Result<()> {
        let cast = self.spelling.cast(kind)?;
        let number = self.number(param)?;
        self.mentioned[number] = true;
        self.placeholders.push(Placeholder { param: number, transform });
        self.spelling.placeholder(self.placeholders.len(), &mut self.text);
        if let Some(cast) = cast {
            self.push("::");
            self.push(&cast);
            self.push(if matches!(param.0, Value::List(..)) { "[]" } else { "" });
        }
        Ok(())
    }

    /// Appends a placeholder for each member of a list of texts, in parentheses; says whether there was room.
    pub(super) fn members(&mut self, list: &Param) -> Result<bool> {
        let room = self.spelling.dialect().capabilities().max_params / 2;
        let Some(members) = list.written_out().filter(|members| self.placeholders.len() + members <= room) else {
            return Ok(false);
        };
        self.push("(");
        self.separated(", ", 0..members, |writer, at| writer.placeholder(list, Transform::ListMember(at)))?;
        self.push(")");
        Ok(true)
    }

    /// A parameter's number. Rendering mostly follows the fixed order, so the search starts at the
    /// next one.
    fn number(&self, param: &Param) -> Result<usize> {
        let count = self.params.len();
        let next = self.placeholders.last().map_or(0, |last| last.param + 1);
        (0..count)
            .map(|step| (next + step) % count)
            .find(|number| std::ptr::eq(self.params[*number], param))
            .ok_or_else(|| defect("a value is not among the statement's parameters"))
    }

    /// Runs a writer of a nested expression; refuses nesting that would exhaust the stack, ours or the
    /// database's.
    pub(super) fn nested(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if self.depth >= DEEPEST {
            return Err(Error::query(format!(
                "the condition is nested more than {DEEPEST} levels deep; make it flatter"
            )));
        }
        self.depth += 1;
        write(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// Whether a parameter of the statement is a list.
    pub(super) fn has_lists(&self) -> bool {
        self.params.iter().any(|param| matches!(param.0, Value::List(..)))
    }

    /// The rendered statement; a parameter that no placeholder mentions is a defect, never dropped.
    pub(super) fn finish(self) -> Result<Sql> {
        if let Some(number) = self.mentioned.iter().position(|mentioned| !mentioned) {
            return Err(defect(&format!("no placeholder mentions parameter {number}")));
        }
        let most = self.spelling.dialect().capabilities().max_params;
        if self.placeholders.len() > most {
            let feature = format!("more than {most} parameters in one statement (it has {})", self.placeholders.len());
            return Err(Error::unsupported(feature, self.spelling.dialect().name()));
        }
        Ok(Sql { text: self.text, placeholders: self.placeholders })
    }
}

/// A column by position.
pub(super) fn column(table: &Table, position: usize) -> Result<&Column> {
    table
        .columns
        .get(position)
        .ok_or_else(|| defect(&format!("table {:?} has no column number {position}", table.name)))
}

/// A fault of this crate, not of its user.
pub(super) fn defect(what: &str) -> Error {
    Error::query(format!("internal error while rendering: {what}; please report it"))
}

/// Appends a name in quotes, doubling those in it: the only place where names are quoted.
pub(crate) fn push_quoted(out: &mut String, name: &str, quote: char) {
    out.push(quote);
    for char in name.chars() {
        if char == quote {
            out.push(quote);
        }
        out.push(char);
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Dialect, spelling};
    use crate::query::{Delete, Insert};
    use crate::types::SqlType;

    fn table() -> TableRef {
        TableRef::new(Table::new("T", "t", vec![Column::new("id", SqlType::Integer).primary_key()]).unwrap())
    }

    #[test]
    fn the_quote_character_is_doubled() {
        let statement = Statement::Delete(Delete { table: table(), filter: None });
        for (dialect, quoted) in
            [(Dialect::Sqlite, "\"a\"\"b`c\""), (Dialect::Postgres, "\"a\"\"b`c\""), (Dialect::MySql, "`a\"b``c`")]
        {
            let mut writer = Writer::new(&statement, spelling::of(dialect));
            writer.quote_ident("a\"b`c").unwrap();
            assert_eq!(writer.finish().unwrap().text, quoted);
            assert!(Writer::new(&statement, spelling::of(dialect)).quote_ident("a\0b").is_err());
        }
    }

    #[test]
    fn a_parameter_that_is_not_mentioned_is_an_error() {
        let values = vec![Param(Value::Integer(1))];
        let statement = Statement::Insert(Insert { table: table(), columns: vec![0], values, returning: Vec::new() });
        let error = Writer::new(&statement, spelling::of(Dialect::Sqlite)).finish().unwrap_err();
        assert!(error.to_string().contains("no placeholder mentions parameter 0"));
    }

    #[test]
    fn a_foreign_parameter_is_an_error() {
        let statement = Statement::Delete(Delete { table: table(), filter: None });
        let mut writer = Writer::new(&statement, spelling::of(Dialect::Sqlite));
        assert!(writer.placeholder(&Param(Value::Integer(1)), Transform::None).is_err());
    }
}
