//! What MySQL (8.0.17 and later) and MariaDB (10.6 and later, for JSON_TABLE) spell in their own way.
//!
//! Where the two differ, both spellings stand in one text: MariaDB alone runs `/*M!100600 … */`, MySQL
//! alone runs `/*!80017 … */` (MariaDB skips comments marked for versions 5.7 to 9.9.99).

mod containment;
mod document;
mod limits;
mod own;

use std::borrow::Cow;

use super::Dialect;
use super::common::{self, ElementRows};
use super::literal::LiteralForm;
use super::spelling::{Call, Most, Spelling};
use super::transform::Transform;
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::query::expr::{
    ArrayMatch, DocumentIs, DocumentMatch, DocumentNumber, DocumentPlace, InKeys, InList, OwnMatch, SetMatch,
    TextMatch, TextMatchKind,
};
use crate::query::{AggregateFunction, Assignment, CatalogItem, Direction, Expr, Nulls, Order, Param};
use crate::schema::{Action, Column, Index, IndexMethod, IndexPart, ModelFault, Table};
use crate::types::{EnumType, Kind, MySqlType, SqlType};

/// The most digits of a DECIMAL, and the most after the point.
const DECIMAL_LIMITS: (u32, u32) = (65, 30);
/// A length for examples: a key takes up to 768 characters.
const BOUND: Option<u32> = Some(255);

const LITERALS: LiteralForm = LiteralForm {
    booleans: ("1", "0"),
    datetime: ("TIMESTAMP'", "'"),
    date: ("DATE'", "'"),
    time: ("TIME'", "'"),
    interval: ("", ""),
    decimal: ("", ""),
    bytes: ("x'", "'"),
};

pub(super) struct MySql;

/// In UTC, whatever the session's time zone.
const PRESENT: common::Present =
    common::Present { instant: "UTC_TIMESTAMP(6)", date: "UTC_DATE()", time: "UTC_TIME(6)" };

impl Spelling for MySql {
    fn dialect(&self) -> Dialect {
        Dialect::MySql
    }

    fn quote(&self) -> char {
        '`'
    }

    fn placeholder(&self, _number: usize, out: &mut String) {
        out.push('?');
    }

    /// JSON is text on MariaDB and compares as such; on MySQL a document never equals a bound text.
    fn check_comparison(&self, kind: Kind) -> Result<()> {
        if kind == Kind::Json {
            return Err(Error::unsupported("comparing whole JSON documents", self.dialect().name()));
        }
        Ok(())
    }

    /// MariaDB looks a text up among what a subquery gives only where both have one collation, which JSON has not, and else
    /// goes through all of it for each row.
    fn in_list(&self, writer: &mut Writer<'_>, node: &InList) -> Result<()> {
        writer.push(" IN ");
        if writer.members(&node.list)? {
            return Ok(());
        }
        let after = digits_after_point(&node.expr);
        let before = (DECIMAL_LIMITS.0 - after) as usize;
        let (member, column) = member_of(node.list.0.kind(), after);
        writer.push("(SELECT ");
        writer.push(member);
        writer.push(" FROM JSON_TABLE(");
        writer.placeholder(&node.list, Transform::JsonListWithin { before, after: after as usize })?;
        writer.push(", '$[*]' COLUMNS (v ");
        writer.push(&column);
        writer.push(" PATH '$' ERROR ON ERROR)) AS members)");
        Ok(())
    }

    fn keys(&self, writer: &mut Writer<'_>, node: &InKeys) -> Result<()> {
        let mut types = Vec::with_capacity(node.columns.len());
        for (number, column) in node.columns.iter().enumerate() {
            let after = digits_after_point(&Expr::Column(column.clone()));
            let (member, sql_type) = member_of(column.column().sql_type.kind(), after);
            writer.push(if number > 0 { ", " } else { "" });
            writer.push(&member.replace('v', &format!("v{number}")));
            types.push(sql_type);
        }
        writer.push(" FROM JSON_TABLE(");
        writer.placeholder(&node.keys, Transform::JsonKeys { columns: node.columns.len() })?;
        writer.push(", '$[*]' COLUMNS (");
        for (number, sql_type) in types.iter().enumerate() {
            let comma = if number > 0 { ", " } else { "" };
            writer.push(&format!("{comma}v{number} {sql_type} PATH '$[{number}]' ERROR ON ERROR"));
        }
        writer.push(")) AS members");
        Ok(())
    }

