//! One setting of `#[chakra(…)]`: a name, and for most a value.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, Lit, LitInt, LitStr, Meta, Path, Token, UnOp};

/// `name` or `name = value`.
pub(crate) struct Setting {
    pub(crate) name: Ident,
    value: Option<Expr>,
}

/// What the database supplies for a column.
pub(crate) struct Supplied {
    pub(crate) sql: String,
    /// Of a literal, the function that compiles where the field's type has such values.
    pub(crate) check: Option<&'static str>,
}

impl Supplied {
    fn literal(sql: String, check: &'static str) -> Self {
        Self { sql, check: Some(check) }
    }
}

impl Parse for Setting {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let name: Ident = syn::ext::IdentExt::parse_any(input)?;
        if input.peek(Token![:]) || input.peek(syn::token::Paren) {
            let message = format!("a value stands behind `=`: write it as `{name} = …`");
            return Err(syn::Error::new(input.span(), message));
        }
        let value = if input.parse::<Option<Token![=]>>()?.is_some() { Some(input.parse()?) } else { None };
        Ok(Self { name, value })
    }
}

impl Setting {
    /// All settings of one attribute.
    pub(crate) fn all(attribute: &Attribute) -> syn::Result<Vec<Self>> {
        match &attribute.meta {
            Meta::List(_) => {
                let all = attribute.parse_args_with(Punctuated::<Self, Token![,]>::parse_terminated)?;
                Ok(all.into_iter().collect())
            }
            other => {
                Err(syn::Error::new_spanned(other, "write settings in parentheses, like `#[chakra(primary_key)]`"))
            }
        }
    }

    /// A flag: `name`, `name = true` or `name = false`.
    pub(crate) fn flag(&self) -> syn::Result<bool> {
        match self.literal() {
            None if self.value.is_none() => Ok(true),
            Some(Lit::Bool(flag)) => Ok(flag.value),
            _ => Err(self.wrong(&format!("`{0}`, or `{0} = false`", self.name))),
        }
    }

    /// Text that is not empty.
    pub(crate) fn text(&self) -> syn::Result<LitStr> {
        match self.literal() {
            Some(Lit::Str(text)) if !text.value().is_empty() => Ok(text.clone()),
            _ => Err(self.wrong(&format!("`{} = \"…\"`", self.name))),
        }
    }

    /// What is given, if anything.
    pub(crate) fn value(&self) -> Option<&Expr> {
        self.value.as_ref()
    }

    /// A number of at least zero.
    pub(crate) fn count(&self) -> syn::Result<LitInt> {
        match self.literal() {
            Some(Lit::Int(number)) if number.base10_parse::<u32>().is_ok() => Ok(number.clone()),
            _ => Err(self.wrong(&format!("a whole number, like `{} = 10`", self.name))),
        }
    }

    /// Any expression.
    pub(crate) fn expression(&self) -> syn::Result<Expr> {
        self.value.clone().ok_or_else(|| self.wrong(&format!("a value, like `{} = 18`", self.name)))
    }

    /// A list of expressions that is not empty.
    pub(crate) fn list(&self) -> syn::Result<Vec<Expr>> {
        match &self.value {
            Some(Expr::Array(list)) if !list.elems.is_empty() => Ok(list.elems.iter().cloned().collect()),
            _ => Err(self.wrong(&format!("a list of values, like `{} = [\"new\", \"sold\"]`", self.name))),
        }
    }

    /// The path of a function.
    pub(crate) fn path(&self) -> syn::Result<Path> {
        match &self.value {
            Some(Expr::Path(path)) if path.qself.is_none() => Ok(path.path.clone()),
            _ => Err(self.wrong(&format!("the path of a function, like `{} = check_name`", self.name))),
        }
    }

    /// A number of at least one.
    pub(crate) fn length(&self) -> syn::Result<LitInt> {
        match self.literal() {
            Some(Lit::Int(number)) if number.base10_parse::<u32>().is_ok_and(|length| length > 0) => Ok(number.clone()),
            _ => Err(self.wrong(&format!("a whole number from 1, like `{} = 10`", self.name))),
        }
    }

    /// An SQL expression: a number, a boolean, or any in quotes.
    pub(crate) fn sql(&self) -> syn::Result<Supplied> {
        let (minus, literal) = match &self.value {
            Some(Expr::Unary(unary)) if matches!(unary.op, UnOp::Neg(_)) => ("-", literal_of(&unary.expr)),
            _ => ("", self.literal()),
        };
        match literal {
            Some(Lit::Int(number)) => {
                Ok(Supplied::literal(format!("{minus}{}", number.base10_digits()), "takes_whole_default"))
            }
            Some(Lit::Float(number)) => {
                Ok(Supplied::literal(format!("{minus}{}", number.base10_digits()), "takes_decimal_default"))
            }
            Some(Lit::Bool(flag)) if minus.is_empty() => {
                let sql = if flag.value { "TRUE" } else { "FALSE" };
                Ok(Supplied::literal(sql.to_owned(), "takes_boolean_default"))
            }
            Some(Lit::Str(text)) if minus.is_empty() && !text.value().trim().is_empty() => {
                Ok(Supplied { sql: text.value(), check: None })
            }
            _ => {
                Err(self.wrong("a number, `true`, `false`, or an SQL expression in quotes, like `default = \"now()\"`"))
            }
        }
    }

    fn literal(&self) -> Option<&Lit> {
        self.value.as_ref().and_then(literal_of)
    }

    fn wrong(&self, right: &str) -> syn::Error {
        let message = format!("`{}` takes {right}", self.name);
        match &self.value {
            Some(value) => syn::Error::new_spanned(value, message),
            None => syn::Error::new_spanned(&self.name, message),
        }
    }
}

fn literal_of(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(literal) => Some(&literal.lit),
        _ => None,
    }
}
