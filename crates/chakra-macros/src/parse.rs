//! From tokens to a plain description of a model. All errors are collected, each at its place.

use std::borrow::Cow;

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Fields, GenericArgument, Ident, LitInt, LitStr, Path, PathArguments, Type,
    Visibility, parse_quote_spanned,
};

mod chain;
pub(crate) mod names;
mod references;
mod relation;
mod roles;
mod rules;
mod setting;
mod table;
#[cfg(test)]
mod tests;

use names::{FIELD, STRUCT};
pub(crate) use references::FieldReference;
pub(crate) use relation::Relation;
pub(crate) use roles::Role;
pub(crate) use rules::{FieldRules, Operand, is_callable};
use setting::{Setting, Supplied};
pub(crate) use table::{Argument, ForeignKey, Index, Part, TableOptions};

/// A model, as its struct declares it.
pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) table: Option<LitStr>,
    pub(crate) schema: Option<LitStr>,
    pub(crate) validate: Option<Path>,
    pub(crate) options: TableOptions,
    pub(crate) fields: Vec<Field>,
    pub(crate) relations: Vec<Relation>,
    /// Roles that wait for their fields.
    roles: Vec<roles::Given>,
}

/// A field of a model.
#[allow(clippy::struct_excessive_bools)] // they are independent facts, as in SQL
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) column: Option<LitStr>,
    pub(crate) primary_key: bool,
    pub(crate) auto_increment: Option<bool>,
    pub(crate) unique: bool,
    /// Left out: as a foreign key has it.
    pub(crate) index: Option<bool>,
    pub(crate) length: Option<LitInt>,
    pub(crate) text: bool,
    pub(crate) char_length: Option<LitInt>,
    pub(crate) json: bool,
    pub(crate) precision: Option<LitInt>,
    pub(crate) scale: Option<LitInt>,
    pub(crate) dimensions: Option<LitInt>,
    pub(crate) default: Option<Supplied>,
    pub(crate) role: Option<Role>,
    pub(crate) reference: FieldReference,
    pub(crate) rules: FieldRules,
}

impl Model {
    /// The field that the engine fills for this.
    pub(crate) fn has_role(&self, role: Role) -> bool {
        self.fields.iter().any(|field| field.role == Some(role))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.primary_key)
    }

    /// The part of the key that the database may make: the only one, or of several the one that it is told to number.
    pub(crate) fn numbered(&self) -> Option<&Field> {
        let is_only = self.keys().count() == 1;
        self.keys().find(|key| is_only || key.auto_increment == Some(true))
    }
}

impl Field {
    fn new(ident: Ident, ty: Type) -> Self {
        Self {
            ident,
            ty,
            column: None,
            primary_key: false,
            auto_increment: None,
            unique: false,
            index: None,
            length: None,
            text: false,
            char_length: None,
            json: false,
            precision: None,
            scale: None,
            dimensions: None,
            default: None,
            role: None,
            reference: FieldReference::default(),
            rules: FieldRules::default(),
        }
    }

    /// The attribute's name, `type` for `r#type`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    fn column_name(&self) -> String {
        self.column.as_ref().map_or_else(|| self.name(), LitStr::value)
    }

    /// Whether the type is written as `Option<…>`.
    pub(crate) fn is_option(&self) -> bool {
        self.option().is_some()
    }

    /// What stands in a type that is written as `Option<…>`.
    fn option(&self) -> Option<&Type> {
        let Type::Path(path) = &self.ty else { return None };
        let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
        match &last.arguments {
            PathArguments::AngleBracketed(given) => given.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(inner) => Some(inner),
                _ => None,
            }),
            _ => None,
        }
    }

    /// The type of the column: the field's, or the document that keeps it.
    pub(crate) fn column_type(&self) -> Cow<'_, Type> {
        if !self.json {
            return Cow::Borrowed(&self.ty);
        }
        let span = self.ty.span();
        Cow::Owned(match self.option() {
            Some(inner) => parse_quote_spanned!(span=> ::core::option::Option<::chakra::Json<#inner>>),
            None => {
                let ty = &self.ty;
                parse_quote_spanned!(span=> ::chakra::Json<#ty>)
            }
        })
    }
}

