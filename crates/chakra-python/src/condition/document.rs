//! Conditions on JSON documents: `data__author__name="x"` and `Page.data["author"]["name"] == "x"`. The keys of an HStore
//! are asked for in the same way, by one step.

use std::fmt::Write as _;
use std::sync::Arc;

use chakra::query::expr::{CompareOp, DocumentPlace};
use chakra::query::lookup::document::{self, Scalar};
use chakra::query::{Expr, Lookup};
use chakra::types::{Kind, Numeric, PostgresKind};
use pyo3::basic::CompareOp as Operator;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use super::{Q, listed, node::Node, term::Term, wrong_argument};
use crate::convert::{JsonNull, adapted, decimal_class};
use crate::error::{plain, validation};
use crate::schema::Model;

/// The lookups of documents, for messages.
const LOOKUPS: &str = "exact, eq, ne, gt, gte, lt, lte, in, not_in, range, isnull, contains, icontains, startswith, \
    istartswith, endswith, iendswith, iexact, contained_by, has_key, has_keys and has_any_keys";

/// The condition of a keyword that begins with a JSON column; None where it means something else. The last word is a
/// lookup if it names one of documents, the others are steps of a path.
pub(super) fn keyword(model: &Model, name: &str, value: &Bound<'_, PyAny>) -> Option<PyResult<Expr>> {
    let mut words: Vec<&str> = name.split("__").collect();
    let (position, taken) = (1..=words.len()).find_map(|taken| {
        let position = model.position(&words[..taken].join("__"))?;
        is_entered(model, position).then_some((position, taken))
    })?;
    words.drain(..taken);
    let lookup = words.last().and_then(|last| Lookup::from_name(last)).filter(|lookup| lookup.is_of_documents());
    if lookup.is_some() {
        words.pop();
    }
    if words.iter().any(|word| word.is_empty()) {
        let column = &model.column(position).attribute;
        let message = format!(
            "{name:?} has an empty step; write {}.{column}[\"…\"] for keys that are no plain words",
            model.table.model
        );
        return Some(Err(plain(value.py(), "FieldError", &message)));
    }
    let steps = words.into_iter().map(str::to_owned).collect();
    Some(at(model, position, steps, lookup.unwrap_or(Lookup::Exact), value))
}

/// Whether values of a column are looked into by keys.
fn is_entered(model: &Model, position: usize) -> bool {
    matches!(model.column(position).sql_type.kind(), Kind::Json | Kind::Postgres(PostgresKind::HStore))
}

/// A condition on what stands behind steps into a column.
fn at(
    model: &Model,
    position: usize,
    mut steps: Vec<String>,
    lookup: Lookup,
    value: &Bound<'_, PyAny>,
) -> PyResult<Expr> {
    match (model.column(position).sql_type.kind() == Kind::Json, steps.len()) {
        (_, 0) => super::condition(model, position, lookup, value),
        (true, _) => condition(model, position, steps, lookup, value),
        (false, 1) => super::own::of_pair(model, position, steps.remove(0), lookup, value),
        (false, _) => {
            let column = &model.column(position).attribute;
            let message = format!(
                "{}.{column} is HStore, which is looked into by one key; its values are texts",
                model.table.model
            );
            Err(plain(value.py(), "FieldError", &message))
        }
    }
}

/// A condition on what stands at a path.
pub(super) fn condition(
    model: &Model,
    position: usize,
    steps: Vec<String>,
    lookup: Lookup,
    value: &Bound<'_, PyAny>,
) -> PyResult<Expr> {
    let asked = Asked { model, position, lookup, value };
    if steps.iter().any(|step| step.contains('\0')) {
        return Err(asked.refused("a key with a NUL character stands in no document"));
    }
    let place = DocumentPlace::new(Expr::Column(model.reference(position)), steps);
    asked.expr(place)
}

/// One question, with what its errors tell.
struct Asked<'a, 'py> {
    model: &'a Model,
    position: usize,
    lookup: Lookup,
    value: &'a Bound<'py, PyAny>,
}

