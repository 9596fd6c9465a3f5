//! Fields that are relationships: `Related<…>`, which are no columns.

use syn::spanned::Spanned;
use syn::{Expr, GenericArgument, Ident, Lit, LitStr, PathArguments, Type};

use super::names::{RELATION, nearest};
use super::setting::Setting;
use super::{Errors, Field, Model};

/// The settings by which a field is known to be a relationship, whatever its type.
const OWN: [&str; 6] = ["relation", "back_populates", "foreign_key", "through", "through_fields", "symmetrical"];

/// A relationship's kind, by the name of the engine's own variant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    ManyToOne,
    OneToOne,
    OneToMany,
    ManyToMany,
}

const KINDS: [Kind; 4] = [Kind::ManyToOne, Kind::OneToOne, Kind::OneToMany, Kind::ManyToMany];

impl Kind {
    /// The name of the engine's variant.
    pub(crate) fn variant(self) -> &'static str {
        match self {
            Self::ManyToOne => "ManyToOne",
            Self::OneToOne => "OneToOne",
            Self::OneToMany => "OneToMany",
            Self::ManyToMany => "ManyToMany",
        }
    }

    pub(crate) fn is_to_many(self) -> bool {
        matches!(self, Self::OneToMany | Self::ManyToMany)
    }
}

/// A relationship of a model.
pub(crate) struct Relation {
    pub(crate) ident: Ident,
    /// What stands in `Related<…>`.
    pub(crate) ty: Type,
    /// None only beside an error.
    pub(crate) kind: Option<Kind>,
    pub(crate) foreign_key: Vec<LitStr>,
    pub(crate) back_populates: Option<LitStr>,
    pub(crate) through: Option<LitStr>,
    pub(crate) through_fields: Option<(LitStr, LitStr)>,
    pub(crate) symmetrical: bool,
}

impl Relation {
    /// The attribute's name, `type` for `r#type`.
    pub(crate) fn name(&self) -> String {
        syn::ext::IdentExt::unraw(&self.ident).to_string()
    }
}

/// Whether a field is a relationship: by its type, or by what is said of it.
pub(super) fn is_relation(ty: &Type, settings: &[Setting]) -> bool {
    inner(ty, "Related").is_some() || settings.iter().any(|setting| OWN.iter().any(|name| setting.name == name))
}

/// Describes a relationship; None beside an error that says why it is none.
pub(super) fn describe(ident: Ident, ty: &Type, settings: &[Setting], errors: &mut Errors) -> Option<Relation> {
    let Some(related) = inner(ty, "Related") else {
        let own = settings.iter().find(|setting| OWN.iter().any(|name| setting.name == name));
        let name = own.map_or_else(String::new, |setting| setting.name.to_string());
        let message = format!(
            "`{name}` is about a relationship, whose field is a `Related<User>`, `Related<Option<User>>` or \
             `Related<Vec<User>>`; a column that refers to another table says `references = \"table.column\"`"
        );
        errors.add(syn::Error::new_spanned(ty, message));
        return None;
    };
    let mut relation = Relation {
        ident,
        ty: related.clone(),
        kind: None,
        foreign_key: Vec::new(),
        back_populates: None,
        through: None,
        through_fields: None,
        symmetrical: false,
    };
    for setting in settings {
        take(&mut relation, setting, errors);
    }
    // A kind that was given and is none was told already.
    let is_given = settings.iter().any(|setting| setting.name == "relation");
    (relation.kind.is_some() || !is_given).then_some(relation)
}

fn take(relation: &mut Relation, setting: &Setting, errors: &mut Errors) {
    match setting.name.to_string().as_str() {
        "relation" => relation.kind = errors.take(setting.expression().and_then(|given| kind(&given))),
        "foreign_key" => relation.foreign_key = errors.take(texts(setting)).unwrap_or_default(),
        "back_populates" => relation.back_populates = errors.take(setting.text()),
        "through" => relation.through = errors.take(setting.text()),
        "through_fields" => relation.through_fields = errors.take(pair(setting)),
        "symmetrical" => relation.symmetrical = errors.take(setting.flag()).unwrap_or_default(),
        "model" => {
            if let Some(name) = errors.take(setting.text()) {
                check_model(relation, &name, errors);
            }
        }
        _ => errors.add(RELATION.refuse(&setting.name)),
    }
}

