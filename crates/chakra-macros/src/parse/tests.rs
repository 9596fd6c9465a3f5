use syn::{DeriveInput, parse_quote};

use super::{Operand, is_callable, model};

fn errors(input: &DeriveInput) -> Vec<String> {
    model(input).err().into_iter().flatten().map(|error| error.to_string()).collect()
}

fn default_of(field: &super::Field) -> Option<&str> {
    field.default.as_ref().map(|default| default.sql.as_str())
}

#[test]
fn options_are_read() {
    let model = model(&parse_quote! {
        #[chakra(table = "users", schema = "shop")]
        struct User {
            #[chakra(primary_key, auto_increment = false)]
            id: Option<i64>,
            #[chakra(column = "UserName", unique, index = false)]
            #[chakra(length = 50)]
            name: String,
            #[chakra(precision = 10, scale = 2, default = -1.50)]
            price: Decimal,
            #[chakra(default = "now()", index)]
            r#type: String,
            #[chakra(default = true)]
            on: bool,
        }
    })
    .unwrap();
    let [id, name, price, kind, on] = model.fields.as_slice() else { panic!("five fields") };
    assert_eq!(model.table.as_ref().unwrap().value(), "users");
    assert_eq!(model.schema.as_ref().unwrap().value(), "shop");
    assert!(id.primary_key && id.is_option() && id.auto_increment == Some(false));
    assert_eq!(name.column_name(), "UserName");
    assert!(name.unique && name.index == Some(false));
    assert_eq!(name.length.as_ref().unwrap().base10_digits(), "50");
    assert_eq!(default_of(price), Some("-1.50"));
    assert_eq!((kind.name().as_str(), default_of(kind), kind.index), ("type", Some("now()"), Some(true)));
    assert_eq!(default_of(on), Some("TRUE"));
}

