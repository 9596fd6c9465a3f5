//! Relationships as tokens: what they are, and the functions that name them.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::parse::{Model, Relation};

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
    let row = quote!(row);
    model.relations.iter().map(move |relation| {
        let ident = &relation.ident;
        quote!(#ident: Self::#ident().unread(#row))
    })
}

/// Hands out the fields of relationships.
pub(super) fn fields(model: &Model) -> TokenStream {
    if model.relations.is_empty() {
        return TokenStream::new();
    }
    let names: Vec<_> = model.relations.iter().map(|relation| &relation.ident).collect();
    let this = quote!(self);
    quote! {
        fn related_fields(
            &self,
            visit: &mut dyn ::core::ops::FnMut(&'static ::chakra::private::Hinge, &dyn ::chakra::private::RelatedField),
        ) {
            #(visit(Self::#names().hinge(), Self::#names().as_field(&#this.#names));)*
        }

        fn related_fields_mut(
            &mut self,
            visit: &mut dyn ::core::ops::FnMut(
                &'static ::chakra::private::Hinge,
                &mut dyn ::chakra::private::RelatedField,
            ),
        ) {
            #(visit(Self::#names().hinge(), Self::#names().as_field_mut(&mut #this.#names));)*
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
        let named = named(quote!(#ty), ident); // a static knows no `Self`
        let documentation = format!("The relationship `{}`.", relation.name());
        quote! {
            #[doc = #documentation]
            #visibility fn #name() -> ::chakra::private::Relation<Self, #ty> {
                static ANCHOR: ::chakra::private::Anchor<#named> = ::chakra::private::Anchor::new::<#ident>(#position);
                ::chakra::private::Relation::at(&ANCHOR, |model| &model.#name, |model| &mut model.#name)
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

/// The tokens with the model's name for `Self`.
fn named(tokens: TokenStream, model: &Ident) -> TokenStream {
    let each = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(ident) if ident == "Self" => TokenTree::Ident(model.clone()),
        TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), named(group.stream(), model))),
        other => other,
    });
    each.collect()
}
