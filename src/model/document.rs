//! Lookups in columns of JSON documents.

use std::marker::PhantomData;

use rust_decimal::Decimal;

use super::Model;
use super::column::Column;
use super::condition::Condition;
use super::fault::Fault;
use super::scalar::Json;
use crate::error::Result;
use crate::query::expr::{CompareOp, DocumentPlace};
use crate::query::lookup::document::{self, Scalar};
use crate::query::{Expr, Lookup};

/// The Rust types of JSON columns: `serde_json::Value`, [`Json<T>`], and `Option` of them.
#[diagnostic::on_unimplemented(
    message = "only JSON columns can be looked into; this one is of type `{Self}`",
    label = "a `{Self}` column holds no documents"
)]
pub trait DocumentValue {}

impl DocumentValue for serde_json::Value {}
impl DocumentValue for Option<serde_json::Value> {}
impl<T> DocumentValue for Json<T> {}
impl<T> DocumentValue for Option<Json<T>> {}

/// What a place of a document can be compared with: texts, numbers, truths, and `None` for nothing at all.
#[diagnostic::on_unimplemented(
    message = "a place in JSON is compared with a text, a number or a truth, not with `{Self}`",
    label = "stands in no document as one value",
    note = "for objects and arrays there are contains_document and contained_by_document"
)]
pub trait DocumentOperand {
    /// The value; what is wrong with one that JSON does not have.
    fn into_scalar(self) -> Result<Scalar, String>;
}

macro_rules! numbers {
    ($($rust:ty),* $(,)?) => {$(
        impl DocumentOperand for $rust {
            fn into_scalar(self) -> Result<Scalar, String> {
                number(&self.to_string())
            }
        }
    )*};
}

numbers! { i8, i16, i32, i64, i128, u8, u16, u32, u64, u128, f32, f64, Decimal }

impl DocumentOperand for &str {
    fn into_scalar(self) -> Result<Scalar, String> {
        self.to_owned().into_scalar()
    }
}

impl DocumentOperand for &String {
    fn into_scalar(self) -> Result<Scalar, String> {
        self.clone().into_scalar()
    }
}

impl DocumentOperand for String {
    fn into_scalar(self) -> Result<Scalar, String> {
        without_nul(self).map(Scalar::Text)
    }
}

impl DocumentOperand for bool {
    fn into_scalar(self) -> Result<Scalar, String> {
        Ok(Scalar::Boolean(self))
    }
}

impl<T: DocumentOperand> DocumentOperand for Option<T> {
    fn into_scalar(self) -> Result<Scalar, String> {
        self.map_or(Ok(Scalar::Missing), T::into_scalar)
    }
}

fn number(text: &str) -> Result<Scalar, String> {
    match text.parse::<crate::types::Numeric>() {
        Ok(number) if number.is_finite() => Ok(Scalar::Number(number)),
        _ => Err(format!("{text} is no number in JSON")),
    }
}

/// No database has it in a document.
pub(super) fn without_nul(text: String) -> Result<String, String> {
    if text.contains('\0') {
        return Err("text with a NUL character stands in no document".to_owned());
    }
    Ok(text)
}

/// Looks into JSON documents, with the same answers on every database.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::Model;
/// use serde_json::{Value, json};
///
/// #[derive(Model)]
/// struct Page {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     data: Value,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Page::table()]).await?;
/// let data = json!({"author": {"name": "Ada", "born": 1815}, "tags": ["math", "poetry"]});
/// Page { id: None, data }.insert(&pool).await?;
///
/// for condition in [
///     Page::data().path(["author", "name"]).eq("Ada"),
///     Page::data().path(["author", "born"]).lt(1900),
///     Page::data().key("tags").item(1).starts_with("poe"),
///     Page::data().key("author").has_key("name"),
///     Page::data().contains_document(&json!({"tags": ["math"]})),
/// ] {
///     assert_eq!(Page::query().filter(condition).count(&pool).await?, 1);
/// }
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
impl<M: Model, T: DocumentValue> Column<M, T> {
    /// What stands at the end of a path: of objects the member of a name, of arrays the element of a number, in digits.
    pub fn path<S: Into<String>>(self, steps: impl IntoIterator<Item = S>) -> Document<M> {
        Document { column: self.expr_of(), steps: steps.into_iter().map(Into::into).collect(), model: PhantomData }
    }

    /// The member of a name.
    pub fn key(self, name: impl Into<String>) -> Document<M> {
        self.document().key(name)
    }

    /// The element of a number, counted from 0.
    pub fn item(self, number: u32) -> Document<M> {
        self.document().item(number)
    }

    /// See [`Document::contains_document`].
    pub fn contains_document(self, part: &serde_json::Value) -> Condition<M> {
        self.document().contains_document(part)
    }

    /// See [`Document::contained_by_document`].
    pub fn contained_by_document(self, whole: &serde_json::Value) -> Condition<M> {
        self.document().contained_by_document(whole)
    }

    fn document(self) -> Document<M> {
        self.path(std::iter::empty::<String>())
    }

    fn expr_of(self) -> Expr {
        Expr::Column(self.reference())
    }
}

/// A place in a JSON document: what `Page::data().path(["author", "name"])` gives.
///
/// Text is compared with text and numbers with numbers, by all their digits. Where something else stands, or nothing, a
/// comparison is not met, and its complement is.
#[derive(Debug)]
#[must_use = "a place does nothing until it is compared"]
pub struct Document<M> {
    column: Expr,
    steps: Vec<String>,
    model: PhantomData<fn() -> M>,
}

// Not derived: that would ask for models that are `Clone`.
impl<M> Clone for Document<M> {
    fn clone(&self) -> Self {
        Self { column: self.column.clone(), steps: self.steps.clone(), model: PhantomData }
    }
}