    fn array_match(&self, writer: &mut Writer<'_>, node: &ArrayMatch) -> Result<()> {
        common::by_rows(writer, node, &element_rows(common::element_kind(&node.array)?))
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
        containment::matched(writer, node)
    }

    fn own_match(&self, writer: &mut Writer<'_>, node: &OwnMatch) -> Result<()> {
        own::own_match(writer, node)
    }

    fn set_match(&self, writer: &mut Writer<'_>, node: &SetMatch) -> Result<()> {
        own::set_match(writer, node)
    }

    fn array_length(&self) -> &'static str {
        "JSON_LENGTH"
    }

    /// By itself an enumeration is ordered as it was declared, and CHAR with its padding: "\t" before "".
    fn sort_key(&self, column: &Column) -> (&'static str, &'static str) {
        match column.sql_type {
            SqlType::Enum(_) | SqlType::Char { .. } => ("CONCAT(", ")"),
            _ => ("", ""),
        }
    }

    fn fold(&self) -> (&'static str, &'static str) {
        ("LOWER(", ")")
    }

    fn match_value(&self, writer: &mut Writer<'_>, node: &TextMatch, pattern: &Param) -> Result<()> {
        writer.push(" LIKE ");
        common::folded(writer, node.ignore_case, |writer| writer.placeholder(pattern, Transform::Like(node.kind)))?;
        writer.push(" ESCAPE '\\\\'");
        Ok(())
    }

    fn match_expr(&self, kind: TextMatchKind) -> &'static str {
        match kind {
            TextMatchKind::Contains => "LOCATE({p}, {s}) > 0",
            TextMatchKind::StartsWith => "LEFT({s}, CHAR_LENGTH({p})) = {p}",
            TextMatchKind::EndsWith => "RIGHT({s}, CHAR_LENGTH({p})) = {p}",
            TextMatchKind::Equals => "{s} = {p}",
        }
    }

    /// A sum beyond the range of floats is 0 on MariaDB, without a word, unless something is calculated with it.
    fn aggregate(&self, function: AggregateFunction, kind: Kind) -> Call {
        match (function, kind) {
            (AggregateFunction::Sum | AggregateFunction::Avg, Kind::Float) => {
                Call { result: ("", " * 1e0"), ..Call::plain("SUM") }
            }
            (AggregateFunction::Sum | AggregateFunction::Avg, _) => Call::plain("SUM"),
            (AggregateFunction::Count, _) => Call::plain("COUNT"),
            (AggregateFunction::Min, _) => Call::plain("MIN"),
            (AggregateFunction::Max, _) => Call::plain("MAX"),
        }
    }

    /// NULL is the smallest value here, and there is no NULLS FIRST or LAST.
    fn order(&self, writer: &mut Writer<'_>, order: &Order) -> Result<()> {
        let first = match (order.direction, order.nulls()) {
            _ if !order.expr.can_be_null() => None,
            (Direction::Ascending, Nulls::Last) => Some(" IS NULL, "),
            (Direction::Descending, Nulls::First) => Some(" IS NULL DESC, "),
            _ => None,
        };
        if let Some(first) = first {
            common::operand(writer, &order.expr)?;
            writer.push(first);
        }
        common::order_term(writer, order)
    }

    fn limit_for_offset(&self) -> Option<&'static str> {
        Some("18446744073709551615")
    }

    /// A table that is written must not be read by the same statement, unless the rows were put aside first.
    fn rows_of_written_table(&self) -> (&'static str, &'static str) {
        ("SELECT * FROM (", ") AS chosen")
    }

    /// For a statement of one table, MariaDB before 11.1 looks through the whole list for each row of the table. One of
    /// several tables is planned as a SELECT is: by an index, where there is one, and the list is looked through once.
    fn delete_by_lists(&self, writer: &mut Writer<'_>, table: &Table) -> Result<()> {
        writer.push("/*M!100600 ");
        writer.table(table)?;
        writer.push(" */ ");
        Ok(())
    }

    fn update_by_lists(&self) -> &'static str {
        " /*M!100600 JOIN (SELECT 1 AS chakra_one) AS chakra_one */"
    }

    fn default_values(&self) -> &'static str {
        " () VALUES ()"
    }

    /// Assignments are carried out from left to right here, each seeing those before it: so a column is
    /// assigned after all that read it.
    fn assignments<'a>(&self, assignments: &'a [Assignment]) -> Result<Vec<&'a Assignment>> {
        let mut waiting: Vec<&Assignment> = assignments.iter().collect();
        let mut sorted = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let ready = waiting.iter().position(|candidate| {
                let reads = |other: &&&Assignment| {
                    other.value.columns().iter().any(|column| column.position == candidate.column)
                };
                !waiting.iter().filter(|other| other.column != candidate.column).any(|other| reads(&other))
            });
            let Some(ready) = ready else {
                return Err(Error::unsupported(
                    "an update in which columns exchange their values",
                    self.dialect().name(),
                ));
            };
            sorted.push(waiting.remove(ready));
        }
        Ok(sorted)
    }

    fn column_type(&self, table: &Table, column: &Column) -> Result<Cow<'static, str>> {
        type_name(table, column, &column.sql_type)
    }

    fn has_enum_type(&self, _kind: &EnumType) -> bool {
        true
    }

    fn text_literal(&self, text: &str) -> String {
        text_literal(text)
    }

    /// The server numbers a column only where a key begins with it.
    fn auto_increment(&self, table: &Table, column: &Column) -> Result<&'static str> {
        match table.primary_key.first() {
            Some(first) if table.columns[*first].name == column.name => Ok(" AUTO_INCREMENT"),
            _ => Err(common::unnumbered(
                table,
                column,
                "MySQL numbers the field with which a primary key begins, and no other",
            )),
        }
    }

    /// `now()` is in the session's time zone here, but instants are stored in UTC.
    fn server_default<'a>(&self, column: &Column, expression: &'a str) -> Cow<'a, str> {
        Cow::Borrowed(PRESENT.of(column, expression).unwrap_or(expression))
    }

    fn length_function(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Bytes => "OCTET_LENGTH",
            Kind::Array(_) => "JSON_LENGTH",
            _ => "CHAR_LENGTH",
        }
    }

    fn literals(&self) -> &'static LiteralForm {
        &LITERALS
    }

    fn column_comment(&self, writer: &mut Writer<'_>, comment: &str) {
        writer.push(" COMMENT ");
        writer.push(&text_literal(comment));
    }

    fn check_key(&self, table: &Table, column: &Column) -> Result<()> {
        let instead = match &column.sql_type {
            SqlType::String { length: None } | SqlType::Text | SqlType::Json | SqlType::Array(_) => {
                SqlType::String { length: BOUND }
            }
            SqlType::Binary { length: None } => SqlType::Binary { length: BOUND },
            _ => return Ok(()),
        };
        let kind = column.sql_type.name();
        let instead = table.language().declaration(&instead);
        Err(Error::Definition {
            model: table.model.clone(),
            attribute: Some(column.attribute.clone()),
            message: format!(
                "MySQL cannot have a key or an index over {kind} of unbounded length; declare it as one of bounded length, for example {instead}"
            ),
        })
    }

    fn limits(&self, table: &Table) -> Vec<ModelFault> {
        limits::of(table)
    }

    fn check_action(&self, table: &Table, action: Action) -> Result<()> {
        if action == Action::SetDefault {
            let feature = format!("SET DEFAULT as a foreign key's action (table {:?}; InnoDB refuses it)", table.name);
            return Err(Error::unsupported(feature, self.dialect().name()));
        }
        Ok(())
    }

    /// Those of InnoDB; the parts are those of MariaDB, MySQL itself takes 16.
    fn most(&self) -> Most {
        Most { columns: 1_017, parts: 32, indexes: Some(64) }
    }

    /// InnoDB takes `USING HASH` and builds a tree; MariaDB has no index over expressions.
    fn check_index(&self, table: &Table, index: &Index) -> Result<()> {
        let has_expression = index.parts.iter().any(|part| matches!(part, IndexPart::Expression(_)));
        let feature = match index.method {
            _ if index.filter.is_some() => "an index of some rows only (where)".to_owned(),
            _ if has_expression => "an index over an expression (MariaDB has none)".to_owned(),
            Some(IndexMethod::FullText) if index.unique => "a unique fulltext index".to_owned(),
            None | Some(IndexMethod::BTree | IndexMethod::FullText) => return Ok(()),
            Some(method) => format!("the method {}", method.name()),
        };
        let feature = format!("{feature} (index {:?} of table {:?})", index.name, table.name);
        Err(Error::unsupported(feature, self.dialect().name()))
    }

    fn lists_values(&self, stored: &str) -> bool {
        stored.starts_with("enum(") || stored.starts_with("set(")
    }

    fn drop_foreign_key(&self) -> &'static str {
        " DROP FOREIGN KEY "
    }

    fn ask_catalog(&self, item: CatalogItem, in_schema: bool) -> Option<&'static str> {
        Some(match (item, in_schema) {
            (CatalogItem::AllForeignKeys | CatalogItem::ForeignKeyColumns | CatalogItem::UniqueKeys, _) => {
                return None;
            }
            (CatalogItem::ColumnTypes, true) => {
                "SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS \
                 WHERE TABLE_NAME = ? AND TABLE_SCHEMA = ? ORDER BY ORDINAL_POSITION"
            }
            (CatalogItem::ColumnTypes, false) => {
                "SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS \
                 WHERE TABLE_NAME = ? AND TABLE_SCHEMA = DATABASE() ORDER BY ORDINAL_POSITION"
            }
            (CatalogItem::UniqueColumns, true) => {
                "SELECT COLUMN_NAME FROM information_schema.STATISTICS \
                 WHERE INDEX_NAME = ? AND TABLE_NAME = ? AND TABLE_SCHEMA = ? ORDER BY SEQ_IN_INDEX"
            }
            (CatalogItem::UniqueColumns, false) => {
                "SELECT COLUMN_NAME FROM information_schema.STATISTICS \
                 WHERE INDEX_NAME = ? AND TABLE_NAME = ? AND TABLE_SCHEMA = DATABASE() ORDER BY SEQ_IN_INDEX"
            }
            // Only MariaDB knows two of one name.
            (CatalogItem::CheckCondition, true) => {
                "SELECT c.CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS c \
                 JOIN information_schema.TABLE_CONSTRAINTS t ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA \
                 AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME /*M!100500 AND t.TABLE_NAME = c.TABLE_NAME */\
                 WHERE c.CONSTRAINT_NAME = ? AND t.TABLE_NAME = ? AND t.TABLE_SCHEMA = ?"
            }
            (CatalogItem::CheckCondition, false) => {
                "SELECT c.CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS c \
                 JOIN information_schema.TABLE_CONSTRAINTS t ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA \
                 AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME /*M!100500 AND t.TABLE_NAME = c.TABLE_NAME */\
                 WHERE c.CONSTRAINT_NAME = ? AND t.TABLE_NAME = ? AND t.TABLE_SCHEMA = DATABASE()"
            }
            (CatalogItem::Schema, _) => "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?",
            (CatalogItem::Table, true) => {
                "SELECT 1 FROM information_schema.TABLES WHERE TABLE_NAME = ? AND TABLE_SCHEMA = ?"
            }
            (CatalogItem::Table, false) => {
                "SELECT 1 FROM information_schema.TABLES WHERE TABLE_NAME = ? AND TABLE_SCHEMA = DATABASE()"
            }
            (CatalogItem::ForeignKey, true) => {
                "SELECT 1 FROM information_schema.REFERENTIAL_CONSTRAINTS \
                 WHERE CONSTRAINT_NAME = ? AND TABLE_NAME = ? AND CONSTRAINT_SCHEMA = ?"
            }
            (CatalogItem::ForeignKey, false) => {
                "SELECT 1 FROM information_schema.REFERENTIAL_CONSTRAINTS \
                 WHERE CONSTRAINT_NAME = ? AND TABLE_NAME = ? AND CONSTRAINT_SCHEMA = DATABASE()"
            }
        })
    }

    /// A binary collation without padding: text compares by code point, and trailing blanks count.
    fn table_options(&self, writer: &mut Writer<'_>, table: &Table) {
        writer.push(
            " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=/*M!100600 utf8mb4_nopad_bin*/ /*!80017 utf8mb4_0900_bin*/",
        );
        if let Some(comment) = &table.comment {
            writer.push(" COMMENT=");
            writer.push(&text_literal(comment));
        }
    }

    /// MySQL lacks it: an index that exists is an error there.
    fn index_if_not_exists(&self) -> &'static str {
        "/*M!100600 IF NOT EXISTS*/ "
    }
}