/// `ManyToOne` or `"ManyToOne"`.
fn kind(given: &Expr) -> syn::Result<Kind> {
    let name = match given {
        Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => literal(given).map(LitStr::value),
    };
    let found = name.as_ref().and_then(|name| KINDS.into_iter().find(|kind| kind.variant() == name));
    found.ok_or_else(|| {
        let names = KINDS.map(Kind::variant);
        let near = name.and_then(|name| nearest(&name, &names));
        let hint = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        syn::Error::new(given.span(), format!("no such relation; {hint}there are {}", names.join(", ")))
    })
}

fn literal(given: &Expr) -> Option<&LitStr> {
    match given {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// `"a"` or `["a", "b"]`.
fn texts(setting: &Setting) -> syn::Result<Vec<LitStr>> {
    match setting.value() {
        Some(Expr::Array(_)) => {
            let wrong = |one: &Expr| syn::Error::new(one.span(), "the name of a field in quotes is expected");
            setting.list()?.iter().map(|one| literal(one).cloned().ok_or_else(|| wrong(one))).collect()
        }
        _ => Ok(vec![setting.text()?]),
    }
}

/// `("mine", "theirs")`.
fn pair(setting: &Setting) -> syn::Result<(LitStr, LitStr)> {
    let given: Vec<&Expr> = match setting.value() {
        Some(Expr::Tuple(tuple)) => tuple.elems.iter().collect(),
        Some(Expr::Array(list)) => list.elems.iter().collect(),
        _ => Vec::new(),
    };
    match given.iter().filter_map(|one| literal(one)).collect::<Vec<_>>().as_slice() {
        [mine, theirs] if given.len() == 2 => Ok(((*mine).clone(), (*theirs).clone())),
        _ => {
            let message =
                "`through_fields` takes two fields of the junction: `through_fields = (\"mine_id\", \"theirs_id\")`";
            Err(syn::Error::new(setting.value().map_or_else(|| setting.name.span(), Spanned::span), message))
        }
    }
}

/// `model` may repeat what the type says, and nothing else.
fn check_model(relation: &Relation, name: &LitStr, errors: &mut Errors) {
    let Type::Path(path) = model_of(&relation.ty) else { return };
    let is = path
        .path
        .segments
        .last()
        .is_some_and(|last| name.value().rsplit(['.', ':']).next() == Some(&last.ident.to_string()));
    if !is {
        errors.at(name.span(), "the field's type says another model; leave `model` out, the type is enough");
    }
}

fn model_of(ty: &Type) -> &Type {
    inner(ty, "Vec").or_else(|| inner(ty, "Option")).unwrap_or(ty)
}

/// What stands in a type that is written as `Name<…>`.
fn inner<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    match &last.arguments {
        PathArguments::AngleBracketed(given) => given.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(inner) => Some(inner),
            _ => None,
        }),
        _ => None,
    }
}

/// Finds the kinds that follow from types, and refuses what contradicts them, when all fields are known.
pub(super) fn settle(model: &mut Model, errors: &mut Errors) {
    let (fields, name) = (&model.fields, model.ident.to_string());
    for relation in &mut model.relations {
        let is_to_many = inner(&relation.ty, "Vec").is_some();
        match relation.kind {
            Some(kind) => check_shape(relation, kind, is_to_many, errors),
            None => relation.kind = implied(relation, is_to_many, errors),
        }
        check_keys(relation, fields, &name, errors);
        check_junction(relation, errors);
        check_symmetry(relation, &name, errors);
    }
}

fn check_shape(relation: &Relation, kind: Kind, is_to_many: bool, errors: &mut Errors) {
    if kind.is_to_many() != is_to_many {
        let (model, kind_name) = (text_of(model_of(&relation.ty)), kind.variant());
        let message = if kind.is_to_many() {
            format!("`{kind_name}` leads to any number of rows: declare `Related<Vec<{model}>>`")
        } else {
            format!(
                "`{kind_name}` leads to one row: declare `Related<{model}>`, or `Related<Option<{model}>>` where there may be none"
            )
        };
        errors.add(syn::Error::new_spanned(&relation.ty, message));
    }
}

