//! What PostgreSQL (12 and later, built with ICU) spells in its own way.

mod document;
mod limits;
mod own;

use std::borrow::Cow;
use std::fmt::Write as _;

use super::Dialect;
use super::common;
use super::literal::LiteralForm;
use super::spelling::{Call, Most, Spelling};
use super::transform::Transform;
use super::writer::{Writer, push_quoted};
use crate::error::{Error, Result};
use crate::query::expr::{
    ArrayMatch, ArrayOp, Distance, DocumentIs, DocumentMatch, DocumentNumber, DocumentPlace, InKeys, InList, OwnMatch,
    PairValue, TextMatch, TextMatchKind,
};
use crate::query::{AggregateFunction, CatalogItem, CreateType, Direction, DropType, Expr, Nulls, Order, Param};
use crate::schema::{Column, Index, IndexMethod, IndexPart, ModelFault, Table};
use crate::types::{EnumType, Kind, PostgresType, SqlType};

const LITERALS: LiteralForm = LiteralForm {
    booleans: ("TRUE", "FALSE"),
    datetime: ("TIMESTAMPTZ '", "+00'"),
    date: ("DATE '", "'"),
    time: ("TIME '", "'"),
    interval: ("INTERVAL '", " microseconds'"),
    decimal: ("", ""),
    bytes: ("'\\x", "'::bytea"),
};

/// The columns of a CHECK, as a text that mentions them.
macro_rules! check_columns {
    ($where:literal) => {
        concat!(
            "SELECT string_agg(pg_catalog.quote_ident(a.attname), ', ') FROM pg_catalog.pg_constraint c ",
            "JOIN pg_catalog.pg_class t ON t.oid = c.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace ",
            "JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (c.conkey) ",
            "WHERE c.contype = 'c' AND c.conname = ? AND t.relname = ? AND ",
            $where
        )
    };
}

macro_rules! column_types {
    ($where:literal) => {
        concat!(
            "SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a ",
            "JOIN pg_catalog.pg_class t ON t.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace ",
            "WHERE a.attnum > 0 AND NOT a.attisdropped AND t.relname = ? AND ",
            $where
        )
    };
}

const CHECK_COLUMNS: &str = check_columns!("pg_catalog.pg_table_is_visible(t.oid)");
const CHECK_COLUMNS_IN_SCHEMA: &str = check_columns!("n.nspname = ?");
const COLUMN_TYPES: &str = column_types!("pg_catalog.pg_table_is_visible(t.oid)");
const COLUMN_TYPES_IN_SCHEMA: &str = column_types!("n.nspname = ?");

pub(super) struct Postgres;