fn type_name(table: &Table, column: &Column, sql_type: &SqlType) -> Result<Cow<'static, str>> {
    Ok(match sql_type {
        SqlType::SmallInteger => "SMALLINT".into(),
        SqlType::Integer => "INT".into(),
        SqlType::BigInteger | SqlType::Interval => "BIGINT".into(),
        SqlType::Float => "DOUBLE".into(),
        SqlType::Decimal { precision, scale } => decimal_type(table, column, *precision, *scale)?,
        SqlType::String { length: Some(length) } => format!("VARCHAR({length})").into(),
        SqlType::String { length: None } | SqlType::Text => "LONGTEXT".into(),
        SqlType::Boolean => "TINYINT(1)".into(),
        SqlType::DateTime => "DATETIME(6)".into(),
        SqlType::Date => "DATE".into(),
        SqlType::Time => "TIME(6)".into(),
        SqlType::Uuid => "CHAR(36)".into(),
        // BINARY(n) would pad with zero bytes, and so not give back what was written.
        SqlType::Binary { length: Some(length) } => format!("VARBINARY({length})").into(),
        SqlType::Binary { length: None } => "LONGBLOB".into(),
        SqlType::Json => "JSON".into(),
        SqlType::Char { length } => char_type(table, column, *length)?,
        SqlType::Array(element) => {
            common::check_element(table, column, element)?;
            type_name(table, column, element)?;
            "JSON".into()
        }
        SqlType::Enum(kind) => enum_type(table, column, kind)?.into(),
        SqlType::MySql(MySqlType::Set { members }) => set_type(table, column, members)?.into(),
        SqlType::MySql(MySqlType::Year) => "YEAR".into(),
        SqlType::Postgres(_) => return Err(common::lacking(table, column, sql_type, Dialect::MySql)),
    })
}

