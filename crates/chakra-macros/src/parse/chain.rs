//! `Index::new("i").columns(&["a"]).unique()`: a constructor and the calls on it, as an attribute has them.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, Ident, Lit, LitBool, LitStr};

/// A constructor with the calls on it.
pub(super) struct Chain {
    /// The type whose `new` is called.
    pub(super) kind: Ident,
    /// What `new` is given.
    pub(super) given: Vec<Expr>,
    /// The calls, in order.
    pub(super) calls: Vec<Call>,
    pub(super) span: Span,
}

/// One call on it.
pub(super) struct Call {
    pub(super) name: Ident,
    arguments: Vec<Expr>,
}

impl Chain {
    /// Reads `Kind::new(…)` with calls behind it.
    pub(super) fn of(expression: &Expr, example: &str) -> syn::Result<Self> {
        let mut calls = Vec::new();
        let mut inner = expression;
        while let Expr::MethodCall(call) = inner {
            calls.push(Call { name: call.method.clone(), arguments: call.args.iter().cloned().collect() });
            inner = &call.receiver;
        }
        calls.reverse();
        constructor(inner)
            .map(|(kind, call)| Self {
                kind,
                given: call.args.iter().cloned().collect(),
                calls,
                span: expression.span(),
            })
            .ok_or_else(|| syn::Error::new(expression.span(), format!("write it as `{example}`")))
    }
}

/// `Kind::new(…)`, whatever stands before `Kind`.
fn constructor(expression: &Expr) -> Option<(Ident, &ExprCall)> {
    let Expr::Call(call) = expression else { return None };
    let Expr::Path(path) = &*call.func else { return None };
    let mut segments = path.path.segments.iter().rev();
    let (new, kind) = (segments.next()?, segments.next()?);
    (new.ident == "new").then(|| (kind.ident.clone(), call))
}

impl Call {
    /// The only argument.
    pub(super) fn only(&self) -> syn::Result<&Expr> {
        match self.arguments.as_slice() {
            [only] => Ok(only),
            _ => Err(syn::Error::new(self.name.span(), format!("`{}` takes one argument", self.name))),
        }
    }

    /// All arguments.
    pub(super) fn arguments(&self) -> &[Expr] {
        &self.arguments
    }

    /// `()`, `(true)` or `(false)`.
    pub(super) fn flag(&self) -> syn::Result<bool> {
        match self.arguments.as_slice() {
            [] => Ok(true),
            [Expr::Lit(literal)] if matches!(literal.lit, Lit::Bool(_)) => {
                Ok(matches!(literal.lit, Lit::Bool(LitBool { value: true, .. })))
            }
            _ => Err(syn::Error::new(self.name.span(), format!("`{}` takes nothing, or true or false", self.name))),
        }
    }
}

/// A text that is not empty.
pub(super) fn text(expression: &Expr) -> syn::Result<LitStr> {
    literal(expression)
        .filter(|text| !text.value().trim().is_empty())
        .ok_or_else(|| syn::Error::new(expression.span(), "a text in quotes is wanted here"))
}

/// A text, or a list of them.
pub(super) fn texts(expression: &Expr) -> syn::Result<Vec<LitStr>> {
    match list(expression) {
        Some(elements) if !elements.is_empty() => elements.into_iter().map(text).collect(),
        Some(_) => Err(syn::Error::new(expression.span(), "name at least one")),
        None => Ok(vec![text(expression)?]),
    }
}

/// The elements of `[…]` or `&[…]`.
pub(super) fn list(expression: &Expr) -> Option<Vec<&Expr>> {
    match expression {
        Expr::Reference(reference) => list(&reference.expr),
        Expr::Array(array) => Some(array.elems.iter().collect()),
        _ => None,
    }
}

fn literal(expression: &Expr) -> Option<LitStr> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}