impl Spelling for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn placeholder(&self, number: usize, out: &mut String) {
        let _ = write!(out, "${number}"); // writing to a String cannot fail
    }

    fn cast(&self, kind: Kind) -> Result<Option<Cow<'static, str>>> {
        Ok(match kind {
            Kind::Postgres(kind) => Some(kind.type_name().into()),
            Kind::Array(Kind::Postgres(kind)) => Some(format!("{}[]", kind.type_name()).into()),
            _ => None,
        })
    }

    fn in_list(&self, writer: &mut Writer<'_>, node: &InList) -> Result<()> {
        writer.push(" = ANY(");
        writer.placeholder(&node.list, Transform::None)?;
        if let Expr::Column(subject) = &node.expr
            && let Some(members) = member_type(&subject.table, subject.column())?
        {
            writer.push("::");
            writer.push(&members);
        }
        writer.push(")");
        Ok(())
    }

    fn keys(&self, writer: &mut Writer<'_>, node: &InKeys) -> Result<()> {
        writer.push("* FROM unnest(");
        let columns = node.columns.len();
        for (number, column) in node.columns.iter().enumerate() {
            let kind = column.column().sql_type.kind();
            writer.push(if number > 0 { ", " } else { "" });
            writer.placeholder_of(&node.keys, Transform::KeysColumn { number, columns, kind }, kind)?;
            if let Some(members) = member_type(&column.table, column.column())? {
                writer.push("::");
                writer.push(&members);
            }
        }
        writer.push(")");
        Ok(())
    }

    fn array_match(&self, writer: &mut Writer<'_>, node: &ArrayMatch) -> Result<()> {
        common::operand(writer, &node.array)?;
        writer.push(match node.op {
            ArrayOp::Equals => " = ",
            ArrayOp::Contains => " @> ",
            ArrayOp::ContainedBy => " <@ ",
            ArrayOp::Overlaps => " && ",
        });
        writer.placeholder(&node.list, Transform::None)?;
        // The operators ask for two arrays of one type.
        if let Expr::Column(array) = &node.array {
            writer.push("::");
            writer.push(&bare_type(&array.table, &array.column().sql_type)?);
        }
        Ok(())
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

    fn own_match(&self, writer: &mut Writer<'_>, node: &OwnMatch) -> Result<()> {
        own::own_match(writer, node)
    }

    fn pair_value(&self, writer: &mut Writer<'_>, node: &PairValue) -> Result<()> {
        own::pair_value(writer, node)
    }

    fn distance(&self, writer: &mut Writer<'_>, node: &Distance) -> Result<()> {
        own::distance(writer, node)
    }

    fn array_length(&self) -> &'static str {
        "cardinality"
    }

    fn cast_into(&self, table: &Table, column: &Column) -> Result<Option<String>> {
        match &column.sql_type {
            SqlType::Array(element) if is_native(element) => {
                Ok(Some(format!("::{}", bare_type(table, &column.sql_type)?)))
            }
            _ => Ok(None),
        }
    }

    /// By itself an enumeration is ordered as it was declared.
    fn sort_key(&self, column: &Column) -> (&'static str, &'static str) {
        if is_native(&column.sql_type) { ("", "::text COLLATE \"C\"") } else { ("", "") }
    }

    /// ICU's root locale, because the database's own may be "C", which folds ASCII only.
    fn fold(&self) -> (&'static str, &'static str) {
        ("lower(", " COLLATE \"und-x-icu\")")
    }

    /// The backslash is LIKE's escape character here whatever the settings; an ESCAPE clause would put a
    /// function call around the pattern.
    fn match_value(&self, writer: &mut Writer<'_>, node: &TextMatch, pattern: &Param) -> Result<()> {
        writer.push(" LIKE ");
        common::folded(writer, node.ignore_case, |writer| writer.placeholder(pattern, Transform::Like(node.kind)))
    }

    fn unpadded(&self, column: &Column) -> &'static str {
        if matches!(column.sql_type, SqlType::Char { .. }) { "::text" } else { "" }
    }

    fn match_expr(&self, kind: TextMatchKind) -> &'static str {
        match kind {
            TextMatchKind::Contains => "strpos({s}, {p}) > 0",
            TextMatchKind::StartsWith => "left({s}, length({p})) = {p}",
            TextMatchKind::EndsWith => "right({s}, length({p})) = {p}",
            TextMatchKind::Equals => "{s} = {p}",
        }
    }

    /// Not every type that has an order has MIN and MAX (before version 18): UUIDs and bytes go as texts of the
    /// same order. The sum of REAL would itself be REAL.
    fn aggregate(&self, function: AggregateFunction, kind: Kind) -> Call {
        let plain = Call::plain(match function {
            AggregateFunction::Count => return Call::plain("COUNT"),
            AggregateFunction::Sum | AggregateFunction::Avg => "SUM",
            AggregateFunction::Min => "MIN",
            AggregateFunction::Max => "MAX",
        });
        match (function, kind) {
            (AggregateFunction::Sum | AggregateFunction::Avg, Kind::Float) => {
                Call { argument: ("CAST(", " AS DOUBLE PRECISION)"), ..plain }
            }
            (AggregateFunction::Min, Kind::Boolean) => Call::plain("BOOL_AND"),
            (AggregateFunction::Max, Kind::Boolean) => Call::plain("BOOL_OR"),
            (_, Kind::Uuid) => {
                Call { argument: ("CAST(", " AS TEXT) COLLATE \"C\""), result: ("CAST(", " AS UUID)"), ..plain }
            }
            (_, Kind::Bytes) => {
                Call { argument: ("ENCODE(", ", 'hex') COLLATE \"C\""), result: ("DECODE(", ", 'hex')"), ..plain }
            }
            _ => plain,
        }
    }

    /// NULL is the largest value here too.
    fn order(&self, writer: &mut Writer<'_>, order: &Order) -> Result<()> {
        common::order_term(writer, order)?;
        match (order.direction, order.nulls()) {
            _ if !order.expr.can_be_null() => {}
            (Direction::Ascending, Nulls::First) => writer.push(" NULLS FIRST"),
            (Direction::Descending, Nulls::Last) => writer.push(" NULLS LAST"),
            _ => {}
        }
        Ok(())
    }

    fn limit_for_offset(&self) -> Option<&'static str> {
        None
    }

    fn column_type(&self, table: &Table, column: &Column) -> Result<Cow<'static, str>> {
        type_name(table, column, &column.sql_type)
    }

    /// There is no IF NOT EXISTS for types. Two who make one at the same moment collide in the catalogue.
    fn create_type(&self, writer: &mut Writer<'_>, node: &CreateType) -> Result<()> {
        let name = native_type(&node.table, &node.kind)?;
        let values: Vec<String> = node.kind.values.iter().map(|value| self.text_literal(value)).collect();
        let create = format!("CREATE TYPE {name} AS ENUM ({})", values.join(", "));
        let block = format!("BEGIN {create}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END");
        writer.push("DO ");
        writer.push(&self.text_literal(&block));
        Ok(())
    }

    fn drop_type(&self, writer: &mut Writer<'_>, node: &DropType) -> Result<()> {
        let name = native_type(&node.table, &node.kind)?;
        let block =
            format!("BEGIN DROP TYPE IF EXISTS {name}; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END");
        writer.push("DO ");
        writer.push(&self.text_literal(&block));
        Ok(())
    }

    fn has_enum_type(&self, kind: &EnumType) -> bool {
        kind.native
    }

    fn length_function(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Bytes => "octet_length",
            Kind::Array(_) => "cardinality",
            _ => "char_length",
        }
    }

    fn literals(&self) -> &'static LiteralForm {
        &LITERALS
    }

    fn auto_increment(&self, _table: &Table, _column: &Column) -> Result<&'static str> {
        Ok(" GENERATED BY DEFAULT AS IDENTITY")
    }

    fn most(&self) -> Most {
        Most { columns: 1_600, parts: 32, indexes: None }
    }

    fn check_index(&self, table: &Table, index: &Index) -> Result<()> {
        let feature = match index.method {
            Some(IndexMethod::FullText) => "the method fulltext",
            Some(method) if index.unique && method != IndexMethod::BTree => {
                "a unique index by another method than btree"
            }
            Some(IndexMethod::Hash | IndexMethod::SpGist) if index.parts.len() > 1 => {
                "an index of several columns by hash or spgist"
            }
            Some(method) if method != IndexMethod::BTree && has_descending(index) => {
                "an index in descending order by another method than btree"
            }
            _ => return Ok(()),
        };
        let feature = format!("{feature} (index {:?} of table {:?})", index.name, table.name);
        Err(Error::unsupported(feature, self.dialect().name()))
    }

    /// A backslash is escaped so that it means the same whatever `standard_conforming_strings` says.
    fn text_literal(&self, text: &str) -> String {
        let escape = if text.contains('\\') { "E" } else { "" };
        format!("{escape}'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
    }

    fn limits(&self, table: &Table) -> Vec<ModelFault> {
        limits::of(table)
    }

    fn has_kind(&self, stored: &str, kind: Kind) -> bool {
        let stored = stored.split_once('(').map_or(stored, |(name, _)| name);
        match kind {
            Kind::Integer | Kind::Float | Kind::Decimal => {
                matches!(stored, "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision")
            }
            Kind::Text => matches!(stored, "text" | "character varying" | "character" | "name" | "citext"),
            Kind::Boolean => stored == "boolean",
            Kind::DateTime | Kind::Date => stored.starts_with("timestamp") || stored == "date",
            Kind::Time => stored.starts_with("time "),
            Kind::Interval => stored == "interval",
            Kind::Uuid => stored == "uuid",
            Kind::Bytes => stored == "bytea",
            Kind::Json => stored == "jsonb",
            // The server takes the type of the place, or is told it.
            Kind::Untyped | Kind::Array(_) | Kind::Set | Kind::Postgres(_) => false,
        }
    }

    fn ask_catalog(&self, item: CatalogItem, in_schema: bool) -> Option<&'static str> {
        Some(match (item, in_schema) {
            (CatalogItem::AllForeignKeys | CatalogItem::UniqueColumns | CatalogItem::UniqueKeys, _) => return None,
            (CatalogItem::CheckCondition, false) => CHECK_COLUMNS,
            (CatalogItem::CheckCondition, true) => CHECK_COLUMNS_IN_SCHEMA,
            (CatalogItem::ColumnTypes, false) => COLUMN_TYPES,
            (CatalogItem::ColumnTypes, true) => COLUMN_TYPES_IN_SCHEMA,
            (CatalogItem::ForeignKeyColumns, _) => {
                "SELECT a.attname::text FROM pg_catalog.pg_constraint c \
                 JOIN pg_catalog.pg_class t ON t.oid = c.conrelid \
                 JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
                 CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (attnum, place) \
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum \
                 WHERE c.contype = 'f' AND c.conname = ? AND t.relname = ? AND n.nspname = ? ORDER BY k.place"
            }
            (CatalogItem::Schema, _) => "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?",
            (CatalogItem::Table, true) => {
                "SELECT 1 FROM pg_catalog.pg_class t JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
                 WHERE t.relname = ? AND n.nspname = ?"
            }
            (CatalogItem::Table, false) => {
                "SELECT 1 FROM pg_catalog.pg_class t WHERE t.relname = ? AND pg_catalog.pg_table_is_visible(t.oid)"
            }
            (CatalogItem::ForeignKey, true) => {
                "SELECT 1 FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class t ON t.oid = c.conrelid \
                 JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
                 WHERE c.contype = 'f' AND c.conname = ? AND t.relname = ? AND n.nspname = ?"
            }
            (CatalogItem::ForeignKey, false) => {
                "SELECT 1 FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class t ON t.oid = c.conrelid \
                 WHERE c.contype = 'f' AND c.conname = ? AND t.relname = ? AND pg_catalog.pg_table_is_visible(t.oid)"
            }
        })
    }
}

