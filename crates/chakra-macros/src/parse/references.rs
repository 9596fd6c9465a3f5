//! Foreign keys: what a field or several refer to, and what happens then.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, Lit, LitStr};

use super::names::nearest;
use super::setting::Setting;
use super::{Errors, Field};

/// What happens to referencing rows: as SQL writes it, and the engine's variant.
const ACTIONS: [(&str, &str); 5] = [
    ("NO ACTION", "NoAction"),
    ("RESTRICT", "Restrict"),
    ("CASCADE", "Cascade"),
    ("SET NULL", "SetNull"),
    ("SET DEFAULT", "SetDefault"),
];

/// What a field refers to.
#[derive(Default)]
pub(crate) struct FieldReference {
    pub(crate) target: Option<LitStr>,
    pub(crate) on_delete: Option<&'static str>,
    pub(crate) on_update: Option<&'static str>,
}

/// Takes a setting if it is one of these; says whether it was.
pub(super) fn take(field: &mut Field, setting: &Setting, errors: &mut Errors) -> bool {
    match setting.name.to_string().as_str() {
        "references" => {
            let target = errors.take(setting.text());
            if let Some(Err(error)) = target.as_ref().map(target_table) {
                errors.add(error);
            }
            field.reference.target = target;
        }
        "on_delete" => field.reference.on_delete = errors.take(setting.expression().and_then(|value| action(&value))),
        _ => return false,
    }
    true
}

/// After all settings of a field: `on_update` beside `references` is the foreign key's where it names an action.
pub(super) fn settle(field: &mut Field, errors: &mut Errors) {
    if field.reference.target.is_none() {
        if field.reference.on_delete.is_some() {
            let message = "`on_delete` is what a reference does; add `references = \"table.column\"`";
            errors.at(field.ident.span(), message);
        }
        return;
    }
    if let Some(Ok(named)) = field.rules.on_update.as_ref().map(action) {
        field.reference.on_update = Some(named);
        field.rules.on_update = None;
    }
    for action in [field.reference.on_delete, field.reference.on_update].into_iter().flatten() {
        check_action(field, action, field.ident.span(), errors);
    }
}

/// Refuses an action that the field cannot follow.
pub(super) fn check_action(field: &Field, action: &str, span: Span, errors: &mut Errors) {
    let (name, ty) = (field.name(), &field.ty);
    let may_be_null = field.is_option() && !field.primary_key;
    match action {
        "SetNull" if field.primary_key => {
            errors.at(span, format_args!("`SET NULL` meets a key, which is never NULL: choose another action"));
        }
        "SetNull" if !may_be_null => {
            let ty = quote::quote!(#ty);
            let message = format!(
                "`SET NULL` needs a field that may be NULL: declare `{name}: Option<{ty}>`, or choose another action"
            );
            errors.at(span, message);
        }
        "SetDefault" if !may_be_null && field.default.is_none() => {
            errors.at(
                span,
                format_args!(
                    "`SET DEFAULT` needs a default: give `{name}` one by `default = …`, or choose another action"
                ),
            );
        }
        _ => {}
    }
}

/// `"CASCADE"` or `Cascade`: the engine's variant.
pub(super) fn action(given: &Expr) -> syn::Result<&'static str> {
    let name = match given {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    };
    let plain = |text: &str| text.replace(['_', ' '], "").to_lowercase();
    let found = name.as_ref().and_then(|name| ACTIONS.iter().find(|(sql, _)| plain(sql) == plain(name)));
    found.map(|(_, variant)| *variant).ok_or_else(|| {
        let names: Vec<&str> = ACTIONS.iter().map(|(sql, _)| *sql).collect();
        let near = name.and_then(|name| nearest(&name.to_uppercase(), &names));
        let hint = near.map(|near| format!("did you mean \"{near}\"? ")).unwrap_or_default();
        syn::Error::new(given.span(), format!("no such action; {hint}there are {}", names.join(", ")))
    })
}

/// The table, with its schema, of a reference to a column.
///
/// # Errors
///
/// What is wrong with a text that is no `table.column`.
pub(super) fn target_table(target: &LitStr) -> syn::Result<Vec<String>> {
    let mut names = parts(&target.value()).filter(|names| names.len() == 2 || names.len() == 3).ok_or_else(|| {
        let message = "a reference is written as \"table.column\" or \"schema.table.column\", with names in double \
                       quotes where they hold a dot";
        syn::Error::new(target.span(), message)
    })?;
    names.pop();
    Ok(names)
}

/// The names in a dotted text; None where one is empty or a quote is not closed.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut names = vec![String::new()];
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            '.' if !quoted => names.push(String::new()),
            other => names.last_mut()?.push(other),
        }
    }
    (!quoted && names.iter().all(|name| !name.is_empty())).then_some(names)
}
