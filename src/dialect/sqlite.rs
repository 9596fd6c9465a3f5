//! What SQLite spells in its own way. Needs SQLite 3.41 (`unhex`); the driver registers
//! on each connection: the function `chakra_lower(text)` (Unicode lower case), the collation `chakra_decimal`
//! (compares decimal texts as numbers), the functions `chakra_json_…` (see `sqlite/document.rs`), and the aggregates `chakra_sum_integer`, `_decimal` and `_float`.

mod document;

mod decimal;

use std::borrow::Cow;

use super::Dialect;
use super::common::{self, ElementRows};
use super::literal::LiteralForm;
use super::spelling::{Call, Most, Spelling};
use super::transform::Transform;
use super::writer::{Writer, defect};
use crate::error::{Error, Result};
use crate::query::expr::{
    ArrayMatch, DocumentIs, DocumentMatch, DocumentNumber, DocumentPlace, InKeys, InList, TextMatch, TextMatchKind,
};
use crate::query::{AggregateFunction, CatalogItem, Direction, Expr, Nulls, Order, Param};
use crate::schema::{Column, Index, IndexMethod, Rule, Table};
use crate::types::{EnumType, Kind, SqlType};

/// Decimals are text, so that they stay exact; this collation compares them as numbers.
const DECIMAL: &str = "chakra_decimal";

/// Others may have written numbers.
const DECIMALS_EQUAL: &str = "CAST(chakra_a.value AS TEXT) = CAST(chakra_b.value AS TEXT) COLLATE chakra_decimal";
const DECIMALS_SAME: &str = "CAST(chakra_a.value AS TEXT) IS CAST(chakra_b.value AS TEXT) COLLATE chakra_decimal";
const LITERALS: LiteralForm = LiteralForm {
    booleans: ("1", "0"),
    datetime: ("'", "'"),
    date: ("'", "'"),
    time: ("'", "'"),
    interval: ("", ""),
    decimal: ("'", "'"),
    bytes: ("x'", "'"),
};

pub(super) struct Sqlite;

/// In UTC, in the forms in which values are stored.
const PRESENT: common::Present =
    common::Present { instant: "CURRENT_TIMESTAMP", date: "CURRENT_DATE", time: "CURRENT_TIME" };

