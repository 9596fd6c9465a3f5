//! What a struct says of its table besides fields, as tokens.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::optional;
use crate::parse::{Argument, Field, ForeignKey, Index, Model, Part};

/// The calls that describe the table's options, in the order in which both languages apply them.
pub(super) fn options(model: &Model) -> Vec<TokenStream> {
    let options = &model.options;
    let mut calls = Vec::new();
    calls.extend(options.comment.as_ref().map(|text| quote!(.comment(#text))));
    calls.extend(options.verbose_name.as_ref().map(|text| quote!(.verbose_name(#text))));
    calls.extend(options.verbose_name_plural.as_ref().map(|text| quote!(.verbose_name_plural(#text))));
    calls.extend(options.ordering.iter().map(|(position, descending)| quote!(.order(#position, #descending))));
    calls.extend(model.fields.iter().enumerate().filter_map(reference));
    calls.extend(options.arguments.iter().map(argument));
    calls
}

/// The foreign key of one field.
fn reference((position, field): (usize, &Field)) -> Option<TokenStream> {
    let target = field.reference.target.as_ref()?;
    let (on_delete, on_update) = (action(field.reference.on_delete), action(field.reference.on_update));
    let indexed = field.index != Some(false);
    let name = optional(None);
    Some(quote!(.foreign_key(#name, ::std::vec![#position], &[#target], #on_delete, #on_update, #indexed)))
}

fn argument(argument: &Argument) -> TokenStream {
    match argument {
        Argument::Index(index) => self::index(index),
        Argument::Unique { name, columns } => {
            let name = optional(name.as_ref());
            quote!(.unique(#name, ::std::vec![#(#columns),*]))
        }
        Argument::Check { name, expression } => {
            let name = optional(name.as_ref());
            quote!(.check(#name, #expression))
        }
        Argument::ForeignKey(key) => foreign_key(key),
    }
}

fn foreign_key(key: &ForeignKey) -> TokenStream {
    let (name, columns, targets) = (optional(key.name.as_ref()), &key.columns, &key.targets);
    let (on_delete, on_update, indexed) = (action(key.on_delete), action(key.on_update), !key.not_indexed);
    quote! {
        .foreign_key(#name, ::std::vec![#(#columns),*], &[#(#targets),*], #on_delete, #on_update, #indexed)
    }
}

fn action(variant: Option<&str>) -> TokenStream {
    let variant = format_ident!("{}", variant.unwrap_or("NoAction"));
    quote!(::chakra::private::Action::#variant)
}

fn index(index: &Index) -> TokenStream {
    let parts = index.parts.iter().map(|part| match part {
        Part::Column { position, descending } => quote!(::chakra::private::column_part(#position, #descending)),
        Part::Expression(sql) => quote!(::chakra::private::expression_part(#sql)),
    });
    let (name, unique) = (optional(index.name.as_ref()), index.unique);
    let (filter, method) = (optional(index.filter.as_ref()), optional(index.method.as_ref()));
    quote!(.index(#name, ::std::vec![#(#parts),*], #unique, #filter, #method))
}