/// Errors so far; all are shown together.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(syn::Error::new(span, message));
    }

    /// The value of a result; its error is noted.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    pub(crate) fn finish<T>(self, value: T) -> syn::Result<T> {
        self.0.map_or(Ok(value), Err)
    }
}

/// Describes the model that a struct declares.
pub(crate) fn model(input: &DeriveInput) -> syn::Result<Model> {
    let mut errors = Errors::default();
    if let Some(parameter) = input.generics.params.first() {
        errors.add(syn::Error::new_spanned(parameter, "a model has no generic parameters: it is one table"));
    }
    let mut model = Model {
        ident: input.ident.clone(),
        visibility: input.vis.clone(),
        table: None,
        schema: None,
        validate: None,
        options: TableOptions::default(),
        fields: Vec::new(),
        relations: Vec::new(),
        roles: Vec::new(),
    };
    for setting in settings(&input.attrs, &mut errors) {
        struct_setting(&mut model, &setting, &mut errors);
    }
    fields(&mut model, input, &mut errors);
    roles::assign(&mut model, &mut errors);
    table::resolve(&mut model, &mut errors);
    relation::settle(&mut model, &mut errors);
    check_keys(&model, &mut errors);
    check_names(&model, &mut errors);
    errors.finish(model)
}

/// The columns and the relationships.
fn fields(model: &mut Model, input: &DeriveInput, errors: &mut Errors) {
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => Some(&named.named),
            _ => None,
        },
        _ => None,
    };
    let Some(named) = named else {
        errors.at(input.ident.span(), "a model is a struct with named fields, one for each column");
        return;
    };
    for field in named {
        let Some(ident) = field.ident.clone() else { continue };
        let settings = settings(&field.attrs, errors);
        if relation::is_relation(&field.ty, &settings) {
            model.relations.extend(relation::describe(ident, &field.ty, &settings, errors));
        } else {
            model.fields.push(column(ident, field.ty.clone(), &settings, errors));
        }
    }
}

fn column(ident: Ident, ty: Type, settings: &[Setting], errors: &mut Errors) -> Field {
    let mut described = Field::new(ident, ty);
    for setting in settings {
        field_setting(&mut described, setting, errors);
    }
    references::settle(&mut described, errors);
    check_numbers(&described, errors);
    rules::check(&described.rules, described.primary_key, errors);
    described
}

/// The settings of all `#[chakra(…)]` attributes, each name once.
pub(crate) fn settings(attributes: &[Attribute], errors: &mut Errors) -> Vec<Setting> {
    let mut settings: Vec<Setting> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("chakra")) {
        for setting in errors.take(Setting::all(attribute)).unwrap_or_default() {
            if settings.iter().any(|earlier| earlier.name == setting.name) {
                errors.at(setting.name.span(), format_args!("`{}` is given twice", setting.name));
            } else {
                settings.push(setting);
            }
        }
    }
    settings
}

fn struct_setting(model: &mut Model, setting: &Setting, errors: &mut Errors) {
    match setting.name.to_string().as_str() {
        "table" => model.table = errors.take(setting.text()),
        "schema" => model.schema = errors.take(setting.text()),
        "validate" => model.validate = errors.take(setting.path()),
        _ if roles::take(model, setting, errors) => {}
        _ if table::take(&mut model.options, setting, errors) => {}
        _ => errors.add(STRUCT.refuse(&setting.name)),
    }
}

fn field_setting(field: &mut Field, setting: &Setting, errors: &mut Errors) {
    match setting.name.to_string().as_str() {
        "primary_key" => field.primary_key = errors.take(setting.flag()).unwrap_or_default(),
        "auto_increment" => field.auto_increment = errors.take(setting.flag()),
        "unique" => field.unique = errors.take(setting.flag()).unwrap_or_default(),
        "index" => field.index = errors.take(setting.flag()),
        "text" => field.text = errors.take(setting.flag()).unwrap_or_default(),
        "json" => field.json = errors.take(setting.flag()).unwrap_or_default(),
        "char_length" => field.char_length = errors.take(setting.length()),
        "column" => field.column = errors.take(setting.text()),
        "length" => field.length = errors.take(setting.count()),
        "precision" => field.precision = errors.take(setting.count()),
        "scale" => field.scale = errors.take(setting.count()),
        "dimensions" => field.dimensions = errors.take(setting.count()),
        "default" => field.default = errors.take(setting.sql()),
        _ if references::take(field, setting, errors) => {}
        _ if rules::take(&mut field.rules, setting, errors) => {}
        _ => errors.add(FIELD.refuse(&setting.name)),
    }
}