#[test]
fn every_mistake_is_told_at_once() {
    let told = errors(&parse_quote! {
        #[chakra(tabel = "users", abstract, whatever)]
        struct User<T> {
            #[chakra(primray_key)]
            id: i64,
            #[chakra(scale = 2)]
            price: Decimal,
            #[chakra(precision = 2, scale = 3, column = "")]
            weight: Decimal,
            #[chakra(max_width = 5, auto_increment)]
            name: String,
        }
    });
    let expected = [
        "a model has no generic parameters: it is one table",
        "unknown model option `tabel`; did you mean `table`?",
        "`abstract` is no option of a model: every model is one table. What models do alike is a trait over `chakra::Model`, fields that they share are written by a `macro_rules!`: see \"Shared fields\" in the documentation of `chakra::Model`",
        "unknown model option `whatever`; a model takes table, schema, validate, timestamps, soft_delete, version, indexes, constraints, comment, ordering, verbose_name, verbose_name_plural",
        "unknown field option `primray_key`; did you mean `primary_key`?",
        "`scale` needs `precision`, the number of digits in all",
        "`column` takes `column = \"…\"`",
        "`scale`, the digits after the point, is more than `precision`, the digits in all",
        "unknown field option `max_width`; did you mean `max_length`?",
        "no field is the primary key; mark one (or several) with `#[chakra(primary_key)]`",
        "only a field of the primary key can be `auto_increment`",
    ];
    for message in expected {
        assert!(told.iter().any(|given| given == message), "missing {message:?} in {told:#?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");
}

#[test]
fn the_syntax_of_attributes() {
    assert!(errors(&parse_quote! { struct A { #[chakra] #[doc = "x"] id: i64 } })[0].contains("in parentheses"));
    let told = errors(&parse_quote! { struct A { #[chakra(primary_key = 1, default = now)] id: i64 } });
    assert_eq!(told[0], "`primary_key` takes `primary_key`, or `primary_key = false`");
    assert!(told[1].starts_with("`default` takes a number"), "{told:?}");
    for attribute in [quote::quote!(#[chakra(length(5))]), quote::quote!(#[chakra(unique, length: 5)])] {
        let told = errors(&parse_quote! { struct A { #[chakra(primary_key)] id: i64, #attribute name: String } });
        assert_eq!(told, ["a value stands behind `=`: write it as `length = …`"]);
    }
}

#[test]
fn composite_keys_are_never_unset() {
    let told = errors(&parse_quote! {
        struct Pair { #[chakra(primary_key)] left: Option<i64>, #[chakra(primary_key)] right: i64 }
    });
    assert!(told[0].starts_with("a part of a primary key is never NULL"), "{told:?}");
    let numbered = model(&parse_quote! {
        struct Line { #[chakra(primary_key)] left: i64, #[chakra(primary_key, auto_increment)] number: Option<i64> }
    });
    assert_eq!(numbered.unwrap().numbered().map(super::Field::name).as_deref(), Some("number"));
    let told = errors(&parse_quote! { struct Both { #[chakra(primary_key, auto_increment, default = 3)] id: i64 } });
    assert_eq!(told, ["`auto_increment` and `default` exclude each other; leave out one of them"]);
    let told = errors(&parse_quote! {
        struct Twice {
            #[chakra(primary_key, auto_increment)] left: i64,
            #[chakra(primary_key, auto_increment)] right: i64,
            #[chakra(auto_increment)] other: i64,
        }
    });
    assert_eq!(
        told,
        ["only one field can be `auto_increment`", "only a field of the primary key can be `auto_increment`"]
    );
}

#[test]
fn keys_are_as_long_as_databases_take_them() {
    let key_of = |length: usize| -> DeriveInput {
        let fields = (0..length).map(|number| {
            let name = quote::format_ident!("f{number}");
            quote::quote!(#[chakra(primary_key)] #name: i64)
        });
        parse_quote! { struct Long { #(#fields),* } }
    };
    assert!(model(&key_of(32)).is_ok());
    assert_eq!(errors(&key_of(33)), ["a primary key has at most 32 fields, as many as PostgreSQL and MariaDB take"]);
}

#[test]
fn names_that_belong_elsewhere() {
    let told = errors(&parse_quote! {
        #[chakra(primary_key, unique_together = ["a"])]
        struct User {
            #[chakra(primary_key, timestamps, null)]
            id: i64,
            #[chakra(foreign_key = "id", length = 3, on_delete = "CASCADE")]
            owner: Related<User>,
        }
    });
    let expected = [
        "`primary_key` is an option of a field, not of a model",
        "`unique_together` is no option of a model: write `constraints = [Unique::new(&[\"a\", \"b\"])]`",
        "`timestamps` is an option of a model, not of a field",
        "`null` is no option of a field: say it by the type: `Option<…>` allows NULL, all else does not",
        "`length` is an option of a field, not of a relationship",
        "`on_delete` is no option of a relationship: it belongs to the field that holds the key, which `foreign_key = \"…_id\"` names here",
    ];
    assert_eq!(told, expected);
}

#[test]
fn rules_are_read() {
    let model = model(&parse_quote! {
        #[chakra(validate = checks::whole)]
        struct User {
            #[chakra(primary_key)]
            id: i64,
            #[chakra(min_value = -1, max_value = 2.5, choices = [1, "a", LEAST], validate = checks::age)]
            age: i64,
            #[chakra(min_length = 2, max_length = 3, pattern = "^a", check = "x > 0", db_check = false)]
            #[chakra(comment = "a remark", on_update = Utc::now)]
            name: String,
        }
    })
    .unwrap();
    assert!(model.validate.is_some());
    let [_, age, name] = model.fields.as_slice() else { panic!("three fields") };
    assert!(matches!(age.rules.min_value, Some(Operand::Integer { negative: true, .. })));
    assert!(matches!(age.rules.max_value, Some(Operand::Float { negative: false, .. })));
    let [Operand::Integer { .. }, Operand::Text(_), Operand::Expression(_)] = age.rules.choices.as_slice() else {
        panic!("three kinds of operands")
    };
    assert!(age.rules.validate.is_some() && name.rules.check.is_some() && name.rules.comment.is_some());
    assert_eq!(name.rules.db_check, Some(false));
    assert!(is_callable(name.rules.on_update.as_ref().unwrap()));
}

#[test]
fn rules_that_mean_nothing() {
    let told = errors(&parse_quote! {
        #[chakra(validate = "whole")]
        struct User {
            #[chakra(primary_key, min_value = 3, max_value = -3, on_update = next)]
            id: i64,
            #[chakra(min_length = 3, max_length = 2, pattern = "(", choices = "a", min_value)]
            name: String,
        }
    });
    let expected = [
        "`validate` takes the path of a function, like `validate = check_name`",
        "`min_value` is more than `max_value`, so that no value fits",
        "a primary key does not change at every update; leave out `on_update`",
        "`min_length` is more than `max_length`, so that no value fits",
        "`pattern` is no regular expression of the crate regex: unclosed group",
        "`choices` takes a list of values, like `choices = [\"new\", \"sold\"]`",
        "`min_value` takes a value, like `min_value = 18`",
    ];
    for message in expected {
        assert!(told.iter().any(|given| given == message), "missing {message:?} in {told:#?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");
}

#[test]
fn foreign_keys_of_fields() {
    let model = model(&parse_quote! {
        struct Book {
            #[chakra(primary_key)]
            id: i64,
            #[chakra(references = "authors.id", on_delete = set_null, on_update = "CASCADE")]
            author: Option<i64>,
            #[chakra(references = "\"v1.editions\".id", on_update = "unknown")]
            edition: String,
            #[chakra(on_update = "CASCADE")]
            note: String,
        }
    })
    .unwrap();
    let [_, author, edition, note] = model.fields.as_slice() else { panic!("four fields") };
    let actions = |field: &super::Field| (field.reference.on_delete, field.reference.on_update);
    assert_eq!(actions(author), (Some("SetNull"), Some("Cascade")));
    assert!(author.rules.on_update.is_none());
    // A text that names no action is the value that every update writes, and so is one without a reference.
    assert_eq!(actions(edition), (None, None));
    assert!(edition.rules.on_update.is_some() && note.rules.on_update.is_some());
    assert_eq!(super::references::target_table(edition.reference.target.as_ref().unwrap()).unwrap(), ["v1.editions"]);
    for wrong in ["authors", "a.b.c.d", "a..b", "\"a.b", "."] {
        let text: syn::LitStr = parse_quote!(#wrong);
        assert!(super::references::target_table(&text).is_err(), "{wrong}");
    }
}