fn has_descending(index: &Index) -> bool {
    index.parts.iter().any(|part| matches!(part, IndexPart::Column(order) if order.descending))
}

/// Text has the collation "C", so that it compares by code point whatever the database's locale, and LIKE with a fixed
/// start can use an index.
fn type_name(table: &Table, column: &Column, sql_type: &SqlType) -> Result<Cow<'static, str>> {
    Ok(match sql_type {
        SqlType::Decimal { precision: Some(precision), scale } => {
            format!("NUMERIC({precision}, {})", scale.unwrap_or(0)).into()
        }
        SqlType::String { length: Some(length) } => format!("VARCHAR({length}) COLLATE \"C\"").into(),
        SqlType::String { length: None } | SqlType::Text => "TEXT COLLATE \"C\"".into(),
        SqlType::Char { length } => format!("CHAR({length}) COLLATE \"C\"").into(),
        // Without a length: a text that is too long is refused by the CHECK, as any other that is none of the values.
        SqlType::Enum(kind) if !kind.native => "VARCHAR COLLATE \"C\"".into(),
        SqlType::Array(element) => {
            common::check_element(table, column, element)?;
            let element = type_name(table, column, element)?;
            match element.strip_suffix(" COLLATE \"C\"") {
                Some(text) => format!("{text}[] COLLATE \"C\"").into(),
                None => format!("{element}[]").into(),
            }
        }
        SqlType::Postgres(PostgresType::Vector { dimensions: Some(dimensions) }) => {
            format!("VECTOR({dimensions})").into()
        }
        SqlType::MySql(_) => return Err(common::lacking(table, column, sql_type, Dialect::Postgres)),
        plain => bare_type(table, plain)?,
    })
}