impl Spelling for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn placeholder(&self, _number: usize, out: &mut String) {
        out.push('?');
    }

    fn collation(&self, kind: Kind) -> Option<&'static str> {
        (kind == Kind::Decimal).then_some(DECIMAL)
    }

    fn in_list(&self, writer: &mut Writer<'_>, node: &InList) -> Result<()> {
        let member = if node.list.0.kind() == Kind::Bytes { "unhex(value)" } else { "value" };
        writer.push(" IN (SELECT ");
        writer.push(member);
        writer.push(" FROM json_each(");
        writer.placeholder(&node.list, Transform::JsonList)?;
        writer.push("))");
        Ok(())
    }

    /// By itself, `(a, b) IN (…)` looks through an index on `a` once for each key, however many have the same `a`; and
    /// where it must tell false from unknown, through all keys for each row. So an index is used for the first column
    /// alone, whose values are told apart once, and CASE keeps the whole key from being unknown.
    fn in_keys(&self, writer: &mut Writer<'_>, node: &InKeys) -> Result<()> {
        let Some(first) = node.columns.first() else { return Err(defect("keys without columns are looked for")) };
        writer.push("(");
        common::key_part(writer, first)?;
        writer.push(" IN (SELECT ");
        key_values(writer, node, 1)?;
        writer.push(") AND CASE WHEN ");
        common::in_keys(writer, node)?;
        writer.push(" THEN TRUE ELSE FALSE END)");
        Ok(())
    }

    fn keys(&self, writer: &mut Writer<'_>, node: &InKeys) -> Result<()> {
        key_values(writer, node, node.columns.len())
    }

    fn array_match(&self, writer: &mut Writer<'_>, node: &ArrayMatch) -> Result<()> {
        let is_decimal = common::element_kind(&node.array)? == Kind::Decimal;
        let rows = ElementRows {
            table: "json_each({})",
            equal: if is_decimal { DECIMALS_EQUAL } else { "chakra_a.value = chakra_b.value" },
            same: if is_decimal { DECIMALS_SAME } else { "chakra_a.value IS chakra_b.value" },
            side_by_side: "chakra_a.key = chakra_b.key",
            length: "json_array_length({})",
        };
        common::by_rows(writer, node, &rows)
    }

    fn document_text(&self, writer: &mut Writer<'_>, place: &DocumentPlace) -> Result<()> {
        document::text(writer, place)
    }

    fn document_is(&self, writer: &mut Writer<'_>, node: &DocumentIs) -> Result<()> {
        document::is(writer, node)
    }

    fn document_number(&self, writer: &mut Writer<'_>, node: &DocumentNumber) -> Result<()> {
        document::number(writer, node)
    }

    fn document_match(&self, writer: &mut Writer<'_>, node: &DocumentMatch) -> Result<()> {
        document::matched(writer, node)
    }

    fn array_length(&self) -> &'static str {
        "json_array_length"
    }

    fn fold(&self) -> (&'static str, &'static str) {
        ("chakra_lower(", ")")
    }

    /// GLOB rather than LIKE: it tells case apart, and a pattern with a fixed start can use an index.
    fn match_value(&self, writer: &mut Writer<'_>, node: &TextMatch, pattern: &Param) -> Result<()> {
        writer.push(" GLOB ");
        common::folded(writer, node.ignore_case, |writer| writer.placeholder(pattern, Transform::Glob(node.kind)))
    }

    fn match_expr(&self, kind: TextMatchKind) -> &'static str {
        match kind {
            TextMatchKind::Contains => "instr({s}, {p}) > 0",
            TextMatchKind::StartsWith => "substr({s}, 1, length({p})) = {p}",
            // A negative start counts from the end, but the result is then shorter than the pattern.
            TextMatchKind::EndsWith => "substr({s}, length({s}) - length({p}) + 1) = {p}",
            TextMatchKind::Equals => "{s} = {p}",
        }
    }

    /// SQLite's own sum adds decimals as floats and fails beyond 64 bits; the driver registers exact ones.
    fn aggregate(&self, function: AggregateFunction, kind: Kind) -> Call {
        Call::plain(match (function, kind) {
            (AggregateFunction::Count, _) => "COUNT",
            (AggregateFunction::Min, _) => "MIN",
            (AggregateFunction::Max, _) => "MAX",
            (_, Kind::Float) => "chakra_sum_float",
            (_, Kind::Decimal) => "chakra_sum_decimal",
            _ => "chakra_sum_integer",
        })
    }

    /// NULL is the smallest value here.
    fn order(&self, writer: &mut Writer<'_>, order: &Order) -> Result<()> {
        common::order_term(writer, order)?;
        match (order.direction, order.nulls()) {
            _ if !order.expr.can_be_null() => {}
            (Direction::Ascending, Nulls::Last) => writer.push(" NULLS LAST"),
            (Direction::Descending, Nulls::First) => writer.push(" NULLS FIRST"),
            _ => {}
        }
        Ok(())
    }

    fn limit_for_offset(&self) -> Option<&'static str> {
        Some("-1")
    }

    fn column_type(&self, table: &Table, column: &Column) -> Result<Cow<'static, str>> {
        // A key of type INTEGER is the rowid, which is numbered whatever the column's default says; of type INT it is not.
        if column.server_default.is_some() && column.primary_key && table.has_single_integer_key() {
            return Ok(Cow::Borrowed("INT"));
        }
        type_name(table, column, &column.sql_type).map(Cow::Borrowed)
    }

    fn has_enum_type(&self, _kind: &EnumType) -> bool {
        false
    }

    /// With AUTOINCREMENT, for without it the key of a deleted last row is given to the next one, and
    /// whatever still remembers the old row by its key would mean the new one. No other database does so.
    fn auto_increment(&self, table: &Table, column: &Column) -> Result<&'static str> {
        if !self.inline_key(table) || !column.primary_key {
            let message = "SQLite numbers a field that is the primary key alone, and no part of one of several fields";
            return Err(common::unnumbered(table, column, message));
        }
        Ok(" PRIMARY KEY AUTOINCREMENT")
    }

    fn rule_check(&self, column: &Column, rule: &Rule) -> Option<String> {
        if column.sql_type.kind() == Kind::Decimal { decimal::rule(rule) } else { None }
    }

    /// A key compares texts, not by our collation, without which no other program could write to the table.
    fn key_check(&self, column: &Column) -> Option<String> {
        decimal::one_text(column)
    }

    fn length_function(&self, kind: Kind) -> &'static str {
        if matches!(kind, Kind::Array(_)) { "json_array_length" } else { "length" }
    }

    fn literals(&self) -> &'static LiteralForm {
        &LITERALS
    }

    fn inline_key(&self, table: &Table) -> bool {
        table.has_single_integer_key() && table.columns.iter().any(|column| column.primary_key && column.auto_increment)
    }

    /// `now()` is not known here; `CURRENT_TIMESTAMP` is UTC in the form in which instants are stored.
    /// A number that a decimal column takes is given in the form in which the column keeps it.
    fn server_default<'a>(&self, column: &Column, expression: &'a str) -> Cow<'a, str> {
        if let Some(number) = decimal::kept(column, expression) {
            return Cow::Owned(number);
        }
        Cow::Borrowed(PRESENT.of(column, expression).unwrap_or(expression))
    }

    /// As the library is built by itself.
    fn most(&self) -> Most {
        Most { columns: 2_000, parts: 2_000, indexes: None }
    }

    fn check_index(&self, table: &Table, index: &Index) -> Result<()> {
        match index.method {
            None | Some(IndexMethod::BTree) => Ok(()),
            Some(method) => {
                let feature =
                    format!("the method {} (index {:?} of table {:?})", method.name(), index.name, table.name);
                Err(Error::unsupported(feature, self.dialect().name()))
            }
        }
    }

    /// SQLite would go on with floats.
    fn next_number(&self, writer: &mut Writer<'_>, number: &Expr) -> Result<()> {
        let Expr::Column(column) = number else { return Err(defect("a number that is no column is counted up")) };
        let column = column.column();
        let last = column.sql_type.integer_range().map_or(i64::MAX, |(_, last)| last);
        writer.push("chakra_next(");
        common::operand(writer, number)?;
        writer.push(&format!(", {last}, {})", self.text_literal(&column.name)));
        Ok(())
    }

    /// Numbers as text, so that a row is text throughout.
    fn ask_catalog(&self, item: CatalogItem, _in_schema: bool) -> Option<&'static str> {
        match item {
            CatalogItem::AllForeignKeys => Some(
                "SELECT t.name, t.sql, CAST(f.id AS TEXT), f.\"table\", f.\"from\", f.\"to\", f.on_delete, f.on_update \
                 FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' \
                 ORDER BY t.name, f.id DESC, f.seq",
            ),
            CatalogItem::UniqueKeys => Some(
                "SELECT k.name, k.origin, t.sql, c.name FROM sqlite_schema t \
                 JOIN pragma_index_list(t.name) k JOIN pragma_index_info(k.name) c \
                 WHERE k.\"unique\" AND t.type = 'table' AND t.name = ? COLLATE NOCASE ORDER BY k.seq, c.seqno",
            ),
            CatalogItem::ColumnTypes => Some("SELECT name, type FROM pragma_table_info(?)"),
            CatalogItem::CheckCondition => {
                Some("SELECT sql, ? FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE")
            }
            CatalogItem::Table => {
                Some("SELECT '1' FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE")
            }
            _ => None,
        }
    }

    fn defer_foreign_keys(&self) -> Option<&'static str> {
        Some("PRAGMA defer_foreign_keys = ON")
    }
}

