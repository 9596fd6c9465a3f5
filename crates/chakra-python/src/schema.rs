//! Models as the extension knows them: a table of the engine, the Python class, and defaults.

use std::collections::HashMap;
use std::sync::Arc;

use chakra::query::ColumnRef;
use chakra::schema::{self, MetaData, Table, TableRef, naming};
use chakra::types::SqlType;
use parking_lot::Mutex;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType, PyWeakref, PyWeakrefMethods, PyWeakrefReference};

use crate::condition::Column;
use crate::convert::coerce;
use crate::error::{Place, plain, raise};

/// One field of a model.
#[derive(Debug)]
pub(crate) struct FieldInfo {
    /// The attribute's name, interned.
    pub(crate) name: Py<PyString>,
    /// A value, or a callable that makes one.
    pub(crate) default: Option<Py<PyAny>>,
    /// File and line of its declaration.
    pub(crate) defined: String,
}

/// What a model class hands over when it is defined.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) class: Py<PyType>,
    pub(crate) table: TableRef,
    pub(crate) fields: Vec<FieldInfo>,
    /// Attribute names, with `-` for descending, as `Meta.ordering` has them.
    pub(crate) ordering: Vec<String>,
    by_attribute: HashMap<String, usize>,
}

impl Model {
    /// The position of a field; `pk` is the primary key where that is one field.
    pub(crate) fn position(&self, attribute: &str) -> Option<usize> {
        self.by_attribute.get(attribute).copied().or_else(|| match self.table.primary_key.as_slice() {
            [only] if attribute == "pk" => Some(*only),
            _ => None,
        })
    }

    /// The position of a field given by name.
    ///
    /// # Errors
    ///
    /// `FieldError` with the valid names and the nearest.
    pub(crate) fn require(&self, py: Python<'_>, attribute: &str) -> PyResult<usize> {
        self.position(attribute).ok_or_else(|| self.unknown_field(py, attribute))
    }

    /// The `FieldError` for a name that is no field.
    pub(crate) fn unknown_field(&self, py: Python<'_>, attribute: &str) -> PyErr {
        let names = self.attributes();
        let hint = nearest(attribute, names.iter().copied());
        let message =
            format!("{} has no field {attribute:?}{hint}; its fields are {}", self.table.model, names.join(", "));
        plain(py, "FieldError", &message)
    }

    pub(crate) fn column(&self, position: usize) -> &schema::Column {
        &self.table.columns[position]
    }

    pub(crate) fn reference(&self, position: usize) -> ColumnRef {
        ColumnRef::root(&self.table, position)
    }

    pub(crate) fn place(&self, position: usize) -> Place<'_> {
        Place {
            model: &self.table.model,
            field: &self.table.columns[position].attribute,
            defined: &self.fields[position].defined,
        }
    }

    /// What the definition says must fit together.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        for term in &self.ordering {
            let name = term.strip_prefix('-').unwrap_or(term);
            if self.position(name).is_none() {
                let hint = nearest(name, self.attributes().into_iter());
                let message = format!("{}: Meta.ordering names {name:?}, which is no field{hint}", self.table.model);
                return Err(plain(py, "DefinitionError", &message));
            }
        }
        for (position, field) in self.fields.iter().enumerate() {
            let Some(default) = field.default.as_ref().map(|default| default.bind(py)) else { continue };
            if !default.is_callable() {
                coerce(self, position, default).map_err(|error| self.wrong_default(py, position, &error))?;
            }
        }
        Ok(())
    }

    fn wrong_default(&self, py: Python<'_>, position: usize, error: &PyErr) -> PyErr {
        let place = self.place(position);
        let message = format!(
            "{}.{} ({}): the default is refused by the field itself: {}",
            place.model,
            place.field,
            place.defined,
            error.value(py)
        );
        plain(py, "DefinitionError", &message)
    }

    fn attributes(&self) -> Vec<&str> {
        self.table.columns.iter().map(|column| column.attribute.as_str()).collect()
    }
}

/// `; did you mean "x"?` for the nearest of the valid names, if one is near.
pub(crate) fn nearest<'a>(given: &str, valid: impl Iterator<Item = &'a str>) -> String {
    let best = valid.map(|name| (strsim::damerau_levenshtein(given, name), name)).min();
    match best {
        Some((distance, name)) if distance <= 1 + given.chars().count() / 3 => format!("; did you mean {name:?}?"),
        _ => String::new(),
    }
}

