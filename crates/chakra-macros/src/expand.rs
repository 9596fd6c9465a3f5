//! From a model's description to tokens: thin, and naming nothing but `chakra::private` and public traits.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::LitStr;
use syn::spanned::Spanned;

mod relation;
mod rules;
mod table;

use crate::parse::{Field, Model, Role};

/// Everything that `#[derive(Model)]` makes.
pub(crate) fn model(model: &Model) -> TokenStream {
    let implementation = implementation(model);
    let (columns, relations) = (columns(model), relation::functions(model));
    let (optional_key, soft_delete) = (optional_key(model), soft_delete(model));
    let (ident, name) = (&model.ident, model.ident.to_string());
    quote! {
        #implementation
        #columns
        #relations
        #optional_key
        #soft_delete
        ::chakra::private::inventory::submit! {
            ::chakra::private::Registered::new(
                <#ident as ::chakra::Model>::table,
                <#ident as ::chakra::Model>::relations,
                ::core::concat!(::core::module_path!(), "::", #name),
                ::core::concat!(::core::file!(), ":", ::core::line!()),
            )
        }
    }
}

fn implementation(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let table = table(model);
    let values = values(model);
    let key = key(model);
    let rules = rules::functions(model);
    let (set_value, value_at, related_fields) = (set_value(model), value_at(model), relation::fields(model));
    let (relations, unloaded) = (relation::declarations(model), relation::unloaded(model));
    let name = ident.to_string();
    let read = model.fields.iter().enumerate().map(|(position, field)| {
        let (name, ty) = (&field.ident, field.column_type());
        let row = quote!(row);
        let read = quote_spanned!(ty.span()=> #row.get::<#ty>(#position)?);
        match (field.json, field.is_option()) {
            (false, _) => quote!(#name: #read),
            (true, false) => quote!(#name: #read.0),
            (true, true) => quote!(#name: #read.map(|document| document.0)),
        }
    });
    quote! {
        #[automatically_derived]
        impl ::chakra::Model for #ident {
            #table
            #values

            fn from_row(row: ::chakra::private::Row<'_>) -> ::chakra::Result<Self> {
                ::core::result::Result::Ok(Self { #(#read,)* #(#unloaded,)* })
            }

            #[doc(hidden)]
            const PATH: &'static str = ::core::concat!(::core::module_path!(), "::", #name);

            #relations

            #key

            #rules

            #set_value

            #value_at

            #related_fields
        }
    }
}

fn table(model: &Model) -> TokenStream {
    let name = model.ident.to_string();
    let (table, schema) = (optional(model.table.as_ref()), optional(model.schema.as_ref()));
    let single_key = model.keys().count() == 1;
    let drafts = model.fields.iter().map(|field| draft(field, single_key));
    let checks = model.fields.iter().flat_map(checks);
    let options = table::options(model);
    quote! {
        fn table() -> &'static ::chakra::private::TableRef {
            static TABLE: ::chakra::private::OnceLock<::chakra::private::TableRef> =
                ::chakra::private::OnceLock::new();
            TABLE.get_or_init(|| {
                #(#checks)*
                ::chakra::private::TableDraft::new(#name, #table, #schema, ::std::vec![#(#drafts),*])
                    #(#options)*
                    .done()
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

/// Calls that compile only where the field's type takes its options. The type stands in them with its own
/// span, so that the compiler points at the field.
fn checks(field: &Field) -> Vec<TokenStream> {
    let ty = field.column_type();
    let takes_auto_increment = matches!(field.auto_increment, Some(true)).then(|| quote!(takes_auto_increment));
    let functions = [
        Some(quote!(is_column)),
        takes_auto_increment,
        field.length.as_ref().map(|_| quote!(takes_length)),
        field.text.then(|| quote!(takes_text)),
        field.char_length.as_ref().map(|_| quote!(takes_char_length)),
        field.precision.as_ref().map(|_| quote!(takes_precision)),
        field.role.map(|role| {
            let function = format_ident!("{}", role.check());
            quote!(#function)
        }),
        field.dimensions.as_ref().map(|_| quote!(takes_dimensions)),
        field.default.as_ref().and_then(|default| default.check).map(|check| {
            let function = format_ident!("{check}");
            quote!(#function)
        }),
    ];
    functions
        .into_iter()
        .flatten()
        .chain(rules::checks(field))
        .map(|function| quote!(::chakra::private::#function::<#ty>();))
        .collect()
}

/// Whether the database numbers the rows, where the field says so: a key with a default of its own is not numbered.
fn numbers(field: &Field) -> Option<bool> {
    field.auto_increment.or_else(|| (field.primary_key && field.default.is_some()).then_some(false))
}

/// One column's description.
fn draft(field: &Field, single_key: bool) -> TokenStream {
    let (name, ty) = (field.name(), field.column_type());
    let key = field.primary_key.then(|| if single_key { quote!(.primary_key()) } else { quote!(.key_part()) });
    let options = [
        field.column.as_ref().map(|column| quote!(.column(#column))),
        key,
        numbers(field).map(|yes| quote!(.auto_increment(#yes))),
        field.unique.then(|| quote!(.unique())),
        field.index.filter(|yes| *yes).map(|_| quote!(.index())),
        field.length.as_ref().map(|length| quote!(.length(#length))),
        field.text.then(|| quote!(.text())),
        field.char_length.as_ref().map(|length| quote!(.char_length(#length))),
        field.precision.as_ref().map(|precision| {
            let scale = field.scale.as_ref().map_or_else(|| quote!(0), |scale| quote!(#scale));
            quote!(.decimal(#precision, #scale))
        }),
        field.dimensions.as_ref().map(|dimensions| quote!(.dimensions(#dimensions))),
        field.default.as_ref().map(|default| {
            let sql = &default.sql;
            quote!(.default(#sql))
        }),
        field.role.map(|role| {
            let variant = format_ident!("{}", role.variant());
            quote!(.role(::chakra::private::Role::#variant))
        }),
    ];
    let options = options.into_iter().flatten().chain(rules::draft(field));
    // With the field's own span, so that errors can tell where it is declared.
    let new = quote_spanned!(field.ident.span()=> ::chakra::private::Draft::<#ty>::new(#name));
    quote!(#new #(#options)* .done())
}

fn values(model: &Model) -> TokenStream {
    // A local name has the derive's own span: where a macro wrote the struct, another one knows no `self` of it.
    let this = quote!(self);
    let values = model.fields.iter().map(|field| {
        let (name, ty) = (&field.ident, &field.ty);
        if field.role.is_some_and(Role::is_stamp) {
            // The engine writes it, whatever the object holds.
            return quote!(::core::result::Result::Ok(::chakra::private::no_instant()));
        }
        match (field.json, field.is_option()) {
            (false, _) => {
                quote_spanned!(ty.span()=> <#ty as ::chakra::private::ColumnValue>::to_value(&#this.#name))
            }
            (true, false) => {
                quote_spanned!(ty.span()=> ::chakra::private::document(::core::option::Option::Some(&#this.#name)))
            }
            (true, true) => quote_spanned!(ty.span()=> ::chakra::private::document(#this.#name.as_ref())),
        }
    });
    quote! {
        fn values(&self) -> ::chakra::Result<::std::vec::Vec<::chakra::private::Value>> {
            ::chakra::private::values(<Self as ::chakra::Model>::table(), ::std::vec![#(#values),*])
        }
    }
}

/// One value by itself, of models whose relationships ask for it.
fn value_at(model: &Model) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let arms = model.fields.iter().enumerate().map(|(position, field)| {
        let (name, ty) = (&field.ident, &field.ty);
        let value = match (field.role.is_some_and(Role::is_stamp), field.json, field.is_option()) {
            (true, _, _) => quote!(::core::result::Result::Ok(::chakra::private::no_instant())),
            (_, false, _) => quote!(::chakra::private::value::<#ty>(table, position, &self.#name)),
            (_, true, false) => {
                quote!(::chakra::private::document_at(table, position, ::core::option::Option::Some(&self.#name)))
            }
            (_, true, true) => quote!(::chakra::private::document_at(table, position, self.#name.as_ref())),
        };
        quote!(#position => #value)
    });
    quote! {
        fn value_at(&self, position: usize) -> ::chakra::Result<::chakra::private::Value> {
            let table = <Self as ::chakra::Model>::table();
            match position {
                #(#arms,)*
                _ => ::core::result::Result::Err(::chakra::private::no_column(table, position)),
            }
        }
    }
}

fn key(model: &Model) -> TokenStream {
    let (names, types): (Vec<_>, Vec<_>) = model.keys().map(|field| (&field.ident, &field.ty)).unzip();
    let scalars = types.iter().map(|ty| quote!(<#ty as ::chakra::private::ColumnValue>::Scalar));
    let parts = names.iter().map(|name| quote!(::chakra::private::KeyField::key(&self.#name)?));
    let (key, value) = if let ([name], [ty]) = (names.as_slice(), types.as_slice()) {
        (quote!(<#ty as ::chakra::private::ColumnValue>::Scalar), quote!(::chakra::private::KeyField::key(&self.#name)))
    } else {
        (quote!((#(#scalars),*)), quote!(::core::option::Option::Some((#(#parts),*))))
    };
    let set = match model.numbered() {
        Some(Field { ident, .. }) => quote!(::chakra::private::set_key(&mut self.#ident, row)),
        // The database makes no part of the key, so there is nothing to take over.
        None => quote!({
            let _ = row;
            ::core::result::Result::Ok(())
        }),
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
        let (name, ty) = (&field.ident, field.column_type());
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
        #[allow(dead_code, clippy::must_use_candidate, clippy::self_named_constructors)]
        impl #ident {
            #(#functions)*
        }
    }
}

/// Sets fields by their place.
fn set_value(model: &Model) -> TokenStream {
    // A local name has the derive's own span: where a macro wrote the struct, another one knows no `self` of it.
    let (this, given) = (quote!(self), quote!(value));
    let arms = model.fields.iter().enumerate().map(|(position, field)| {
        let (name, ty) = (&field.ident, &field.ty);
        let function = match (field.json, field.is_option()) {
            (false, _) => quote!(replace),
            (true, false) => quote!(replace_document),
            (true, true) => quote!(replace_optional_document),
        };
        quote_spanned!(ty.span()=> #position => ::chakra::private::#function(&mut #this.#name, #given))
    });
    quote! {
        fn set_value(
            &mut self,
            position: usize,
            value: &::chakra::private::Value,
        ) -> ::core::result::Result<::core::option::Option<::chakra::private::Value>, ::std::string::String> {
            match position {
                #(#arms,)*
                _ => ::core::result::Result::Ok(::core::option::Option::None),
            }
        }
    }
}

/// A model whose rows are marked when they are deleted.
fn soft_delete(model: &Model) -> TokenStream {
    let ident = &model.ident;
    if !model.has_role(Role::DeletedAt) {
        return TokenStream::new();
    }
    quote! {
        #[automatically_derived]
        impl ::chakra::model::SoftDelete for #ident {}
    }
}

/// A model of which the part of the key that the database makes is an `Option` can tell new objects from stored ones.
fn optional_key(model: &Model) -> TokenStream {
    let ident = &model.ident;
    match model.numbered() {
        Some(key) if key.is_option() => quote! {
            #[automatically_derived]
            impl ::chakra::private::OptionalKey for #ident {}
        },
        _ => TokenStream::new(),
    }
}
