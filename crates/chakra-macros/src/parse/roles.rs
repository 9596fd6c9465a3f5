//! Fields that the engine fills: `timestamps`, `soft_delete`, `version` on the struct say which.

use proc_macro2::Span;
use syn::{Expr, Lit, LitStr};

use super::setting::Setting;
use super::{Errors, Field, Model};

/// What a field is to the engine, by the name of the engine's own variant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    CreatedAt,
    UpdatedAt,
    DeletedAt,
    Version,
}

impl Role {
    /// The name of the engine's variant.
    pub(crate) fn variant(self) -> &'static str {
        match self {
            Self::CreatedAt => "CreatedAt",
            Self::UpdatedAt => "UpdatedAt",
            Self::DeletedAt => "DeletedAt",
            Self::Version => "Version",
        }
    }

    /// The function that compiles where the field's type fits.
    pub(crate) fn check(self) -> &'static str {
        match self {
            Self::CreatedAt | Self::UpdatedAt => "takes_stamp",
            Self::DeletedAt => "takes_mark",
            Self::Version => "takes_version",
        }
    }

    /// Whether a new object says nothing of it.
    pub(crate) fn is_stamp(self) -> bool {
        matches!(self, Self::CreatedAt | Self::UpdatedAt)
    }

    fn usual_name(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::DeletedAt => "deleted_at",
            Self::Version => "version",
        }
    }

    fn usual_type(self) -> &'static str {
        match self {
            Self::CreatedAt | Self::UpdatedAt => "DateTime<Utc>",
            Self::DeletedAt => "Option<DateTime<Utc>>",
            Self::Version => "i64",
        }
    }
}

/// A role that the struct gives to a field.
pub(crate) struct Given {
    role: Role,
    field: String,
    span: Span,
    /// As it would be written with another name.
    otherwise: &'static str,
}

/// Takes a setting if it is one of these; says whether it was.
pub(super) fn take(model: &mut Model, setting: &Setting, errors: &mut Errors) -> bool {
    let (roles, otherwise): (&[Role], _) = match setting.name.to_string().as_str() {
        "timestamps" => (&[Role::CreatedAt, Role::UpdatedAt], "timestamps = [\"made_on\", \"changed_on\"]"),
        "soft_delete" => (&[Role::DeletedAt], "soft_delete = \"removed_on\""),
        "version" => (&[Role::Version], "version = \"revision\""),
        _ => return false,
    };
    if let Some(names) = errors.take(names(setting, roles, otherwise)) {
        let given = roles.iter().zip(names);
        model.roles.extend(given.map(|(role, (field, span))| Given { role: *role, field, span, otherwise }));
    }
    true
}

/// The fields' names: the usual ones where none are given.
fn names(setting: &Setting, roles: &[Role], otherwise: &str) -> syn::Result<Vec<(String, Span)>> {
    let text = |expression: &Expr| match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(name) => Some((LitStr::value(name), name.span())),
            _ => None,
        },
        _ => None,
    };
    let given = match setting.value() {
        None => return Ok(roles.iter().map(|role| (role.usual_name().to_owned(), setting.name.span())).collect()),
        Some(Expr::Array(list)) => list.elems.iter().map(text).collect::<Option<Vec<_>>>(),
        Some(one) => text(one).map(|name| vec![name]),
    };
    given.filter(|names| names.len() == roles.len()).ok_or_else(|| {
        let message = format!("`{0}` stands alone, or names its fields: `{0}` or `{otherwise}`", setting.name);
        syn::Error::new_spanned(setting.value(), message)
    })
}

/// Gives the fields their roles.
pub(super) fn assign(model: &mut Model, errors: &mut Errors) {
    for Given { role, field: name, span, otherwise } in std::mem::take(&mut model.roles) {
        let Some(field) = model.fields.iter_mut().find(|field| field.name() == name) else {
            let (usual, ty) = (role.usual_name(), role.usual_type());
            errors.at(
                span,
                format_args!(
                    "there is no field `{name}` to fill; add `{name}: {ty}`{}",
                    if name == usual { format!(", or name another field: `{otherwise}`") } else { String::new() }
                ),
            );
            continue;
        };
        refuse_contradictions(field, role, errors);
        field.role = Some(role);
    }
}

fn refuse_contradictions(field: &Field, role: Role, errors: &mut Errors) {
    let span = field.ident.span();
    let name = field.name();
    if field.role.is_some_and(|other| other != role) {
        errors.at(span, format_args!("`{name}` is named for two things at once; give each a field of its own"));
    }
    if field.primary_key {
        errors.at(span, format_args!("chakra fills `{name}`, so it cannot be the key"));
    }
    if let Some(value) = &field.rules.on_update {
        errors.at(syn::spanned::Spanned::span(value), format_args!("chakra fills `{name}`; leave out `on_update`"));
    }
}