/// A model's description, as its class keeps it under `__chakra_model__`.
#[pyclass(frozen, module = "chakra._chakra")]
#[derive(Debug)]
pub(crate) struct ModelInfo {
    pub(crate) model: Arc<Model>,
}

#[pymethods]
impl ModelInfo {
    #[new]
    #[pyo3(signature = (cls, name, table, schema, fields, ordering, /))]
    fn new(
        py: Python<'_>,
        cls: Bound<'_, PyType>,
        name: String,
        table: String,
        schema: Option<String>,
        fields: Vec<Bound<'_, PyDict>>,
        ordering: Vec<String>,
    ) -> PyResult<Self> {
        let mut columns = Vec::with_capacity(fields.len());
        let mut infos = Vec::with_capacity(fields.len());
        for field in &fields {
            columns.push(column_of(field)?);
            infos.push(info_of(field)?);
        }
        number_single_key(&mut columns, &fields)?;
        let mut described = Table::new(name, table, columns).map_err(raise)?;
        described.schema = schema;
        let by_attribute =
            described.columns.iter().enumerate().map(|(at, column)| (column.attribute.clone(), at)).collect();
        remember(&cls)?;
        let model =
            Model { class: cls.unbind(), table: TableRef::new(described), fields: infos, ordering, by_attribute };
        model.check(py)?;
        Ok(Self { model: Arc::new(model) })
    }

    /// The column behind an attribute, for expressions.
    #[pyo3(signature = (attribute, /))]
    fn column(&self, py: Python<'_>, attribute: &str) -> PyResult<Column> {
        let position = self.model.require(py, attribute)?;
        Ok(Column::new(Arc::clone(&self.model), position))
    }

    /// The table's name in the database.
    #[getter]
    fn table(&self) -> &str {
        &self.model.table.name
    }

    /// The names of the fields, in order of declaration.
    #[getter]
    fn fields(&self) -> Vec<&str> {
        self.model.attributes()
    }

    /// The names of the primary key's fields.
    #[getter]
    fn primary_key(&self) -> Vec<&str> {
        self.model.table.primary_key.iter().map(|at| self.model.column(*at).attribute.as_str()).collect()
    }
}

