//! JSON documents in MySQL and MariaDB. A document in MariaDB is text, and so is what stands in it.

use crate::dialect::Dialect;
use crate::dialect::common;
use crate::dialect::transform::Transform;
use crate::dialect::writer::Writer;
use crate::error::{Error, Result};
use crate::query::expr::{CompareOp, DocumentIs, DocumentNumber, DocumentPlace, DocumentTest};

/// Each such step doubles the text.
const MOST_NUMBERS: usize = 4;

const IS_NUMBER: &str = ") IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL')";

/// Writes the text at a place, or NULL, with the collation that text columns have.
pub(super) fn text(writer: &mut Writer<'_>, place: &DocumentPlace) -> Result<()> {
    writer.push("(CASE WHEN JSON_TYPE(");
    at(writer, place)?;
    writer.push(") = 'STRING' THEN JSON_UNQUOTE(");
    at(writer, place)?;
    writer.push(") END) COLLATE /*M!100600 utf8mb4_nopad_bin*/ /*!80017 utf8mb4_0900_bin*/");
    Ok(())
}

/// Writes whether something certain stands at a place.
pub(super) fn is(writer: &mut Writer<'_>, node: &DocumentIs) -> Result<()> {
    if node.test == DocumentTest::Exists {
        at(writer, &node.place)?;
        writer.push(" IS NOT NULL");
        return Ok(());
    }
    test(writer, node.test, &|writer| at(writer, &node.place))
}

/// Writes whether it is one of the values that have no other.
pub(super) fn test(writer: &mut Writer<'_>, test: DocumentTest, what: &Part<'_>) -> Result<()> {
    writer.push("JSON_TYPE(");
    what(writer)?;
    let value = match test {
        DocumentTest::True => "CAST('true' AS BINARY)",
        DocumentTest::False => "CAST('false' AS BINARY)",
        _ => {
            writer.push(") = 'NULL'");
            return Ok(());
        }
    };
    writer.push(") = 'BOOLEAN' AND CAST(JSON_UNQUOTE(");
    what(writer)?;
    writer.push(") AS BINARY) = ");
    writer.push(value);
    Ok(())
}

/// Writes a part of a document.
pub(super) type Part<'a> = dyn Fn(&mut Writer<'_>) -> Result<()> + 'a;

/// Writes a comparison of a number: by floats, which hold every size, and where these are equal by decimals, which
/// hold every digit of those that are neither too great nor too small for them.
pub(super) fn number(writer: &mut Writer<'_>, node: &DocumentNumber) -> Result<()> {
    let part = |writer: &mut Writer<'_>| at(writer, &node.place);
    if !common::is_list(&node.number) {
        return compare_if_number(writer, &part, node.op, &|writer, exact| {
            let transform = if exact { Transform::DecimalText } else { Transform::Float };
            writer.placeholder(&node.number, transform)
        });
    }
    if_number(writer, &part, &|writer| {
        writer.push("EXISTS (SELECT 1 FROM JSON_TABLE(");
        writer.placeholder(&node.number, Transform::JsonList)?;
        writer.push(", '$[*]' COLUMNS (chakra_n LONGTEXT PATH '$' ERROR ON ERROR)) AS chakra_m WHERE CAST(chakra_n AS DOUBLE) = ");
        as_float(writer, &part)?;
        writer.push(" AND ");
        by_digits(writer, &part, CompareOp::Eq, &|writer| {
            writer.push("chakra_n");
            Ok(())
        })?;
        writer.push(")");
        Ok(())
    })
}

/// Writes something where a number stands, NULL elsewhere.
fn if_number(writer: &mut Writer<'_>, part: &Part<'_>, then: &Part<'_>) -> Result<()> {
    writer.push("CASE WHEN JSON_TYPE(");
    part(writer)?;
    writer.push(IS_NUMBER);
    writer.push(" THEN ");
    then(writer)?;
    writer.push(" END");
    Ok(())
}