/// What is selected from the table made of a JSON list, and the type of its one column. A column of text would have a
/// collation of its own, which fits that of few other columns; what JSON_UNQUOTE gives takes the other's.
fn member_of(kind: Kind, digits_after_point: u32) -> (&'static str, Cow<'static, str>) {
    let (member, column) = match kind {
        Kind::Decimal => return ("v", format!("DECIMAL({}, {digits_after_point})", DECIMAL_LIMITS.0).into()),
        Kind::Boolean | Kind::Integer | Kind::Interval => ("v", "BIGINT"),
        Kind::Float => ("v", "DOUBLE"),
        Kind::Bytes => ("UNHEX(v)", "LONGTEXT"),
        Kind::DateTime => ("v", "DATETIME(6)"),
        Kind::Date => ("v", "DATE"),
        Kind::Time => ("v", "TIME(6)"),
        Kind::Text | Kind::Untyped | Kind::Uuid | Kind::Json | Kind::Array(_) | Kind::Set | Kind::Postgres(_) => {
            ("JSON_UNQUOTE(v)", "JSON")
        }
    };
    (member, column.into())
}

/// How many digits after the point the members of a list of decimals need: as many as there can be, unless the column
/// needs the place for those before it.
fn digits_after_point(expr: &Expr) -> u32 {
    let (digits, after) = DECIMAL_LIMITS;
    match expr {
        Expr::Column(node) => match node.column().sql_type {
            SqlType::Decimal { precision: Some(precision), scale }
                if precision.saturating_sub(scale.unwrap_or(0)) > digits - after =>
            {
                scale.unwrap_or(0)
            }
            _ => after,
        },
        _ => after,
    }
}