impl<'py> Asked<'_, 'py> {
    fn expr(&self, place: DocumentPlace) -> PyResult<Expr> {
        let value = self.value;
        match self.lookup {
            Lookup::IsNull => match value.cast::<PyBool>() {
                Ok(yes) if yes.is_true() => Ok(document::exists(place).not()),
                Ok(_) => Ok(document::exists(place)),
                Err(_) => Err(self.wrong("True or False")),
            },
            Lookup::In => Ok(document::one_of(&place, self.scalars()?)),
            Lookup::NotIn => Ok(document::one_of(&place, self.scalars()?).not()),
            Lookup::Range => {
                let bounds: Result<[Scalar; 2], _> = self.scalars()?.try_into();
                let [low, high] = bounds.map_err(|_| self.wrong("a pair: (least, greatest)"))?;
                document::between(place, low, high).map_err(|error| self.refused(&error.to_string()))
            }
            Lookup::HasKey => Ok(document::has_keys(&place, &[self.name(value)?])),
            Lookup::HasKeys => Ok(document::has_keys(&place, &self.names()?)),
            Lookup::HasAnyKeys => Ok(document::has_any_keys(&place, &self.names()?)),
            Lookup::Contains => self.contains(place),
            Lookup::ContainedBy => {
                let whole = self.document()?;
                document::contained_by_document(place, whole).map_err(|error| self.refused(&error.to_string()))
            }
            lookup if lookup.is_textual() => match self.scalar(value)? {
                Scalar::Text(text) => Ok(document::text_match(place, lookup, text)),
                _ => Err(self.wrong("a str")),
            },
            lookup => match compare_op(lookup) {
                Some(op) => document::compare_at(place, op, self.scalar(value)?)
                    .map_err(|error| self.refused(&error.to_string())),
                None => Err(self.no_such_lookup()),
            },
        }
    }

    /// As Python's `in`: a str is in a text, and is an element of an array.
    fn contains(&self, place: DocumentPlace) -> PyResult<Expr> {
        let part = self.document()?;
        let text = if self.value.is_instance_of::<PyString>() { Some(self.name(self.value)?) } else { None };
        let as_text = text.map(|text| document::text_match(place.clone(), Lookup::Contains, text));
        let as_part = document::contains_document(place, part).map_err(|error| self.refused(&error.to_string()))?;
        Ok(match as_text {
            Some(as_text) => as_text.or(as_part),
            None => as_part,
        })
    }

    /// The value as a document; None is JSON's null in one, and nothing on its own.
    fn document(&self) -> PyResult<String> {
        if self.value.is_none() {
            return Err(self.wrong("a document (chakra.JSONNull for JSON's null)"));
        }
        match adapted(self.model, self.position, self.value)?.value {
            chakra::types::Value::Json(text) => Ok(text),
            _ => Err(self.wrong("a document")),
        }
    }

    fn scalars(&self) -> PyResult<Vec<Scalar>> {
        listed(self.model, self.position, self.lookup, self.value)?.iter().map(|member| self.scalar(member)).collect()
    }

    /// A value that can stand in a document by itself.
    fn scalar(&self, value: &Bound<'py, PyAny>) -> PyResult<Scalar> {
        let py = value.py();
        if value.is_none() {
            return Ok(Scalar::Missing);
        }
        if value.is_instance_of::<JsonNull>() {
            return Ok(Scalar::Null);
        }
        if let Ok(truth) = value.cast::<PyBool>() {
            return Ok(Scalar::Boolean(truth.is_true()));
        }
        if value.is_instance_of::<PyString>() {
            return self.name(value).map(Scalar::Text);
        }
        let is_number = value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>();
        if is_number || value.is_instance(decimal_class(py)?)? {
            // The type's own text, not that of a subclass.
            let class = if value.is_instance_of::<PyInt>() { Some(py.get_type::<PyInt>()) } else { None };
            let plain = class.map_or_else(|| Ok(value.clone()), |class| class.call1((value,)))?;
            let text = plain.str().map_err(|_| self.refused("an int of thousands of digits is not accepted"))?;
            return match text.to_cow()?.parse::<Numeric>() {
                Ok(number) if number.is_finite() => Ok(Scalar::Number(number)),
                _ => {
                    Err(self.refused("JSON has no NaN and no infinity; give a finite number of at most 131,072 digits"))
                }
            };
        }
        if [py.get_type::<PyDict>(), py.get_type::<PyList>(), py.get_type::<PyTuple>()]
            .iter()
            .any(|class| value.is_instance(class).unwrap_or(false))
        {
            return Err(self.whole_document());
        }
        let class = value.get_type().name()?.to_string();
        Err(self.refused(&format!(
            "a value of type {class} stands in no document by itself; compare with a str, a number, True, False, \
             JSONNull or None, and use contains or contained_by for objects and arrays"
        )))
    }

    /// Databases disagree on which objects and arrays are equal, and on which is greater.
    fn whole_document(&self) -> PyErr {
        let message = format!(
            "{}.{}: objects and arrays in JSON are not compared as a whole, for databases disagree on which are equal; \
             use contains, contained_by or has_key, or name a path to a text, a number, a truth or null",
            self.model.table.model,
            self.model.column(self.position).attribute,
        );
        plain(self.value.py(), "FieldError", &message)
    }

    fn names(&self) -> PyResult<Vec<String>> {
        listed(self.model, self.position, self.lookup, self.value)?.iter().map(|name| self.name(name)).collect()
    }

    /// A text that can stand in a document.
    fn name(&self, value: &Bound<'py, PyAny>) -> PyResult<String> {
        let Ok(text) = value.cast::<PyString>() else { return Err(self.wrong("a str")) };
        match text.to_str() {
            Ok(text) if !text.contains('\0') => Ok(text.to_owned()),
            Ok(_) => Err(self.refused("text with a NUL character stands in no document")),
            Err(_) => Err(self.refused("give text without lone surrogates")),
        }
    }

    fn wrong(&self, expected: &str) -> PyErr {
        wrong_argument(self.model, self.position, self.lookup, self.value, expected)
    }

    fn refused(&self, message: &str) -> PyErr {
        let place = self.model.place(self.position);
        validation(self.value.py(), place, Some(self.value), self.lookup.name(), message)
    }

    fn no_such_lookup(&self) -> PyErr {
        let message = format!(
            "{}.{} is a JSON document, which has no lookup {:?}; its lookups are {LOOKUPS}",
            self.model.table.model,
            self.model.column(self.position).attribute,
            self.lookup.name()
        );
        plain(self.value.py(), "FieldError", &message)
    }
}

