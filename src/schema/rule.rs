//! What values must meet beyond their column's type, as plain data: checked by [`validate`](super::validate) and told
//! to the database as CHECK constraints.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

mod pattern;
mod stored;
pub use pattern::Pattern;

use super::Language;
use crate::types::{Kind, SqlType, Value};

/// One rule of a column. NULL meets every rule: whether it is allowed is the column's `nullable`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Rule {
    /// Numbers, instants, days, times and spans of time are not less.
    MinValue(#[serde(with = "stored::one")] Value),
    /// Numbers, instants, days, times and spans of time are not greater.
    MaxValue(#[serde(with = "stored::one")] Value),
    /// Text has at least so many characters, a value of bytes so many bytes, an array so many elements.
    MinLength(u32),
    /// Text has at most so many characters, a value of bytes so many bytes, an array so many elements.
    MaxLength(u32),
    /// Text matches.
    Pattern(Pattern),
    /// The value is one of these.
    Choices(#[serde(with = "stored::all")] Vec<Value>),
}

/// How many choices a message lists.
const LISTED: usize = 10;

impl Rule {
    /// The name of the field's option.
    ///
    /// # Examples
    ///
    /// ```
    /// use chakra::schema::Rule;
    /// assert_eq!(Rule::MinLength(3).option(), "min_length");
    /// assert_eq!(Rule::MinLength(3).constraint(), "min_length=3");
    /// ```
    pub fn option(&self) -> &'static str {
        match self {
            Self::MinValue(_) => "min_value",
            Self::MaxValue(_) => "max_value",
            Self::MinLength(_) => "min_length",
            Self::MaxLength(_) => "max_length",
            Self::Pattern(_) => "pattern",
            Self::Choices(_) => "choices",
        }
    }

    /// The rule as errors name it: the option with what it was given.
    pub fn constraint(&self) -> String {
        let option = self.option();
        match self {
            Self::MinValue(bound) | Self::MaxValue(bound) => format!("{option}={}", bound.shown()),
            Self::MinLength(length) | Self::MaxLength(length) => format!("{option}={length}"),
            Self::Pattern(pattern) => format!("{option}={}", pattern.as_str()),
            Self::Choices(_) => option.to_owned(),
        }
    }

    /// Whether the database holds it too, as a CHECK constraint. It knows no regular expressions of this syntax, and
    /// the greatest length is that of the column's type.
    pub fn has_check(&self) -> bool {
        matches!(self, Self::MinValue(_) | Self::MaxValue(_) | Self::MinLength(_) | Self::Choices(_))
    }

    /// What is wrong with a value; None where it meets the rule.
    pub(super) fn fault_of(&self, value: &Value) -> Option<String> {
        if value.is_null() {
            return None;
        }
        match self {
            Self::MinValue(least) => self.fault_of_order(value, least, Ordering::Less, "less"),
            Self::MaxValue(greatest) => self.fault_of_order(value, greatest, Ordering::Greater, "greater"),
            Self::MinLength(least) => length_of(value)
                .filter(|(length, _)| *length < *least as usize)
                .map(|(length, unit)| format!("{length} {unit} are too few; at least {least} are asked for")),
            Self::MaxLength(greatest) => length_of(value)
                .filter(|(length, _)| *length > *greatest as usize)
                .map(|(length, unit)| format!("{length} {unit} are too many; at most {greatest} are allowed")),
            Self::Pattern(pattern) => match value {
                Value::Text(text) if !pattern.is_met_by(text) => {
                    Some(format!("{} does not match {}", value.shown(), pattern.as_str()))
                }
                _ => None,
            },
            Self::Choices(choices) => (!choices.iter().any(|choice| is_same(choice, value)))
                .then(|| format!("{} is none of {}", value.shown(), listed(choices))),
        }
    }

    /// What does not compare at all (NaN) is on neither side of a bound, and so refused.
    fn fault_of_order(&self, value: &Value, bound: &Value, wrong: Ordering, word: &str) -> Option<String> {
        match value.compare(bound) {
            Some(_) if is_endless(value) => Some(format!("{} is not a finite number", value.shown())),
            Some(order) if order == wrong => Some(format!("{} is {word} than {}", value.shown(), self.constraint())),
            Some(_) => None,
            None => Some(format!("{} cannot be compared with {}", value.shown(), self.constraint())),
        }
    }

    /// Why a column of this type cannot have the rule; None where it can.
    fn misfit(&self, language: Language, sql_type: &SqlType) -> Option<Fault> {
        let kind = sql_type.kind();
        let (fits, expected) = match self {
            Self::MinValue(_) | Self::MaxValue(_) => (has_order(kind), "numbers, dates and times"),
            Self::MinLength(_) | Self::MaxLength(_) => {
                (matches!(kind, Kind::Text | Kind::Bytes | Kind::Array(_)), "text, bytes and arrays")
            }
            Self::Pattern(_) => (kind == Kind::Text, "text"),
            Self::Choices(_) => (sql_type.is_ordered(), "single values"),
        };
        if !fits {
            let message = format!("{} is for {expected}, not for {}", self.option(), language.declaration(sql_type));
            return Some((message, "leave it out, or declare another type"));
        }
        match self {
            Self::Choices(choices) if choices.is_empty() => {
                Some(("choices is empty, and so no value is allowed".to_owned(), "name the values that are"))
            }
            Self::MinLength(least) if sql_type.length().is_some_and(|most| most < *least) => {
                let most = sql_type.length().unwrap_or_default();
                let declared = language.declaration(sql_type);
                let message = format!("min_length={least} is more than the {most} that {declared} holds");
                Some((message, "widen one of them"))
            }
            Self::MaxLength(most) if sql_type.length().is_some_and(|holds| holds < *most) => {
                let holds = sql_type.length().unwrap_or_default();
                let message = format!("max_length={most} is more than the {holds} that {} holds", sql_type.name());
                Some((message, "widen the type, or leave max_length out"))
            }
            Self::Pattern(pattern) => pattern.fault().map(|why| (why, "mend it, or leave it out")),
            Self::MinValue(given) | Self::MaxValue(given) => self.wrong_operand(language, given, sql_type),
            Self::Choices(choices) => choices.iter().find_map(|given| self.wrong_operand(language, given, sql_type)),
            _ => None,
        }
    }

    fn wrong_operand(&self, language: Language, given: &Value, sql_type: &SqlType) -> Option<Fault> {
        let is_right = given.kind() == sql_type.kind()
            && !given.is_null()
            && !matches!(given, Value::Float(number) if !number.is_finite())
            && !is_endless(given)
            && !is_out_of_range(given, sql_type)
            && !is_no_member(given, sql_type);
        let declared = || language.declaration(sql_type);
        let message = || format!("{}: {} is no value of {}", self.option(), given.shown(), declared());
        (!is_right).then(|| (message(), "give a value that the field takes"))
    }
}

/// An integer that the column cannot hold.
fn is_out_of_range(given: &Value, sql_type: &SqlType) -> bool {
    let range = sql_type.integer_range();
    matches!((given, range), (Value::Integer(number), Some((least, greatest))) if !(least..=greatest).contains(number))
}

/// A text that is none of an enumeration's values.
fn is_no_member(given: &Value, sql_type: &SqlType) -> bool {
    matches!((given, sql_type), (Value::Untyped(text), SqlType::Enum(kind)) if !kind.contains(text))
}

/// What is wrong, and how to mend it.
type Fault = (String, &'static str);

/// What is wrong with the rules of a column: rules that its type does not have, and rules that no value can meet
/// together.
pub(super) fn rule_faults(language: Language, sql_type: &SqlType, rules: &[Rule]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = rules.iter().filter_map(|rule| rule.misfit(language, sql_type)).collect();
    for (at, rule) in rules.iter().enumerate() {
        for other in rules[at + 1..].iter().filter(|other| excludes(rule, other)) {
            let message = format!("{} and {} together allow no value", rule.constraint(), other.constraint());
            faults.push((message, "widen one of them"));
        }
        if let Rule::Choices(choices) = rule {
            faults.extend(choices.iter().find_map(|choice| refused_choice(language, sql_type, rules, choice)));
        }
    }
    faults
}

/// A choice that the column's other rules, or its length, do not let anyone choose.
fn refused_choice(language: Language, sql_type: &SqlType, rules: &[Rule], choice: &Value) -> Option<Fault> {
    let others = rules.iter().filter(|rule| !matches!(rule, Rule::Choices(_)));
    let told = others.filter(|rule| rule.misfit(language, sql_type).is_none()).find_map(|rule| rule.fault_of(choice));
    let longer = || {
        let (length, unit) = length_of(choice)?;
        let most = sql_type.length().filter(|most| length > *most as usize)?;
        Some(format!("{length} {unit} are more than the {most} that {} holds", sql_type.name()))
    };
    let told = told.or_else(longer)?;
    Some((format!("the choice {} can never be chosen: {told}", choice.shown()), "leave it out, or widen the other"))
}

fn excludes(one: &Rule, other: &Rule) -> bool {
    match (one, other) {
        (Rule::MinValue(least), Rule::MaxValue(greatest)) | (Rule::MaxValue(greatest), Rule::MinValue(least)) => {
            least.compare(greatest) == Some(Ordering::Greater)
        }
        (Rule::MinLength(least), Rule::MaxLength(greatest)) | (Rule::MaxLength(greatest), Rule::MinLength(least)) => {
            least > greatest
        }
        _ => false,
    }
}

/// Kinds whose values have an order that every database shares.
fn has_order(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Integer | Kind::Float | Kind::Decimal | Kind::DateTime | Kind::Date | Kind::Time | Kind::Interval
    )
}

/// NaN and the infinities of decimals: databases disagree on where they stand.
fn is_endless(value: &Value) -> bool {
    matches!(value, Value::Decimal(number) if !number.is_finite())
}

/// A decimal is the same whatever its zeros at the end.
fn is_same(one: &Value, other: &Value) -> bool {
    one == other || one.compare(other) == Some(Ordering::Equal)
}

fn length_of(value: &Value) -> Option<(usize, &'static str)> {
    match value {
        Value::Text(text) => Some((text.chars().count(), "characters")),
        Value::Bytes(bytes) => Some((bytes.len(), "bytes")),
        Value::Array(_, elements) => Some((elements.len(), "elements")),
        _ => None,
    }
}

fn listed(choices: &[Value]) -> String {
    let shown: Vec<String> = choices.iter().take(LISTED).map(Value::shown).collect();
    let rest = choices.len().saturating_sub(LISTED);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests;
