//! One value as somebody wrote it, and what can be made of it.

use std::time::Duration;

/// A value before it is known what is expected.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Setting {
    /// A text.
    Text(String),
    /// A text that may stand for a value of any kind: an environment has nothing else.
    Variable(String),
    /// A whole number.
    Whole(i64),
    /// Any other number.
    Number(f64),
    /// True or false.
    Truth(bool),
    /// A span of time.
    Span(Duration),
    /// Several values.
    List(Vec<Setting>),
    /// Values with names.
    Table(Vec<(String, Setting)>),
    /// What no key takes; this is what it is called.
    Other(String),
}

/// What was expected instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected(pub(super) &'static str);

type Taken<T> = Result<T, Expected>;

const COUNT: Expected = Expected("a whole number, 0 or more");
const FLAG: Expected = Expected("true or false");
const SPAN: Expected = Expected("a time such as \"30s\", \"10m\" or \"1h30m\", or a number of seconds, 0 or more");
const TEXT: Expected = Expected("a text");
const TEXTS: Expected = Expected("a list of texts");
const PAIRS: Expected = Expected("a table of names and values");

impl Setting {
    pub(super) fn text(self) -> Taken<String> {
        match self {
            Self::Text(text) | Self::Variable(text) => Ok(text),
            _ => Err(TEXT),
        }
    }

    pub(super) fn count<T: TryFrom<i64>>(self) -> Taken<T> {
        let number = match self {
            Self::Whole(number) => Some(number),
            Self::Variable(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.and_then(|number| number.try_into().ok()).ok_or(COUNT)
    }

    pub(super) fn flag(self) -> Taken<bool> {
        match self {
            Self::Truth(truth) => Ok(truth),
            Self::Variable(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Ok(true),
                "false" | "0" | "no" | "off" => Ok(false),
                _ => Err(FLAG),
            },
            _ => Err(FLAG),
        }
    }

    pub(super) fn span(self) -> Taken<Duration> {
        let span = match self {
            Self::Span(span) => Some(span),
            Self::Whole(seconds) => seconds.try_into().ok().map(Duration::from_secs),
            Self::Number(seconds) => Duration::try_from_secs_f64(seconds).ok(),
            Self::Text(text) | Self::Variable(text) => parse_span(text.trim()),
            _ => None,
        };
        span.ok_or(SPAN)
    }

    pub(super) fn texts(self) -> Taken<Vec<String>> {
        match self {
            Self::List(items) => items.into_iter().map(|item| item.text().map_err(|_| TEXTS)).collect(),
            Self::Variable(text) => {
                Ok(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
            }
            _ => Err(TEXTS),
        }
    }

    /// Names and values, as the query of a URL has them too.
    pub(super) fn pairs(self) -> Taken<Vec<(String, String)>> {
        match self {
            Self::Table(entries) => entries.into_iter().map(|(name, value)| Ok((name, value.scalar()?))).collect(),
            Self::Variable(text) => Ok(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()),
            _ => Err(PAIRS),
        }
    }

    fn scalar(self) -> Taken<String> {
        match self {
            Self::Text(text) | Self::Variable(text) => Ok(text),
            Self::Whole(number) => Ok(number.to_string()),
            Self::Number(number) => Ok(number.to_string()),
            Self::Truth(truth) => Ok(truth.to_string()),
            _ => Err(PAIRS),
        }
    }

    /// For messages.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Variable(text) => format!("{text:?}"),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Truth(truth) => truth.to_string(),
            Self::Span(span) => format!("{span:?}"),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::Other(name) => name.clone(),
        }
    }
}

/// Numbers with units, the larger units first by custom but in any order, or a number of seconds alone.
fn parse_span(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let mut rest = text;
    let mut span = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let tail = rest[digits..].trim_start();
        let end = tail.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(tail.len());
        let unit = match &tail[..end] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        span = span.checked_add(Duration::try_from_secs_f64(number * unit).ok()?)?;
        rest = tail[end..].trim_start();
    }
    (!text.is_empty()).then_some(span)
}