fn compare_op(lookup: Lookup) -> Option<CompareOp> {
    Some(match lookup {
        Lookup::Exact => CompareOp::Eq,
        Lookup::Ne => CompareOp::Ne,
        Lookup::Gt => CompareOp::Gt,
        Lookup::Gte => CompareOp::Ge,
        Lookup::Lt => CompareOp::Lt,
        Lookup::Lte => CompareOp::Le,
        _ => return None,
    })
}

/// A place in a JSON column: what `Page.data["author"]` gives.
#[pyclass(frozen, module = "chakra")]
pub(crate) struct Document {
    model: Arc<Model>,
    position: usize,
    steps: Vec<String>,
}

impl Document {
    /// The place one step into a column.
    pub(super) fn of_column(model: &Arc<Model>, position: usize, step: &Bound<'_, PyAny>) -> PyResult<Self> {
        if !is_entered(model, position) {
            let column = model.column(position);
            let message = format!(
                "{}.{} is {}, which has nothing inside: [...] is for JSON and HStore",
                model.table.model,
                column.attribute,
                column.sql_type.name()
            );
            return Err(plain(step.py(), "FieldError", &message));
        }
        Self { model: Arc::clone(model), position, steps: Vec::new() }.step(step)
    }

    fn step(&self, step: &Bound<'_, PyAny>) -> PyResult<Self> {
        let refused = || {
            let message = "a step into a document is a key (str) or the number of an element (int, from 0)";
            plain(step.py(), "FieldError", message)
        };
        let text = match step.cast::<PyString>() {
            Ok(key) => key.to_str().map_err(|_| refused())?.to_owned(),
            Err(_) if step.is_instance_of::<PyInt>() && !step.is_instance_of::<PyBool>() => {
                step.extract::<u32>().map_err(|_| refused())?.to_string()
            }
            Err(_) => return Err(refused()),
        };
        let steps = self.steps.iter().cloned().chain([text]).collect();
        Ok(Self { model: Arc::clone(&self.model), position: self.position, steps })
    }

    fn condition(&self, lookup: Lookup, value: &Bound<'_, PyAny>) -> PyResult<Q> {
        let expr = at(&self.model, self.position, self.steps.clone(), lookup, value)?;
        Ok(Q { node: Arc::new(Node::resolved(Arc::clone(&self.model), Term::Plain(expr))) })
    }
}

#[pymethods]
impl Document {
    fn __getitem__(&self, step: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.step(step)
    }

    fn __richcmp__(&self, other: &Bound<'_, PyAny>, operator: Operator) -> PyResult<Q> {
        self.condition(super::lookup_of(operator), other)
    }

    fn __hash__(&self) -> usize {
        self.position
    }

    fn in_(&self, values: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::In, values)
    }

    fn not_in(&self, values: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::NotIn, values)
    }

    fn between(&self, low: &Bound<'_, PyAny>, high: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::Range, &PyTuple::new(low.py(), [low, high])?.into_any())
    }

    #[pyo3(signature = (yes=true))]
    fn is_null(&self, py: Python<'_>, yes: bool) -> PyResult<Q> {
        self.condition(Lookup::IsNull, &PyBool::new(py, yes).to_owned().into_any())
    }

    fn contains(&self, what: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::Contains, what)
    }

    fn contained_by(&self, whole: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::ContainedBy, whole)
    }

    fn has_key(&self, key: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::HasKey, key)
    }

    fn has_keys(&self, keys: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::HasKeys, keys)
    }

    fn has_any_keys(&self, keys: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::HasAnyKeys, keys)
    }

    fn icontains(&self, text: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::IContains, text)
    }

    fn startswith(&self, text: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::StartsWith, text)
    }

    fn istartswith(&self, text: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::IStartsWith, text)
    }

    fn endswith(&self, text: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::EndsWith, text)
    }

    fn iendswith(&self, text: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::IEndsWith, text)
    }

    fn iexact(&self, text: &Bound<'_, PyAny>) -> PyResult<Q> {
        self.condition(Lookup::IExact, text)
    }

    fn __repr__(&self) -> String {
        let (model, attribute) = (&self.model.table.model, &self.model.column(self.position).attribute);
        let mut shown = format!("<place {model}.{attribute}");
        for step in &self.steps {
            let _ = write!(shown, "[{step:?}]"); // writing to a String cannot fail
        }
        shown.push('>');
        shown
    }
}