/// The elements of a JSON array: numbers as numbers, all else as text, which is compared by its bytes.
fn element_rows(kind: Kind) -> ElementRows {
    let (equal, same) = match kind {
        Kind::Boolean | Kind::Integer | Kind::Interval | Kind::Float | Kind::Decimal => {
            ("chakra_a.value = chakra_b.value", "chakra_a.value <=> chakra_b.value")
        }
        _ => (
            "CAST(chakra_a.value AS BINARY) = CAST(chakra_b.value AS BINARY)",
            "CAST(chakra_a.value AS BINARY) <=> CAST(chakra_b.value AS BINARY)",
        ),
    };
    let table = match kind {
        Kind::Boolean | Kind::Integer | Kind::Interval => {
            "JSON_TABLE({}, '$[*]' COLUMNS (place FOR ORDINALITY, value BIGINT PATH '$' ERROR ON ERROR))"
        }
        // No column holds infinity or NaN, and so neither is found.
        Kind::Float => "JSON_TABLE({}, '$[*]' COLUMNS (place FOR ORDINALITY, value DOUBLE PATH '$' NULL ON ERROR))",
        Kind::Decimal => {
            "JSON_TABLE({}, '$[*]' COLUMNS (place FOR ORDINALITY, value DECIMAL(65, 30) PATH '$' ERROR ON ERROR))"
        }
        _ => "JSON_TABLE({}, '$[*]' COLUMNS (place FOR ORDINALITY, value LONGTEXT PATH '$' ERROR ON ERROR))",
    };
    ElementRows { table, equal, same, side_by_side: "chakra_a.place = chakra_b.place", length: "JSON_LENGTH({})" }
}

