//! `#[derive(ChakraEnum)]`: from an enum to the texts of its variants.

use heck::{ToKebabCase, ToLowerCamelCase, ToPascalCase, ToShoutyKebabCase, ToShoutySnakeCase, ToSnakeCase};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Ident, LitStr};

use crate::parse::names::{ENUM, VARIANT};
use crate::parse::{Errors, settings};

/// An enum, as it is declared.
pub(crate) struct Enumeration {
    ident: Ident,
    name: String,
    native: bool,
    variants: Vec<(Ident, String)>,
}

/// Makes a text of a variant's name.
type Case = fn(&str) -> String;

/// The ways to make a text of a variant's name, as serde calls them.
const CASES: [(&str, Case); 8] = [
    ("lowercase", |name| name.to_lowercase()),
    ("UPPERCASE", |name| name.to_uppercase()),
    ("PascalCase", |name| name.to_pascal_case()),
    ("camelCase", |name| name.to_lower_camel_case()),
    ("snake_case", |name| name.to_snake_case()),
    ("SCREAMING_SNAKE_CASE", |name| name.to_shouty_snake_case()),
    ("kebab-case", |name| name.to_kebab_case()),
    ("SCREAMING-KEBAB-CASE", |name| name.to_shouty_kebab_case()),
];

/// Describes the enumeration that an enum declares.
pub(crate) fn parse(input: &DeriveInput) -> syn::Result<Enumeration> {
    let mut errors = Errors::default();
    if let Some(parameter) = input.generics.params.first() {
        errors.add(syn::Error::new_spanned(parameter, "an enumeration of a column has no generic parameters"));
    }
    let ident = input.ident.clone();
    let mut enumeration =
        Enumeration { name: ident.unraw().to_string().to_snake_case(), ident, native: false, variants: Vec::new() };
    let mut case: Case = str::to_owned;
    for setting in settings(&input.attrs, &mut errors) {
        match setting.name.to_string().as_str() {
            "name" => enumeration.name = errors.take(setting.text()).map_or_else(String::new, |name| name.value()),
            "native" => enumeration.native = errors.take(setting.flag()).unwrap_or_default(),
            "rename_all" => {
                if let Some(found) = errors.take(setting.text()).and_then(|given| case_of(&given, &mut errors)) {
                    case = found;
                }
            }
            _ => errors.add(ENUM.refuse(&setting.name)),
        }
    }
    variants(input, case, &mut enumeration, &mut errors);
    errors.finish(enumeration)
}

fn case_of(given: &LitStr, errors: &mut Errors) -> Option<Case> {
    let found = CASES.iter().find(|(name, _)| *name == given.value()).map(|(_, case)| *case);
    if found.is_none() {
        let names: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
        errors.at(given.span(), format_args!("`rename_all` takes one of {}", names.join(", ")));
    }
    found
}

fn variants(input: &DeriveInput, case: Case, enumeration: &mut Enumeration, errors: &mut Errors) {
    let Data::Enum(data) = &input.data else {
        errors.at(input.ident.span(), "an enumeration is an enum whose variants have no fields");
        return;
    };
    if data.variants.is_empty() {
        errors.at(input.ident.span(), "an enumeration has at least one variant");
    }
    for variant in &data.variants {
        let ident = &variant.ident;
        if !matches!(variant.fields, Fields::Unit) {
            errors.at(ident.span(), "a variant of an enumeration has no fields: a column keeps its name alone");
        }
        let mut text = case(&ident.unraw().to_string());
        for setting in settings(&variant.attrs, errors) {
            match setting.name.to_string().as_str() {
                "rename" => text = errors.take(setting.text()).map_or(text, |given| given.value()),
                _ => errors.add(VARIANT.refuse(&setting.name)),
            }
        }
        if text.contains('\0') {
            errors.at(ident.span(), "a text with a NUL character cannot be stored");
        }
        if let Some((other, _)) = enumeration.variants.iter().find(|(_, other)| *other == text) {
            errors.at(ident.span(), format_args!("{text:?} is already the text of `{other}`"));
        }
        enumeration.variants.push((ident.clone(), text));
    }
}

