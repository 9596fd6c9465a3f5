//! Rules of fields, validators and what updates write, as tokens.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::parse::{Field, Model, Operand, is_callable};

/// Calls that compile only where the field's type takes its rules.
pub(super) fn checks(field: &Field) -> impl Iterator<Item = TokenStream> {
    let rules = &field.rules;
    let functions = [
        (rules.min_value.is_some() || rules.max_value.is_some()).then(|| quote!(takes_bounds)),
        (rules.min_length.is_some() || rules.max_length.is_some()).then(|| quote!(takes_lengths)),
        rules.pattern.is_some().then(|| quote!(takes_pattern)),
    ];
    functions.into_iter().flatten()
}

/// The parts of a column's description that say its rules.
pub(super) fn draft(field: &Field) -> Vec<TokenStream> {
    let (rules, ty) = (&field.rules, &field.ty);
    let bound = |name: &str, value: &Operand| {
        let (method, value) = (quote::format_ident!("{name}"), operand(value, ty));
        quote!(.#method(#value))
    };
    let mut parts = Vec::new();
    parts.extend(rules.min_value.as_ref().map(|value| bound("min_value", value)));
    parts.extend(rules.max_value.as_ref().map(|value| bound("max_value", value)));
    parts.extend(rules.min_length.as_ref().map(|length| quote!(.min_length(#length))));
    parts.extend(rules.max_length.as_ref().map(|length| quote!(.max_length(#length))));
    parts.extend(rules.pattern.as_ref().map(|text| quote!(.pattern(#text))));
    if !rules.choices.is_empty() {
        let choices = rules.choices.iter().map(|choice| self::operand(choice, ty));
        parts.push(quote!(.choices(::std::vec![#(#choices),*])));
    }
    parts.extend(rules.check.as_ref().map(|text| quote!(.check(#text))));
    parts.extend(rules.db_check.map(|yes| quote!(.db_check(#yes))));
    parts.extend(rules.comment.as_ref().map(|text| quote!(.comment(#text))));
    parts
}

/// A value of a rule. A literal goes through a trait that says which types it may stand for; the type is an argument,
/// so that the compiler points at the literal.
fn operand(value: &Operand, ty: &syn::Type) -> TokenStream {
    let span = value.span();
    match value {
        Operand::Integer { negative, number } => {
            let digits = signed(*negative, number.base10_digits());
            quote_spanned!(span=> ::chakra::private::integer(::chakra::private::Field::<#ty>::NEW, #digits))
        }
        Operand::Float { negative, number } => {
            let digits = signed(*negative, number.base10_digits());
            quote_spanned!(span=> ::chakra::private::decimal(::chakra::private::Field::<#ty>::NEW, #digits))
        }
        Operand::Text(text) => {
            quote_spanned!(span=> ::chakra::private::text(::chakra::private::Field::<#ty>::NEW, #text))
        }
        Operand::Expression(expression) => quote_spanned!(span=> ::chakra::private::operand::<#ty>(#expression)),
    }
}

fn signed(negative: bool, digits: &str) -> String {
    if negative { format!("-{digits}") } else { digits.to_owned() }
}

/// The functions of the model that validators and `on_update` ask for.
pub(super) fn functions(model: &Model) -> TokenStream {
    let parts = [check_value(model), check_whole(model), on_update(model)];
    quote!(#(#parts)*)
}

fn check_value(model: &Model) -> TokenStream {
    let arms: Vec<TokenStream> = model
        .fields
        .iter()
        .enumerate()
        .filter_map(|(position, field)| {
            let (path, ty) = (field.rules.validate.as_ref()?, field.column_type());
            let value = if field.json { quote!(&value.0) } else { quote!(&value) };
            let call = quote_spanned!(path.span()=> #path(#value));
            Some(quote! {
                #position => match ::chakra::private::given::<#ty>(value)? {
                    ::core::option::Option::Some(value) => {
                        #call.map_err(|refusal| ::std::string::ToString::to_string(&refusal))
                    }
                    ::core::option::Option::None => ::core::result::Result::Ok(()),
                }
            })
        })
        .collect();
    if arms.is_empty() {
        return TokenStream::new();
    }
    quote! {
        fn check_value(
            position: usize,
            value: &::chakra::private::Value,
        ) -> ::core::result::Result<(), ::std::string::String> {
            match position {
                #(#arms,)*
                _ => ::core::result::Result::Ok(()),
            }
        }
    }
}

fn check_whole(model: &Model) -> TokenStream {
    let Some(path) = &model.validate else { return TokenStream::new() };
    let this = quote!(self);
    let call = quote_spanned!(path.span()=> #path(#this));
    quote! {
        fn check_whole(&self) -> ::core::result::Result<(), ::std::string::String> {
            #call.map_err(|refusal| ::std::string::ToString::to_string(&refusal))
        }
    }
}

fn on_update(model: &Model) -> TokenStream {
    let fields: Vec<(usize, &Field, TokenStream)> = model
        .fields
        .iter()
        .enumerate()
        .filter_map(|(position, field)| {
            let (value, ty) = (field.rules.on_update.as_ref()?, &field.ty);
            let made = if is_callable(value) {
                quote_spanned!(value.span()=> ::chakra::private::called(#value))
            } else {
                quote_spanned!(value.span()=> #value)
            };
            let into = if field.json { quote!(DocumentField) } else { quote!(FieldValue) };
            // The type is named, so that a wrong one is told where it is.
            Some((position, field, quote_spanned!(value.span()=> ::chakra::private::#into::<#ty>::into_field(#made))))
        })
        .collect();
    if fields.is_empty() {
        return TokenStream::new();
    }
    let values = fields.iter().map(|(position, field, made)| {
        let ty = &field.ty;
        let value = match (field.json, field.is_option()) {
            (false, _) => quote!(::chakra::private::value::<#ty>(table, #position, &#made)?),
            (true, false) => quote!(::chakra::private::document_at(
                table, #position, ::core::option::Option::Some(&#made)
            )?),
            (true, true) => quote!(::chakra::private::document_at(table, #position, #made.as_ref())?),
        };
        quote!((#position, #value))
    });
    let assignments = fields.iter().map(|(_, field, made)| {
        let name = &field.ident;
        quote!(self.#name = #made;)
    });
    quote! {
        fn on_update() -> ::chakra::Result<::std::vec::Vec<(usize, ::chakra::private::Value)>> {
            let table = <Self as ::chakra::Model>::table();
            ::core::result::Result::Ok(::std::vec![#(#values),*])
        }

        fn apply_on_update(&mut self) {
            #(#assignments)*
        }
    }
}