fn check_numbers(field: &Field, errors: &mut Errors) {
    match (&field.precision, &field.scale) {
        (None, Some(scale)) => errors.at(scale.span(), "`scale` needs `precision`, the number of digits in all"),
        (Some(precision), Some(scale)) => {
            let digits = precision.base10_parse::<u32>().ok().zip(scale.base10_parse::<u32>().ok());
            if digits.is_some_and(|(precision, scale)| scale > precision) {
                errors.at(
                    scale.span(),
                    "`scale`, the digits after the point, is more than `precision`, the digits in all",
                );
            }
        }
        _ => {}
    }
    if let Some(length) = field.length.as_ref().filter(|_| field.text) {
        errors.at(length.span(), "`text` has no bound; give `length` or `text`");
    }
    if let Some(length) = field.char_length.as_ref().filter(|_| field.text || field.length.is_some()) {
        errors.at(length.span(), "`char_length` is a type of its own; drop `length` and `text`");
    }
    if field.json && field.primary_key {
        errors.at(field.ident.span(), "a document cannot be the primary key: databases disagree on which are equal");
    }
}

/// The most fields that a tuple of the crate chakra stands for as a key.
const LONGEST_KEY: usize = 32;

fn check_keys(model: &Model, errors: &mut Errors) {
    let keys: Vec<&Field> = model.keys().collect();
    if keys.is_empty() && !model.fields.is_empty() {
        errors
            .at(model.ident.span(), "no field is the primary key; mark one (or several) with `#[chakra(primary_key)]`");
    }
    if let Some(key) = keys.get(LONGEST_KEY) {
        let message = format!("a primary key has at most {LONGEST_KEY} fields, as many as PostgreSQL and MariaDB take");
        errors.at(key.ident.span(), message);
    }
    let is_numbered = |field: &Field| field.auto_increment == Some(true);
    for key in keys.iter().filter(|key| keys.len() > 1 && key.is_option() && !is_numbered(key)) {
        errors.at(
            key.ident.span(),
            "a part of a primary key is never NULL; drop the `Option`, or let the database number it by `auto_increment`",
        );
    }
    for (number, field) in model.fields.iter().filter(|field| is_numbered(field)).enumerate() {
        if !field.primary_key {
            errors.at(field.ident.span(), "only a field of the primary key can be `auto_increment`");
        } else if number > 0 {
            errors.at(field.ident.span(), "only one field can be `auto_increment`");
        } else if field.default.is_some() {
            errors.at(field.ident.span(), "`auto_increment` and `default` exclude each other; leave out one of them");
        }
    }
}

fn check_names(model: &Model, errors: &mut Errors) {
    for relation in &model.relations {
        let name = relation.name();
        if names::VERBS.contains(&name.as_str()) {
            let message = format!("a relationship `{name}` would hide `{}::{name}`; name it otherwise", model.ident);
            errors.at(relation.ident.span(), message);
        }
    }
    for (position, field) in model.fields.iter().enumerate() {
        let name = field.name();
        if names::VERBS.contains(&name.as_str()) {
            errors.at(
                field.ident.span(),
                format_args!(
                    "a field `{name}` would hide `{}::{name}`; name the field otherwise and keep the column with `#[chakra(column = \"{name}\")]`",
                    model.ident
                ),
            );
        }
        let column = field.column_name();
        if let Some(other) = model.fields[..position].iter().find(|other| other.column_name() == column) {
            errors
                .at(field.ident.span(), format_args!("column \"{column}\" is already the column of `{}`", other.ident));
        }
    }
}