/// Without precision, as long as the server allows: a bare DECIMAL would have ten digits and no fraction.
fn decimal_type(
    table: &Table,
    column: &Column,
    precision: Option<u32>,
    scale: Option<u32>,
) -> Result<Cow<'static, str>> {
    let (digits, fraction) = match precision {
        Some(precision) => (precision, scale.unwrap_or(0)),
        None => DECIMAL_LIMITS,
    };
    if digits > DECIMAL_LIMITS.0 || fraction > DECIMAL_LIMITS.1 {
        let (most, after) = DECIMAL_LIMITS;
        let feature = format!(
            "{}.{} as Decimal({digits}, {fraction}): at most {most} digits, {after} after the point",
            table.name, column.name
        );
        return Err(Error::unsupported(feature, Dialect::MySql.name()));
    }
    Ok(format!("DECIMAL({digits}, {fraction})").into())
}

/// The greatest length of a CHAR.
const LONGEST_CHAR: u32 = 255;

fn char_type(table: &Table, column: &Column, length: u32) -> Result<Cow<'static, str>> {
    if length > LONGEST_CHAR {
        let feature = format!("{}.{} as Char({length}): at most {LONGEST_CHAR} characters", table.name, column.name);
        return Err(Error::unsupported(feature, Dialect::MySql.name()));
    }
    Ok(format!("CHAR({length})").into())
}

/// The server cuts blanks off the ends of values, and has no value of more than 255 characters.
fn enum_type(table: &Table, column: &Column, kind: &EnumType) -> Result<String> {
    let unfit = |value: &&String| value.ends_with(' ') || value.chars().count() > LONGEST_CHAR as usize;
    if let Some(value) = kind.values.iter().find(unfit) {
        let feature = format!(
            "{}.{}: {value:?} as a value of an enumeration, because it is longer than {LONGEST_CHAR} characters or ends in a blank",
            table.name, column.name
        );
        return Err(Error::unsupported(feature, Dialect::MySql.name()));
    }
    Ok(format!("ENUM({})", text_literals(&kind.values)))
}

fn set_type(table: &Table, column: &Column, members: &[String]) -> Result<String> {
    match (MySqlType::Set { members: members.to_vec() }).fault() {
        None => Ok(format!("SET({})", text_literals(members))),
        Some(message) => {
            Err(Error::Definition { model: table.model.clone(), attribute: Some(column.attribute.clone()), message })
        }
    }
}

fn text_literals(texts: &[String]) -> String {
    let literals: Vec<String> = texts.iter().map(|text| text_literal(text)).collect();
    literals.join(", ")
}

/// A text as a literal, for the clauses that take no parameter.
fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''").replace('\0', "\\0"))
}
