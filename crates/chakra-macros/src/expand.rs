//! From a model's description to tokens: thin, and naming nothing but `chakra::private` and public traits.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Ident, LitStr};

use crate::parse::{Field, Model};

/// Everything that `#[derive(Model)]` makes.
pub(crate) fn model(model: &Model) -> TokenStream {
    let implementation = implementation(model);
    let columns = columns(model);
    let optional_key = optional_key(model);
    let ident = &model.ident;
    quote! {
        #implementation
        #columns
        #optional_key
        ::chakra::private::inventory::submit! {
            ::chakra::private::Registered(<#ident as ::chakra::Model>::table)
        }
    }
}

fn implementation(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let table = table(model);
    let values = values(model);
    let (names, positions) = names_and_positions(model);
    let key = key(model);
    quote! {
        #[automatically_derived]
        impl ::chakra::Model for #ident {
            #table
            #values

            fn from_row(row: ::chakra::private::Row<'_>) -> ::chakra::Result<Self> {
                ::core::result::Result::Ok(Self { #(#names: row.get(#positions)?),* })
            }

            #key
        }
    }
}

fn names_and_positions(model: &Model) -> (Vec<&Ident>, Vec<usize>) {
    (model.fields.iter().map(|field| &field.ident).collect(), (0..model.fields.len()).collect())
}

fn table(model: &Model) -> TokenStream {
    let name = model.ident.to_string();
    let (table, schema) = (optional(model.table.as_ref()), optional(model.schema.as_ref()));
    let single_key = model.keys().count() == 1;
    let drafts = model.fields.iter().map(|field| draft(field, single_key));
    quote! {
        fn table() -> &'static ::chakra::private::TableRef {
            static TABLE: ::chakra::private::OnceLock<::chakra::private::TableRef> =
                ::chakra::private::OnceLock::new();
            TABLE.get_or_init(|| {
                ::chakra::private::table(#name, #table, #schema, ::std::vec![#(#drafts),*])
            })
        }
    }
}

fn optional(text: Option<&LitStr>) -> TokenStream {
    match text {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    }
}

/// One column's description. An option's call has the option's span, so that the compiler points at it when
/// the field's type does not take it.
fn draft(field: &Field, single_key: bool) -> TokenStream {
    let (name, ty) = (field.name(), &field.ty);
    let mut draft = quote!(::chakra::private::Draft::<#ty>::new(#name));
    let mut call = |tokens: TokenStream| draft.extend(tokens);
    if let Some(column) = &field.column {
        call(quote!(.column(#column)));
    }
    if field.primary_key {
        call(if single_key { quote!(.primary_key()) } else { quote!(.key_part()) });
    }
    match field.auto_increment {
        Some((true, span)) => call(quote_spanned!(span=> .auto_increment())),
        Some((false, _)) => call(quote!(.no_auto_increment())),
        None => {}
    }
    if field.unique {
        call(quote!(.unique()));
    }
    if field.index {
        call(quote!(.index()));
    }
    if let Some(length) = &field.length {
        call(quote_spanned!(length.span()=> .length(#length)));
    }
    if let Some(span) = field.text {
        call(quote_spanned!(span=> .text()));
    }
    if let Some(precision) = &field.precision {
        let scale = field.scale.as_ref().map_or_else(|| quote!(0), |scale| quote!(#scale));
        call(quote_spanned!(precision.span()=> .decimal(#precision, #scale)));
    }
    if let Some(default) = &field.default {
        call(quote!(.default(#default)));
    }
    quote!(#draft.done())
}

fn values(model: &Model) -> TokenStream {
    let (names, positions) = names_and_positions(model);
    quote! {
        fn values(&self) -> ::chakra::Result<::std::vec::Vec<::chakra::private::Value>> {
            let table = <Self as ::chakra::Model>::table();
            ::core::result::Result::Ok(::std::vec![
                #(::chakra::private::value(table, #positions, &self.#names)?),*
            ])
        }
    }
}

fn key(model: &Model) -> TokenStream {
    let (names, types): (Vec<_>, Vec<_>) = model.keys().map(|field| (&field.ident, &field.ty)).unzip();
    let scalars = types.iter().map(|ty| quote!(<#ty as ::chakra::private::ColumnValue>::Scalar));
    let parts = names.iter().map(|name| quote!(::chakra::private::KeyField::key(&self.#name)?));
    let (key, value, set) = if let ([name], [ty]) = (names.as_slice(), types.as_slice()) {
        (
            quote!(<#ty as ::chakra::private::ColumnValue>::Scalar),
            quote!(::chakra::private::KeyField::key(&self.#name)),
            quote!(::chakra::private::set_key(&mut self.#name, row)),
        )
    } else {
        // The database makes no part of a composite key, so there is nothing to take over.
        (
            quote!((#(#scalars),*)),
            quote!(::core::option::Option::Some((#(#parts),*))),
            quote!({ let _ = row; ::core::result::Result::Ok(()) }),
        )
    };
    quote! {
        type Key = #key;

        fn key(&self) -> ::core::option::Option<Self::Key> {
            #value
        }

        fn set_key(&mut self, row: ::chakra::private::Row<'_>) -> ::chakra::Result<()> {
            #set
        }
    }
}

fn columns(model: &Model) -> TokenStream {
    let (ident, visibility) = (&model.ident, &model.visibility);
    let functions = model.fields.iter().enumerate().map(|(position, field)| {
        let (name, ty) = (&field.ident, &field.ty);
        let documentation = format!("The column of `{}`.", field.name());
        quote! {
            #[doc = #documentation]
            #visibility fn #name() -> ::chakra::private::Column<Self, #ty> {
                ::chakra::private::Column::at(#position)
            }
        }
    });
    quote! {
        #[automatically_derived]
        #[allow(dead_code, clippy::must_use_candidate)]
        impl #ident {
            #(#functions)*
        }
    }
}

/// A model whose single key is an `Option` can tell new objects from stored ones.
fn optional_key(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let mut keys = model.keys();
    match (keys.next(), keys.next()) {
        (Some(key), None) if key.is_option() => quote! {
            #[automatically_derived]
            impl ::chakra::private::OptionalKey for #ident {}
        },
        _ => TokenStream::new(),
    }
}
