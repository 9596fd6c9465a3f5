//! Settings about the values of a field: rules, what updates write, remarks.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ExprUnary, Lit, LitFloat, LitInt, LitStr, Path, UnOp};

use super::Errors;
use super::setting::Setting;

/// The rules of one field, as its attributes give them.
#[derive(Default)]
pub(crate) struct FieldRules {
    pub(crate) min_value: Option<Operand>,
    pub(crate) max_value: Option<Operand>,
    pub(crate) min_length: Option<LitInt>,
    pub(crate) max_length: Option<LitInt>,
    pub(crate) pattern: Option<LitStr>,
    pub(crate) choices: Vec<Operand>,
    pub(crate) check: Option<LitStr>,
    pub(crate) db_check: Option<bool>,
    pub(crate) comment: Option<LitStr>,
    pub(crate) on_update: Option<Expr>,
    pub(crate) validate: Option<Path>,
}

/// A value in a rule. A literal takes the field's type; anything else has it.
pub(crate) enum Operand {
    Integer { negative: bool, number: LitInt },
    Float { negative: bool, number: LitFloat },
    Text(LitStr),
    Expression(Expr),
}

impl Operand {
    fn of(value: Expr) -> Self {
        let (negative, literal) = match &value {
            Expr::Lit(literal) => (false, Some(&literal.lit)),
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match &**expr {
                Expr::Lit(literal) => (true, Some(&literal.lit)),
                _ => (false, None),
            },
            _ => (false, None),
        };
        match literal {
            Some(Lit::Int(number)) if number.suffix().is_empty() => Self::Integer { negative, number: number.clone() },
            Some(Lit::Float(number)) if number.suffix().is_empty() => Self::Float { negative, number: number.clone() },
            Some(Lit::Str(text)) if !negative => Self::Text(text.clone()),
            _ => Self::Expression(value),
        }
    }

    /// Where it is written.
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Integer { number, .. } => number.span(),
            Self::Float { number, .. } => number.span(),
            Self::Text(text) => text.span(),
            Self::Expression(expression) => expression.span(),
        }
    }

    /// The number of an integer literal, for comparing two of them.
    fn integer(&self) -> Option<i128> {
        match self {
            Self::Integer { negative, number } => {
                let number: i128 = number.base10_parse().ok()?;
                Some(if *negative { -number } else { number })
            }
            _ => None,
        }
    }
}

/// Takes a setting if it is one of these; says whether it was.
pub(super) fn take(rules: &mut FieldRules, setting: &Setting, errors: &mut Errors) -> bool {
    match setting.name.to_string().as_str() {
        "min_value" => rules.min_value = errors.take(setting.expression()).map(Operand::of),
        "max_value" => rules.max_value = errors.take(setting.expression()).map(Operand::of),
        "min_length" => rules.min_length = errors.take(setting.count()),
        "max_length" => rules.max_length = errors.take(setting.count()),
        "pattern" => rules.pattern = errors.take(setting.text()).and_then(|text| pattern(text, errors)),
        "choices" => {
            rules.choices = errors.take(setting.list()).unwrap_or_default().into_iter().map(Operand::of).collect();
        }
        "check" => rules.check = errors.take(setting.text()),
        "db_check" => rules.db_check = errors.take(setting.flag()),
        "comment" => rules.comment = errors.take(setting.text()),
        "on_update" => rules.on_update = errors.take(setting.expression()),
        "validate" => rules.validate = errors.take(setting.path()),
        _ => return false,
    }
    true
}

/// A pattern that the engine will take: the mistake is told where it is made.
fn pattern(text: LitStr, errors: &mut Errors) -> Option<LitStr> {
    match regex_syntax::parse(&text.value()) {
        Ok(_) => Some(text),
        Err(error) => {
            let said = error.to_string();
            let why = said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            errors.at(text.span(), format_args!("`pattern` is no regular expression of the crate regex: {why}"));
            None
        }
    }
}

/// Bounds that no value can meet, and a key that would change by itself.
pub(super) fn check(rules: &FieldRules, primary_key: bool, errors: &mut Errors) {
    if let Some(value) = rules.on_update.as_ref().filter(|_| primary_key) {
        errors.at(value.span(), "a primary key does not change at every update; leave out `on_update`");
    }
    let lengths = rules.min_length.as_ref().zip(rules.max_length.as_ref());
    if let Some((least, greatest)) = lengths
        && least.base10_parse::<u32>().ok() > greatest.base10_parse::<u32>().ok()
    {
        errors.at(least.span(), "`min_length` is more than `max_length`, so that no value fits");
    }
    let bounds =
        rules.min_value.as_ref().and_then(Operand::integer).zip(rules.max_value.as_ref().and_then(Operand::integer));
    if let Some((least, greatest)) = bounds
        && least > greatest
        && let Some(Operand::Integer { number, .. }) = &rules.min_value
    {
        errors.at(number.span(), "`min_value` is more than `max_value`, so that no value fits");
    }
}

/// Whether an `on_update` is called for its value rather than being it.
pub(crate) fn is_callable(value: &Expr) -> bool {
    matches!(value, Expr::Path(_) | Expr::Closure(_))
}