/// Writes a comparison with a number, which is written as a float and with all its digits.
pub(super) fn compare_if_number(
    writer: &mut Writer<'_>,
    part: &Part<'_>,
    op: CompareOp,
    with: &dyn Fn(&mut Writer<'_>, bool) -> Result<()>,
) -> Result<()> {
    if_number(writer, part, &|writer| {
        writer.push("CASE WHEN ");
        as_float(writer, part)?;
        writer.push(" = ");
        with(writer, false)?;
        writer.push(" THEN ");
        by_digits(writer, part, op, &|writer| with(writer, true))?;
        writer.push(" ELSE ");
        as_float(writer, part)?;
        writer.push(common::operator(op));
        with(writer, false)?;
        writer.push(" END");
        Ok(())
    })
}

/// Decimals of as many digits as there are: numbers up to which they hold, and their type.
const DECIMALS: [(&str, &str); 2] =
    [("BETWEEN 1e-12 AND 1e34", "DECIMAL(65, 30)"), ("BETWEEN 1e34 AND 1e64", "DECIMAL(65, 0)")];

/// Writes a comparison of numbers that are equal as floats. A cast beyond the decimals' range would fail in an update.
fn by_digits(writer: &mut Writer<'_>, part: &Part<'_>, op: CompareOp, with: &Part<'_>) -> Result<()> {
    writer.push("CASE");
    for (range, decimal) in DECIMALS {
        writer.push(" WHEN ABS(");
        as_float(writer, part)?;
        writer.push(") ");
        writer.push(range);
        writer.push(" THEN CAST(JSON_UNQUOTE(");
        part(writer)?;
        writer.push(") AS ");
        writer.push(decimal);
        writer.push(")");
        writer.push(common::operator(op));
        writer.push("CAST(");
        with(writer)?;
        writer.push(" AS ");
        writer.push(decimal);
        writer.push(")");
    }
    writer.push(" ELSE ");
    let holds_of_equals = matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge);
    writer.push(if holds_of_equals { "TRUE END" } else { "FALSE END" });
    Ok(())
}

fn as_float(writer: &mut Writer<'_>, part: &Part<'_>) -> Result<()> {
    writer.push("CAST(JSON_UNQUOTE(");
    part(writer)?;
    writer.push(") AS DOUBLE)");
    Ok(())
}

/// Writes what stands at a place, or NULL. Whether a step of digits is the number of an element or a name is decided by
/// what stands before it: a path with a number would find what is no array, too, as if it were an array's only element.
pub(super) fn at(writer: &mut Writer<'_>, place: &DocumentPlace) -> Result<()> {
    common::check_path(writer, place)?;
    let numbers: Vec<usize> = (0..place.numbers.len()).filter(|step| place.numbers[*step]).collect();
    if numbers.len() > MOST_NUMBERS {
        let feature = format!("a path into JSON with more than {MOST_NUMBERS} steps that may be numbers of elements");
        return Err(Error::unsupported(feature, Dialect::MySql.name()));
    }
    decided(writer, place, &numbers, 0)
}

fn decided(writer: &mut Writer<'_>, place: &DocumentPlace, undecided: &[usize], elements: u64) -> Result<()> {
    let Some((step, rest)) = undecided.split_first() else {
        return extract(writer, place, place.numbers.len(), elements);
    };
    writer.push("CASE WHEN JSON_TYPE(");
    extract(writer, place, *step, elements)?;
    writer.push(") = 'ARRAY' THEN ");
    decided(writer, place, rest, elements | (1 << *step))?;
    writer.push(" ELSE ");
    decided(writer, place, rest, elements)?;
    writer.push(" END");
    Ok(())
}

/// Writes what stands after so many steps, of which these are numbers of elements.
fn extract(writer: &mut Writer<'_>, place: &DocumentPlace, steps: usize, elements: u64) -> Result<()> {
    writer.push("JSON_EXTRACT(");
    common::outer(writer, &place.document)?;
    writer.push(", ");
    match &place.path {
        Some(path) if steps > 0 => writer.placeholder(path, Transform::DocumentPath { steps, elements })?,
        _ => writer.push("'$'"),
    }
    writer.push(")");
    Ok(())
}