/// Writes what is selected of keys, of so many of their columns, and from where.
fn key_values(writer: &mut Writer<'_>, node: &InKeys, columns: usize) -> Result<()> {
    for (number, column) in node.columns.iter().take(columns).enumerate() {
        let is_bytes = column.column().sql_type.kind() == Kind::Bytes;
        let (before, after) = if is_bytes { ("unhex(", ")") } else { ("", "") };
        let comma = if number > 0 { ", " } else { "" };
        writer.push(&format!("{comma}{before}json_extract(value, '$[{number}]'){after}"));
    }
    writer.push(" FROM json_each(");
    writer.placeholder(&node.keys, Transform::JsonKeys { columns: node.columns.len() })?;
    writer.push(")");
    Ok(())
}

fn type_name(table: &Table, column: &Column, sql_type: &SqlType) -> Result<&'static str> {
    Ok(match sql_type {
        SqlType::SmallInteger | SqlType::Integer | SqlType::BigInteger | SqlType::Boolean | SqlType::Interval => {
            "INTEGER"
        }
        SqlType::Float => "REAL",
        SqlType::Binary { .. } => "BLOB",
        SqlType::Decimal { .. }
        | SqlType::String { .. }
        | SqlType::Text
        | SqlType::Char { .. }
        | SqlType::DateTime
        | SqlType::Date
        | SqlType::Time
        | SqlType::Uuid
        | SqlType::Json
        | SqlType::Enum(_) => "TEXT",
        SqlType::Array(element) => {
            common::check_element(table, column, element)?;
            type_name(table, column, element)?;
            "TEXT"
        }
        SqlType::Postgres(_) | SqlType::MySql(_) => {
            return Err(common::lacking(table, column, sql_type, Dialect::Sqlite));
        }
    })
}