/// A single integer primary key is numbered by the database unless the field says otherwise.
fn number_single_key(columns: &mut [schema::Column], fields: &[Bound<'_, PyDict>]) -> PyResult<()> {
    let keys: Vec<usize> = (0..columns.len()).filter(|at| columns[*at].primary_key).collect();
    let [only] = keys.as_slice() else { return Ok(()) };
    let chosen = fields[*only].get_item("auto_increment")?.filter(|given| !given.is_none());
    let integer = columns[*only].sql_type.integer_range().is_some();
    columns[*only].auto_increment = match chosen {
        Some(given) => given.extract()?,
        None => integer && !columns[*only].has_default,
    };
    Ok(())
}

fn column_of(field: &Bound<'_, PyDict>) -> PyResult<schema::Column> {
    let attribute: String = required(field, "attribute")?;
    let sql_type = type_of(&required::<Bound<'_, PyTuple>>(field, "type")?)?;
    let flag = |name: &str| -> PyResult<bool> { Ok(optional(field, name)?.unwrap_or(false)) };
    let mut column = schema::Column::new(attribute, sql_type);
    if let Some(name) = optional::<String>(field, "column")? {
        column.name = name;
    }
    column.nullable = flag("nullable")?;
    column.primary_key = flag("primary_key")?;
    column.auto_increment = flag("auto_increment")?;
    column.unique = flag("unique")?;
    column.index = flag("index")?;
    column.has_default = field.contains("default")?;
    column.server_default = optional(field, "server_default")?;
    column.comment = optional(field, "comment")?;
    Ok(column)
}

fn info_of(field: &Bound<'_, PyDict>) -> PyResult<FieldInfo> {
    let attribute: String = required(field, "attribute")?;
    Ok(FieldInfo {
        name: PyString::intern(field.py(), &attribute).unbind(),
        default: field.get_item("default")?.map(Bound::unbind),
        defined: optional(field, "where")?.unwrap_or_default(),
    })
}

fn required<'py, T: for<'a> FromPyObject<'a, 'py>>(field: &Bound<'py, PyDict>, name: &str) -> PyResult<T> {
    optional(field, name)?.ok_or_else(|| PyTypeError::new_err(format!("a field's description lacks {name:?}")))
}

fn optional<'py, T: for<'a> FromPyObject<'a, 'py>>(field: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<T>> {
    match field.get_item(name)? {
        Some(value) if !value.is_none() => Ok(Some(value.extract::<T>().map_err(Into::into)?)),
        _ => Ok(None),
    }
}

/// `("Decimal", 12, 2)` → the engine's type.
fn type_of(described: &Bound<'_, PyTuple>) -> PyResult<SqlType> {
    let name: String = described.get_item(0)?.extract()?;
    let number = |at: usize| -> PyResult<Option<u32>> {
        if at < described.len() { described.get_item(at)?.extract() } else { Ok(None) }
    };
    Ok(match name.as_str() {
        "SmallInteger" => SqlType::SmallInteger,
        "Integer" => SqlType::Integer,
        "BigInteger" => SqlType::BigInteger,
        "Float" => SqlType::Float,
        "Decimal" => SqlType::Decimal { precision: number(1)?, scale: number(2)? },
        "String" => SqlType::String { length: number(1)? },
        "Text" => SqlType::Text,
        "Char" => SqlType::Char { length: described.get_item(1)?.extract()? },
        "Boolean" => SqlType::Boolean,
        "DateTime" => SqlType::DateTime,
        "Date" => SqlType::Date,
        "Time" => SqlType::Time,
        "Interval" => SqlType::Interval,
        "UUID" => SqlType::Uuid,
        "Binary" | "LargeBinary" => SqlType::Binary { length: number(1)? },
        "JSON" => SqlType::Json,
        "Array" => SqlType::Array(Box::new(type_of(described.get_item(1)?.cast::<PyTuple>()?)?)),
        _ => return Err(PyTypeError::new_err(format!("unknown field type {name:?}"))),
    })
}

/// The table name of a model class that does not give one.
#[pyfunction]
pub(crate) fn table_name(model: &str) -> String {
    naming::table_name(model)
}

/// The model of a class.
///
/// # Errors
///
/// What was wrong with its definition, or `TypeError` for a class that is no concrete model.
pub(crate) fn model_of(class: &Bound<'_, PyType>) -> PyResult<Arc<Model>> {
    static ATTRIBUTE: PyOnceLock<Py<PyString>> = PyOnceLock::new();
    let py = class.py();
    let name = ATTRIBUTE.get_or_init(py, || PyString::intern(py, "__chakra_model__").unbind());
    let Some(info) = class.getattr_opt(name)? else {
        return Err(PyTypeError::new_err(format!("{} is not a model", class.name()?)));
    };
    match info.cast_exact::<ModelInfo>() {
        Ok(info) => Ok(Arc::clone(&info.get().model)),
        Err(_) => Err(PyTypeError::new_err(format!("{} is not a concrete model", class.name()?))),
    }
}

/// The tables of these classes as one set.
pub(crate) fn metadata_of(classes: &[Bound<'_, PyType>]) -> PyResult<MetaData> {
    let mut tables = MetaData::new();
    for class in classes {
        tables.add(model_of(class)?.table.clone()).map_err(raise)?;
    }
    Ok(tables)
}

/// Every concrete model class, in order of definition. A class defined again (a notebook's cell run twice, a module
/// reloaded) takes the place of the earlier one.
static REGISTRY: Mutex<Vec<Py<PyWeakref>>> = Mutex::new(Vec::new());

fn remember(class: &Bound<'_, PyType>) -> PyResult<()> {
    let py = class.py();
    let reference = PyWeakrefReference::new(class)?.cast_into::<PyWeakref>()?.unbind();
    let name = (class.module()?.to_string(), class.qualname()?.to_string());
    let mut others = std::mem::take(&mut *REGISTRY.lock());
    others.retain(|other| match other.bind(py).upgrade_as::<PyType>() {
        Ok(Some(other)) => !matches!((other.module(), other.qualname()), (Ok(module), Ok(qualname))
            if module.to_string() == name.0 && qualname.to_string() == name.1),
        _ => false,
    });
    others.push(reference);
    // Others may have been defined meanwhile, by another thread.
    let mut registry = REGISTRY.lock();
    others.append(&mut registry);
    *registry = others;
    drop(registry);
    Ok(())
}

/// The classes of all models that are still alive.
pub(crate) fn registered<'py>(py: Python<'py>) -> PyResult<Vec<Bound<'py, PyType>>> {
    let references: Vec<Py<PyWeakref>> = REGISTRY.lock().iter().map(|reference| reference.clone_ref(py)).collect();
    let alive = references.iter().filter_map(|reference| reference.bind(py).upgrade());
    alive.map(|class| Ok(class.cast_into::<PyType>()?)).collect()
}
