//! Conditions on decimals, which are text: in functions that every program with SQLite has, so that any can write to the
//! table. `{c}` stands for the column.

use crate::schema::{Column, Rule};
use crate::types::{Numeric, SqlType, Value};

/// Whether a text is a number in plain notation: a minus or none, digits, a point with digits or none; no zero too many
/// before the point, and no zero with a minus.
const PLAIN: &str = "{c} NOT GLOB '?*-*' AND ltrim({c}, '-') NOT GLOB '*[^0-9.]*' AND {c} NOT GLOB '*.*.*' \
     AND ltrim({c}, '-') GLOB '[0-9]*' AND {c} GLOB '*[0-9]' AND ltrim({c}, '-') NOT GLOB '0[0-9]*' \
     AND ({c} GLOB '*[1-9]*' OR {c} NOT GLOB '-*')";

/// A plain number without zeros at its end.
const SHORTEST: &str = "CASE WHEN instr({c}, '.') THEN rtrim(rtrim({c}, '0'), '.') ELSE {c} END";

/// Where the point of a plain number is, or would be.
const POINT: &str = "instr({c} || '.', '.')";

/// The condition that equal values of a column of decimals are equal texts, as a key compares them. Not of blobs.
pub(super) fn one_text(column: &Column) -> Option<String> {
    let SqlType::Decimal { precision, scale } = column.sql_type else { return None };
    Some(match (precision, scale.unwrap_or(0)) {
        (None, _) => format!(
            "typeof({{c}}) <> 'blob' AND ({{c}} IN ('NaN', 'Infinity', '-Infinity') OR ({PLAIN} \
             AND (instr({{c}}, '.') = 0 OR {{c}} NOT GLOB '*0')))"
        ),
        (Some(_), 0) => format!("typeof({{c}}) <> 'blob' AND {PLAIN} AND instr({{c}}, '.') = 0"),
        (Some(_), scale) => {
            format!(
                "typeof({{c}}) <> 'blob' AND {PLAIN} AND {{c}} GLOB '*.*' AND length({{c}}) - instr({{c}}, '.') = {scale}"
            )
        }
    })
}

/// A number, quoted or not, as the text in which a column of decimals keeps it; None of anything else.
pub(super) fn kept(column: &Column, expression: &str) -> Option<String> {
    let SqlType::Decimal { precision, scale } = column.sql_type else { return None };
    let given = expression.trim();
    let bare = given.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(given);
    let number: Numeric = bare.parse().ok()?;
    let number = if precision.is_some() { number.rescaled(scale.unwrap_or(0) as usize)? } else { number.shortest() };
    number.is_finite().then(|| format!("'{number}'"))
}

/// The condition of a rule, exact for numbers in plain notation. Other programs may have written others: these are
/// compared as floats, with a bound that is a little wider.
pub(super) fn rule(rule: &Rule) -> Option<String> {
    let (exact, rounded) = match rule {
        Rule::MinValue(Value::Decimal(least)) => {
            (at_least(least), format!("CAST({{c}} AS REAL) >= {}", about(least, -1.0)))
        }
        Rule::MaxValue(Value::Decimal(most)) => (at_most(most), format!("CAST({{c}} AS REAL) <= {}", about(most, 1.0))),
        Rule::Choices(choices) => among(choices),
        _ => return None,
    };
    Some(format!("CASE WHEN {PLAIN} THEN {exact} ELSE {rounded} END"))
}

fn at_least(least: &Numeric) -> String {
    let (text, point) = of(least);
    if least.is_negative() {
        format!("{{c}} NOT GLOB '-*' OR {POINT} < {point} OR ({POINT} = {point} AND {SHORTEST} <= '{text}')")
    } else {
        format!("{{c}} NOT GLOB '-*' AND ({POINT} > {point} OR ({POINT} = {point} AND {SHORTEST} >= '{text}'))")
    }
}

fn at_most(most: &Numeric) -> String {
    let (text, point) = of(most);
    if most.is_negative() {
        format!("{{c}} GLOB '-*' AND ({POINT} > {point} OR ({POINT} = {point} AND {SHORTEST} >= '{text}'))")
    } else {
        format!("{{c}} GLOB '-*' OR {POINT} < {point} OR ({POINT} = {point} AND {SHORTEST} <= '{text}')")
    }
}

fn among(choices: &[Value]) -> (String, String) {
    let numbers = choices.iter().filter_map(|choice| match choice {
        Value::Decimal(number) => Some(of(number).0),
        _ => None,
    });
    let (texts, floats): (Vec<String>, Vec<String>) =
        numbers.map(|text| (format!("'{text}'"), format!("CAST('{text}' AS REAL)"))).unzip();
    (format!("{SHORTEST} IN ({})", texts.join(", ")), format!("CAST({{c}} AS REAL) IN ({})", floats.join(", ")))
}

/// A number's shortest text, and where its point is, or would be.
fn of(number: &Numeric) -> (String, usize) {
    let text = number.shortest().to_string();
    let point = text.find('.').unwrap_or(text.len()) + 1;
    (text, point)
}

/// A float near a number, on one side of whatever is read as that number.
fn about(number: &Numeric, side: f64) -> String {
    let near: f64 = number.as_str().parse().unwrap_or_default();
    let bound = (near + side * near.abs() * 1e-14).clamp(f64::MIN, f64::MAX);
    format!("{bound:e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_is_found_with_or_without_one() {
        let of = |text: &str| of(&text.parse().unwrap());
        assert_eq!(of("12.50"), ("12.5".to_owned(), 3));
        assert_eq!(of("-12.00"), ("-12".to_owned(), 4));
        assert_eq!(of("100"), ("100".to_owned(), 4));
    }

    #[test]
    fn defaults_have_the_form_of_their_column() {
        let column = |precision, scale| Column::new("a", SqlType::Decimal { precision, scale });
        let kept = |column: Column, text: &str| kept(&column, text);
        assert_eq!(kept(column(Some(8), Some(2)), "0").as_deref(), Some("'0.00'"));
        assert_eq!(kept(column(Some(8), Some(2)), " '-1.5' ").as_deref(), Some("'-1.50'"));
        assert_eq!(kept(column(None, None), "1.50").as_deref(), Some("'1.5'"));
        assert_eq!(kept(column(Some(8), Some(2)), "1.505"), None);
        assert_eq!(kept(column(None, None), "1 + 1"), None);
        assert_eq!(kept(Column::new("a", SqlType::Text), "1"), None);
    }

    #[test]
    fn a_bound_beyond_floats_is_still_a_number() {
        let huge: Numeric = "1e400".parse().unwrap();
        assert_eq!(about(&huge, 1.0), format!("{:e}", f64::MAX));
    }
}
