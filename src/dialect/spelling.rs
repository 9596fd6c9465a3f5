//! What a database spells in its own way; the grammar around it is in `common`.

use std::borrow::Cow;

use super::literal::LiteralForm;
use super::writer::Writer;
use super::{Dialect, common, mysql, postgres, sqlite};
use crate::error::{Error, Result};
use crate::query::expr::{
    ArrayMatch, Distance, DocumentIs, DocumentMatch, DocumentNumber, DocumentPlace, InKeys, InList, OwnMatch,
    PairValue, SetMatch, TextMatch, TextMatchKind,
};
use crate::query::{AggregateFunction, Assignment, CatalogItem, CreateType, DropType, Expr, Order, Param};
use crate::schema::{Action, Column, Index, ModelFault, Rule, Table};
use crate::types::{EnumType, Kind};

/// One database's spelling.
pub(super) trait Spelling: Sync {
    /// Whose spelling it is.
    fn dialect(&self) -> Dialect;

    /// What stands around identifiers.
    fn quote(&self) -> char {
        '"'
    }

    /// Writes the placeholder of a number, counted from 1.
    fn placeholder(&self, number: usize, out: &mut String);

    /// The type to which a parameter of this kind is cast, because it travels as text.
    ///
    /// # Errors
    ///
    /// Where no value of this kind can be, because the database does not have the type.
    fn cast(&self, kind: Kind) -> Result<Option<Cow<'static, str>>> {
        let (Kind::Postgres(own) | Kind::Array(&Kind::Postgres(own))) = kind else { return Ok(None) };
        Err(Error::unsupported(format!("values of the type {} of PostgreSQL", own.type_name()), self.dialect().name()))
    }

    /// The collation that a comparison of values of this kind must name.
    fn collation(&self, _kind: Kind) -> Option<&'static str> {
        None
    }

    /// Refuses a comparison that this database cannot make with the meaning it has elsewhere.
    fn check_comparison(&self, _kind: Kind) -> Result<()> {
        Ok(())
    }

    /// Writes what stands after the subject of a membership test.
    fn in_list(&self, writer: &mut Writer<'_>, node: &InList) -> Result<()>;

    /// Writes a membership test of keys of several columns.
    fn in_keys(&self, writer: &mut Writer<'_>, node: &InKeys) -> Result<()> {
        common::in_keys(writer, node)
    }

    /// Writes what is selected for a membership test of keys of several columns, and from where.
    fn keys(&self, writer: &mut Writer<'_>, node: &InKeys) -> Result<()>;

    /// Writes a comparison of an array with a list.
    fn array_match(&self, writer: &mut Writer<'_>, node: &ArrayMatch) -> Result<()>;

    /// Writes the text at a place of a document, or NULL.
    fn document_text(&self, writer: &mut Writer<'_>, place: &DocumentPlace) -> Result<()>;

    /// Writes whether something certain stands at a place of a document.
    fn document_is(&self, writer: &mut Writer<'_>, node: &DocumentIs) -> Result<()>;

    /// Writes a comparison of the number at a place of a document.
    fn document_number(&self, writer: &mut Writer<'_>, node: &DocumentNumber) -> Result<()>;

    /// Writes which of two documents contains the other.
    fn document_match(&self, writer: &mut Writer<'_>, node: &DocumentMatch) -> Result<()>;

    /// Writes a comparison that only types of one database have.
    fn own_match(&self, _writer: &mut Writer<'_>, node: &OwnMatch) -> Result<()> {
        Err(Error::unsupported(format!("the lookup {:?}", node.op.name()), self.dialect().name()))
    }

    /// Writes the text of a key in pairs.
    fn pair_value(&self, _writer: &mut Writer<'_>, _node: &PairValue) -> Result<()> {
        Err(Error::unsupported("looking into an HStore", self.dialect().name()))
    }

    /// Writes a comparison of a `SET` with members.
    fn set_match(&self, _writer: &mut Writer<'_>, _node: &SetMatch) -> Result<()> {
        Err(Error::unsupported("looking into a Set", self.dialect().name()))
    }

    /// Writes how far a vector is from another.
    fn distance(&self, _writer: &mut Writer<'_>, _node: &Distance) -> Result<()> {
        Err(Error::unsupported("distances of vectors", self.dialect().name()))
    }

    /// The function that counts an array's elements.
    fn array_length(&self) -> &'static str;

    /// The cast that stands after a parameter on its way into a column that does not take it by itself.
    fn cast_into(&self, _table: &Table, _column: &Column) -> Result<Option<String>> {
        Ok(None)
    }

    /// What stands before and after a column by whose values rows are ordered, so that text is ordered by code point.
    fn sort_key(&self, _column: &Column) -> (&'static str, &'static str) {
        ("", "")
    }

    /// What stands before and after a text to fold its case.
    fn fold(&self) -> (&'static str, &'static str);

    /// What stands after a column in which text is looked for, so that blanks by which it is padded are not found.
    fn unpadded(&self, _column: &Column) -> &'static str {
        ""
    }

    /// Writes what stands after the subject of a text match whose pattern is a value. Never for
    /// [`TextMatchKind::Equals`].
    fn match_value(&self, writer: &mut Writer<'_>, node: &TextMatch, pattern: &Param) -> Result<()>;

    /// A literal text match whose pattern is an expression: `{s}` is the subject, `{p}` the pattern.
    fn match_expr(&self, kind: TextMatchKind) -> &'static str;

    /// The call that aggregates values of a kind; never of an average.
    fn aggregate(&self, function: AggregateFunction, _kind: Kind) -> Call {
        Call::plain(match function {
            AggregateFunction::Count => "COUNT",
            AggregateFunction::Sum | AggregateFunction::Avg => "SUM",
            AggregateFunction::Min => "MIN",
            AggregateFunction::Max => "MAX",
        })
    }

    /// Writes one term of ORDER BY.
    fn order(&self, writer: &mut Writer<'_>, order: &Order) -> Result<()>;

    /// The LIMIT without which OFFSET cannot stand.
    fn limit_for_offset(&self) -> Option<&'static str>;

    /// What stands around a query that chooses the rows which its statement writes.
    fn rows_of_written_table(&self) -> (&'static str, &'static str) {
        ("", "")
    }

    /// Writes what stands after DELETE where the condition has lists.
    fn delete_by_lists(&self, _writer: &mut Writer<'_>, _table: &Table) -> Result<()> {
        Ok(())
    }

    /// What stands after the table of an UPDATE whose condition has lists.
    fn update_by_lists(&self) -> &'static str {
        ""
    }

    /// What stands after `INSERT INTO t` where every column takes its default.
    fn default_values(&self) -> &'static str {
        " DEFAULT VALUES"
    }

    /// Assignments in an order in which each reads the old values.
    fn assignments<'a>(&self, assignments: &'a [Assignment]) -> Result<Vec<&'a Assignment>> {
        Ok(assignments.iter().collect())
    }

    /// The type of a column.
    fn column_type(&self, table: &Table, column: &Column) -> Result<Cow<'static, str>>;

    /// Whether an enumeration is a type here, which keeps other values out by itself.
    fn has_enum_type(&self, kind: &EnumType) -> bool;

    /// Writes what makes an enumeration's own type.
    fn create_type(&self, _writer: &mut Writer<'_>, node: &CreateType) -> Result<()> {
        let feature = format!("types of one's own (enumeration {:?})", node.kind.name);
        Err(Error::unsupported(feature, self.dialect().name()))
    }

    /// Writes what removes an enumeration's own type, unless something still uses it.
    fn drop_type(&self, _writer: &mut Writer<'_>, node: &DropType) -> Result<()> {
        let feature = format!("types of one's own (enumeration {:?})", node.kind.name);
        Err(Error::unsupported(feature, self.dialect().name()))
    }

    /// A text as a literal, for the clauses that take no parameter.
    fn text_literal(&self, text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    /// What makes the database number a column.
    fn auto_increment(&self, table: &Table, column: &Column) -> Result<&'static str>;

    /// Whether the primary key stands with its column instead of at the table's end.
    fn inline_key(&self, _table: &Table) -> bool {
        false
    }

    /// The SQL expression behind a column's server default.
    fn server_default<'a>(&self, _column: &Column, expression: &'a str) -> Cow<'a, str> {
        Cow::Borrowed(expression)
    }

    /// Writes a column's comment, where it stands in CREATE TABLE.
    fn column_comment(&self, _writer: &mut Writer<'_>, _comment: &str) {}

    /// How values are worded in definitions.
    fn literals(&self) -> &'static LiteralForm;

    /// The condition of a rule where it is not a plain comparison with literals; `{c}` stands for the column.
    fn rule_check(&self, _column: &Column, _rule: &Rule) -> Option<String> {
        None
    }

    /// The condition that a column of a key must meet so that equal values are the same to the key; `{c}` stands for the
    /// column.
    fn key_check(&self, _column: &Column) -> Option<String> {
        None
    }

    /// Writes the number after a column's: an error where the column cannot hold it.
    fn next_number(&self, writer: &mut Writer<'_>, number: &Expr) -> Result<()> {
        common::operand(writer, number)?;
        writer.push(" + 1");
        Ok(())
    }

    /// The function that counts the characters of text, the bytes of binary values and the elements of arrays.
    fn length_function(&self, kind: Kind) -> &'static str;

    /// How many columns, parts of a key, and indexes besides the primary key, a table has at the most.
    fn most(&self) -> Most;

    /// What of a table is more than this database takes, besides the length of names.
    fn limits(&self, _table: &Table) -> Vec<ModelFault> {
        Vec::new()
    }

    /// Refuses a column that cannot be part of a key or an index.
    fn check_key(&self, _table: &Table, _column: &Column) -> Result<()> {
        Ok(())
    }

    /// Refuses an index with something that this database does not have.
    fn check_index(&self, table: &Table, index: &Index) -> Result<()>;

    /// Refuses a foreign key's action that this database does not carry out.
    fn check_action(&self, _table: &Table, _action: Action) -> Result<()> {
        Ok(())
    }

    /// Writes what stands after the closing parenthesis of CREATE TABLE.
    fn table_options(&self, _writer: &mut Writer<'_>, _table: &Table) {}

    /// What stands between the table and the name of a foreign key that is removed.
    fn drop_foreign_key(&self) -> &'static str {
        " DROP CONSTRAINT "
    }

    /// What makes foreign keys wait for the end of the transaction, where all of them can.
    fn defer_foreign_keys(&self) -> Option<&'static str> {
        None
    }

    /// The question whether something is in the catalog, with a `?` for each name; None where nobody asks.
    fn ask_catalog(&self, _item: CatalogItem, _in_schema: bool) -> Option<&'static str> {
        None
    }

    /// Whether a type, in the words of the catalog, is one of those that values of a kind are compared with.
    fn has_kind(&self, _stored: &str, _kind: Kind) -> bool {
        true
    }

    /// Whether a type, in the words of the catalog, lists the values that it takes.
    fn lists_values(&self, _stored: &str) -> bool {
        false
    }

    /// What makes CREATE INDEX leave an existing index as it is.
    fn index_if_not_exists(&self) -> &'static str {
        "IF NOT EXISTS "
    }
}

/// How many of each a table has at the most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    pub(super) columns: usize,
    pub(super) parts: usize,
    pub(super) indexes: Option<usize>,
}

/// How an aggregate function is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) function: &'static str,
    /// What stands around its argument.
    pub(super) argument: (&'static str, &'static str),
    /// What stands around the call.
    pub(super) result: (&'static str, &'static str),
}

impl Call {
    /// With nothing around it.
    pub(super) fn plain(function: &'static str) -> Self {
        Self { function, argument: ("", ""), result: ("", "") }
    }
}

/// A dialect's spelling.
pub(super) fn of(dialect: Dialect) -> &'static dyn Spelling {
    match dialect {
        Dialect::Sqlite => &sqlite::Sqlite,
        Dialect::Postgres => &postgres::Postgres,
        Dialect::MySql => &mysql::MySql,
    }
}