/// The kind that follows from the type and the settings.
fn implied(relation: &Relation, is_to_many: bool, errors: &mut Errors) -> Option<Kind> {
    let has_junction = relation.through.is_some() || relation.through_fields.is_some() || relation.symmetrical;
    match (is_to_many, relation.foreign_key.is_empty()) {
        (true, _) if has_junction => Some(Kind::ManyToMany),
        (true, false) => Some(Kind::OneToMany),
        (false, false) => Some(Kind::ManyToOne),
        (true, true) => {
            let message = "say how they are related: `relation = OneToMany` with the `foreign_key` of the other model, or `relation = ManyToMany`";
            errors.at(relation.ident.span(), message);
            None
        }
        (false, true) => {
            let message = "say how they are related: `foreign_key = \"…_id\"` names the field here that refers to it; \
                           `relation = OneToOne` where the key is at the other end";
            errors.at(relation.ident.span(), message);
            None
        }
    }
}

/// The foreign key of a many-to-one relationship is here, and NULL only where the type says so.
fn check_keys(relation: &Relation, fields: &[Field], model: &str, errors: &mut Errors) {
    if relation.kind != Some(Kind::ManyToOne) {
        return;
    }
    for name in &relation.foreign_key {
        match field(fields, name) {
            Some(key) if key.is_option() && inner(&relation.ty, "Option").is_none() => {
                let ty = text_of(&relation.ty);
                let message =
                    format!("`{}` may be NULL, so there may be no {ty}: declare `Related<Option<{ty}>>`", name.value());
                errors.add(syn::Error::new_spanned(&relation.ty, message));
            }
            None => errors.at(name.span(), unknown_field(name, fields, model)),
            Some(_) => {}
        }
    }
}

fn check_junction(relation: &Relation, errors: &mut Errors) {
    if relation.kind.is_none_or(|kind| kind == Kind::ManyToMany) {
        if let Some(key) = relation.foreign_key.first().filter(|_| relation.kind.is_some()) {
            errors.at(
                key.span(),
                "a ManyToMany has no foreign key of its own; its junction's are named by `through_fields`",
            );
        }
        return;
    }
    let named = relation.through.as_ref().map(LitStr::span);
    let fields = relation.through_fields.as_ref().map(|(mine, _)| mine.span());
    let symmetrical = relation.symmetrical.then(|| relation.ident.span());
    if let Some(span) = named.or(fields).or(symmetrical) {
        errors.at(span, "only a ManyToMany has a junction: `through`, `through_fields` and `symmetrical` are about it");
    }
}

/// Only a model's relationship with itself is the same from either end.
fn check_symmetry(relation: &Relation, model: &str, errors: &mut Errors) {
    let related = text_of(model_of(&relation.ty));
    if relation.symmetrical && related != model && related != "Self" {
        let message = format!("`symmetrical` is about a model and itself, and {related} is not {model}; leave it out");
        errors.add(syn::Error::new_spanned(&relation.ty, message));
    }
    if let Some((mine, theirs)) = relation.through_fields.as_ref().filter(|(mine, theirs)| mine == theirs) {
        let message = format!("`{}` refers to one of the two, and `through_fields` names it twice", mine.value());
        errors.at(theirs.span(), message);
    }
}

fn field<'a>(fields: &'a [Field], name: &LitStr) -> Option<&'a Field> {
    fields.iter().find(|field| field.name() == name.value())
}

fn unknown_field(name: &LitStr, fields: &[Field], model: &str) -> String {
    let names: Vec<String> = fields.iter().map(Field::name).collect();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let hint = match nearest(&name.value(), &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its fields are {};", known.join(", ")),
    };
    let more = "where the key is at the other end, say `relation = OneToOne`";
    format!("`foreign_key` names no field of {model}: there is no `{}`; {hint} {more}", name.value())
}

/// The type's last name.
fn text_of(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
        _ => String::from("…"),
    }
}