impl<M: Model> Document<M> {
    /// The member of a name.
    pub fn key(mut self, name: impl Into<String>) -> Self {
        self.steps.push(name.into());
        self
    }

    /// The element of a number, counted from 0.
    pub fn item(self, number: u32) -> Self {
        self.key(number.to_string())
    }

    /// Equal; `None` where there is nothing.
    pub fn eq(self, value: impl DocumentOperand) -> Condition<M> {
        self.compare(CompareOp::Eq, value)
    }

    /// The exact complement of [`eq`](Self::eq).
    pub fn ne(self, value: impl DocumentOperand) -> Condition<M> {
        self.compare(CompareOp::Ne, value)
    }

    /// A greater number, or a text that comes later.
    pub fn gt(self, value: impl DocumentOperand) -> Condition<M> {
        self.compare(CompareOp::Gt, value)
    }

    /// Greater or equal.
    pub fn gte(self, value: impl DocumentOperand) -> Condition<M> {
        self.compare(CompareOp::Ge, value)
    }

    /// A smaller number, or a text that comes before.
    pub fn lt(self, value: impl DocumentOperand) -> Condition<M> {
        self.compare(CompareOp::Lt, value)
    }

    /// Smaller or equal.
    pub fn lte(self, value: impl DocumentOperand) -> Condition<M> {
        self.compare(CompareOp::Le, value)
    }

    /// From the one to the other, both included.
    pub fn between(self, low: impl DocumentOperand, high: impl DocumentOperand) -> Condition<M> {
        let bounds = low.into_scalar().and_then(|low| Ok((low, high.into_scalar()?)));
        self.made(bounds, |place, (low, high)| document::between(place, low, high))
    }

    /// One of these, texts and numbers alike. Of nothing: no row.
    pub fn is_in<V: DocumentOperand>(self, values: impl IntoIterator<Item = V>) -> Condition<M> {
        let values: Result<Vec<Scalar>, String> = values.into_iter().map(V::into_scalar).collect();
        self.made(values, |place, values| Ok(document::one_of(&place, values)))
    }

    /// None of these, the exact complement of [`is_in`](Self::is_in).
    pub fn not_in<V: DocumentOperand>(self, values: impl IntoIterator<Item = V>) -> Condition<M> {
        !self.is_in(values)
    }

    /// There is nothing: no such member or element, or the document is NULL. JSON's `null` is something.
    pub fn is_missing(self) -> Condition<M> {
        !self.exists()
    }

    /// There is something, JSON's `null` included.
    pub fn exists(self) -> Condition<M> {
        self.made(Ok(()), |place, ()| Ok(document::exists(place)))
    }

    /// JSON's `null`.
    pub fn is_json_null(self) -> Condition<M> {
        self.made(Ok(()), |place, ()| document::compare_at(place, CompareOp::Eq, Scalar::Null))
    }

    /// A text that has this in it.
    pub fn contains(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::Contains, text.into())
    }

    /// A text that has this in it, upper and lower case being the same.
    pub fn icontains(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::IContains, text.into())
    }

    /// A text that starts with this.
    pub fn starts_with(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::StartsWith, text.into())
    }

    /// A text that starts with this, upper and lower case being the same.
    pub fn istarts_with(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::IStartsWith, text.into())
    }

    /// A text that ends with this.
    pub fn ends_with(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::EndsWith, text.into())
    }

    /// A text that ends with this, upper and lower case being the same.
    pub fn iends_with(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::IEndsWith, text.into())
    }

    /// This text, upper and lower case being the same.
    pub fn iexact(self, text: impl Into<String>) -> Condition<M> {
        self.text(Lookup::IExact, text.into())
    }

    /// An object with a member of this name, be it `null`.
    pub fn has_key(self, name: impl Into<String>) -> Condition<M> {
        self.has_keys([name])
    }

    /// An object with members of all these names. Of none: there is something.
    pub fn has_keys<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Condition<M> {
        let names = names.into_iter().map(|name| without_nul(name.into())).collect();
        self.made(names, |place, names: Vec<String>| Ok(document::has_keys(&place, &names)))
    }

    /// An object with a member of at least one of these names.
    pub fn has_any_keys<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Condition<M> {
        let names = names.into_iter().map(|name| without_nul(name.into())).collect();
        self.made(names, |place, names: Vec<String>| Ok(document::has_any_keys(&place, &names)))
    }

    /// Contains a document, by the rules of PostgreSQL's `@>`: an object the other's members, an array the other's
    /// elements in any order, and an array at the place itself a single scalar, too.
    pub fn contains_document(self, part: &serde_json::Value) -> Condition<M> {
        self.made(without_nul(part.to_string()), document::contains_document)
    }

    /// Is contained in a document, by the same rules.
    pub fn contained_by_document(self, whole: &serde_json::Value) -> Condition<M> {
        self.made(without_nul(whole.to_string()), document::contained_by_document)
    }

    fn text(self, lookup: Lookup, text: String) -> Condition<M> {
        self.made(without_nul(text), |place, text| Ok(document::text_match(place, lookup, text)))
    }

    fn compare(self, op: CompareOp, value: impl DocumentOperand) -> Condition<M> {
        self.made(value.into_scalar(), |place, value| document::compare_at(place, op, value))
    }

    fn made<V>(self, value: Result<V, String>, make: impl FnOnce(DocumentPlace, V) -> Result<Expr>) -> Condition<M> {
        let steps: Result<Vec<String>, String> = self.steps.into_iter().map(without_nul).collect();
        let expr = steps.and_then(|steps| Ok((steps, value?))).and_then(|(steps, value)| {
            make(DocumentPlace::new(self.column, steps), value).map_err(|error| error.to_string())
        });
        Condition::new(expr.map_err(Fault::Query))
    }
}