fn is_native(sql_type: &SqlType) -> bool {
    matches!(sql_type, SqlType::Enum(kind) if kind.native)
}

/// The type of a list in which values of a column are looked for, where they travel as texts but are compared as what
/// the column is.
fn member_type(table: &Table, column: &Column) -> Result<Option<String>> {
    match &column.sql_type {
        sql_type @ SqlType::Char { .. } => Ok(Some(format!("{}[]", bare_type(table, sql_type)?))),
        sql_type if is_native(sql_type) => Ok(Some(format!("{}[]", bare_type(table, sql_type)?))),
        _ => Ok(None),
    }
}

/// A type for casts: without lengths, to which a cast would cut, and without collation.
pub(crate) fn bare_type(table: &Table, sql_type: &SqlType) -> Result<Cow<'static, str>> {
    Ok(match sql_type {
        SqlType::SmallInteger => "SMALLINT".into(),
        SqlType::Integer => "INTEGER".into(),
        SqlType::BigInteger => "BIGINT".into(),
        SqlType::Float => "DOUBLE PRECISION".into(),
        SqlType::Decimal { .. } => "NUMERIC".into(),
        SqlType::String { length: None } | SqlType::Text => "TEXT".into(),
        SqlType::Char { .. } => "BPCHAR".into(),
        SqlType::Boolean => "BOOLEAN".into(),
        SqlType::DateTime => "TIMESTAMPTZ".into(),
        SqlType::Date => "DATE".into(),
        SqlType::Time => "TIME".into(),
        SqlType::Interval => "INTERVAL".into(),
        SqlType::Uuid => "UUID".into(),
        SqlType::Binary { .. } => "BYTEA".into(),
        SqlType::Json => "JSONB".into(),
        SqlType::Enum(kind) if kind.native => native_type(table, kind)?.into(),
        SqlType::String { length: Some(_) } | SqlType::Enum(_) => "VARCHAR".into(),
        SqlType::Array(element) => format!("{}[]", bare_type(table, element)?).into(),
        SqlType::Postgres(of) => own_type(of),
        SqlType::MySql(of) => {
            return Err(Error::unsupported(format!("the type {} of MySQL", of.name()), Dialect::Postgres.name()));
        }
    })
}

fn own_type(of: &PostgresType) -> Cow<'static, str> {
    match of.kind() {
        Kind::Postgres(kind) => kind.type_name().to_ascii_uppercase().into(),
        _ => "JSONB".into(),
    }
}

/// The name of an enumeration's own type, in the schema of the table that has it.
fn native_type(table: &Table, kind: &EnumType) -> Result<String> {
    let mut name = String::new();
    if let Some(schema) = &table.schema {
        push_quoted(&mut name, schema, '"');
        name.push('.');
    }
    Dialect::Postgres.check_name(&kind.name)?;
    push_quoted(&mut name, &kind.name, '"');
    Ok(name)
}