/// What `#[derive(ChakraEnum)]` makes.
pub(crate) fn expand(enumeration: &Enumeration) -> TokenStream {
    let Enumeration { ident, name, native, variants } = enumeration;
    let (idents, texts): (Vec<&Ident>, Vec<&String>) = variants.iter().map(|(ident, text)| (ident, text)).unzip();
    let numbers = 0..idents.len();
    let also = numbers.clone();
    quote! {
        #[automatically_derived]
        impl ::chakra::ChakraEnum for #ident {
            const NAME: &'static str = #name;
            const VALUES: &'static [&'static str] = &[#(#texts),*];
            const NATIVE: bool = #native;

            fn ordinal(&self) -> usize {
                match self {
                    #(Self::#idents => #numbers),*
                }
            }

            fn from_ordinal(number: usize) -> ::core::option::Option<Self> {
                ::core::option::Option::Some(match number {
                    #(#also => Self::#idents,)*
                    _ => return ::core::option::Option::None,
                })
            }
        }

        #[automatically_derived]
        impl ::chakra::private::Scalar for #ident {
            fn sql_type() -> ::chakra::types::SqlType {
                ::chakra::types::SqlType::Enum(::chakra::private::enum_type::<Self>())
            }

            fn to_value(&self) -> ::core::result::Result<::chakra::private::Value, ::std::string::String> {
                ::core::result::Result::Ok(::chakra::private::label(self))
            }

            fn from_text(text: &str) -> ::core::result::Result<Self, ::std::string::String> {
                ::chakra::private::variant(text)
            }
        }

        #[automatically_derived]
        impl ::chakra::private::ElementScalar for #ident {}

        #[automatically_derived]
        impl ::chakra::private::OrderedScalar for #ident {}
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn told(input: &DeriveInput) -> Vec<String> {
        parse(input).err().into_iter().flatten().map(|error| error.to_string()).collect()
    }

    fn texts(input: &DeriveInput) -> Vec<String> {
        parse(input).unwrap().variants.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn texts_are_names_unless_told_otherwise() {
        assert_eq!(texts(&parse_quote! { enum Mood { SoSo, r#Fine } }), ["SoSo", "Fine"]);
        for (case, text) in [
            ("lowercase", "soso"),
            ("UPPERCASE", "SOSO"),
            ("PascalCase", "SoSo"),
            ("camelCase", "soSo"),
            ("snake_case", "so_so"),
            ("SCREAMING_SNAKE_CASE", "SO_SO"),
            ("kebab-case", "so-so"),
            ("SCREAMING-KEBAB-CASE", "SO-SO"),
        ] {
            let input = parse_quote! {
                #[chakra(rename_all = #case)]
                enum Mood { SoSo, #[chakra(rename = "it's fine")] Fine }
            };
            assert_eq!(texts(&input), [text, "it's fine"]);
        }
        let named = parse(&parse_quote! { #[chakra(name = "m", native)] enum MyMood { A } }).unwrap();
        assert_eq!((named.name.as_str(), named.native), ("m", true));
        assert_eq!(parse(&parse_quote! { enum MyMood { A } }).unwrap().name, "my_mood");
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let all = told(&parse_quote! {
            #[chakra(rename_al = "x", rename_all = "Snake")]
            enum Mood<T> { A, #[chakra(rename = "A")] B, C(i32), #[chakra(renam = "d")] D, #[chakra(rename = 1)] E }
        });
        let expected = [
            "an enumeration of a column has no generic parameters",
            "unknown enumeration option `rename_al`; did you mean `rename_all`?",
            "`rename_all` takes one of lowercase, UPPERCASE, PascalCase, camelCase, snake_case, SCREAMING_SNAKE_CASE, kebab-case, SCREAMING-KEBAB-CASE",
            "\"A\" is already the text of `A`",
            "a variant of an enumeration has no fields: a column keeps its name alone",
            "unknown variant option `renam`; did you mean `rename`?",
            "`rename` takes `rename = \"…\"`",
        ];
        assert_eq!(all, expected);
        assert_eq!(told(&parse_quote! { enum Mood {} }), ["an enumeration has at least one variant"]);
        assert_eq!(told(&parse_quote! { struct Mood; }), ["an enumeration is an enum whose variants have no fields"]);
    }
}
