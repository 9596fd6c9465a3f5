//! Relationships as tokens: what they are, and the functions that name them.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::parse::{Argument, Model, Relation};

/// The model's relationships as data.
pub(super) fn declarations(model: &Model) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let drafts = model.relations.iter().map(draft);
    quote! {
        fn relations() -> &'static ::chakra::private::Relations {
            static RELATIONS: ::chakra::private::OnceLock<::chakra::private::Relations> =
                ::chakra::private::OnceLock::new();
            RELATIONS.get_or_init(|| ::chakra::private::Relations::new(::std::vec![#(#drafts),*]))
        }
    }
}

fn draft(relation: &Relation) -> TokenStream {
    let (name, ty) = (relation.name(), &relation.ty);
    let kind = format_ident!("{}", relation.kind.map_or("ManyToOne", |kind| kind.variant()));
    let foreign_key = (!relation.foreign_key.is_empty()).then(|| {
        let names = &relation.foreign_key;
        quote!(.foreign_key(&[#(#names),*]))
    });
    let options = [
        foreign_key,
        relation.back_populates.as_ref().map(|name| quote!(.back_populates(#name))),
        relation.through.as_ref().map(|table| quote!(.through(#table))),
        relation.through_fields.as_ref().map(|(mine, theirs)| quote!(.through_fields(#mine, #theirs))),
        relation.symmetrical.then(|| quote!(.symmetrical())),
    ];
    let options = options.into_iter().flatten();
    let new = quote_spanned!(ty.span()=> ::chakra::private::RelationDraft::new::<#ty>);
    quote!(#new(#name, ::chakra::private::RelationshipKind::#kind) #(#options)*)
}

/// The fields of an object that was just read.
pub(super) fn unloaded(model: &Model) -> impl Iterator<Item = TokenStream> {
    model.relations.iter().map(|relation| {
        let (ident, name) = (&relation.ident, format!("{}::{}", model.ident, relation.name()));
        quote!(#ident: ::chakra::Related::unloaded(#name))
    })
}

/// Sets the fields that refer to other rows.
pub(super) fn take_reference(model: &Model) -> TokenStream {
    let is_named = |name: &str| {
        let named = model.relations.iter().flat_map(|relation| &relation.foreign_key);
        named.into_iter().any(|key| key.value() == name)
    };
    let is_key = |position: usize| {
        model.options.arguments.iter().any(|argument| match argument {
            Argument::ForeignKey(key) => key.columns.contains(&position),
            _ => false,
        })
    };
    let fields = model.fields.iter().enumerate().filter(|(position, field)| {
        !field.json && (field.reference.target.is_some() || is_named(&field.name()) || is_key(*position))
    });
    let arms: Vec<TokenStream> = fields
        .map(|(position, field)| {
            let (name, ty) = (&field.ident, &field.ty);
            quote!(#position => self.#name = ::chakra::private::stamp::<#ty>(value)?)
        })
        .collect();
    if model.relations.is_empty() || arms.is_empty() {
        return TokenStream::new();
    }
    quote! {
        fn take_reference(
            &mut self,
            position: usize,
            value: &::chakra::private::Value,
        ) -> ::core::result::Result<(), ::std::string::String> {
            match position {
                #(#arms,)*
                _ => return ::chakra::private::no_reference(),
            }
            ::core::result::Result::Ok(())
        }
    }
}

/// Compares what the fields of relationships hold with the foreign keys.
pub(super) fn check_related(model: &Model) -> TokenStream {
    let to_one = model.relations.iter().filter(|relation| relation.kind.is_none_or(|kind| !kind.is_to_many()));
    let checks: Vec<TokenStream> = to_one
        .map(|relation| {
            let name = &relation.ident;
            quote!(tell(Self::#name().check(self, values));)
        })
        .collect();
    if checks.is_empty() {
        return TokenStream::new();
    }
    quote! {
        fn check_related(
            &self,
            values: &[::chakra::private::Value],
            tell: &mut dyn ::core::ops::FnMut(::chakra::Result<()>),
        ) {
            #(#checks)*
        }
    }
}

/// A function for each relationship that names it.
pub(super) fn functions(model: &Model) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let (ident, visibility) = (&model.ident, &model.visibility);
    let functions = model.relations.iter().enumerate().map(|(position, relation)| {
        let (name, ty) = (&relation.ident, &relation.ty);
        let documentation = format!("The relationship `{}`.", relation.name());
        quote! {
            #[doc = #documentation]
            #visibility fn #name() -> ::chakra::private::Relation<Self, #ty> {
                static CELL: ::chakra::private::RelationCell = ::chakra::private::RelationCell::new();
                ::chakra::private::Relation::at(&CELL, #position, |model| &model.#name, |model| &mut model.#name)
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
