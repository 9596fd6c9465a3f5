//! Models as the extension knows them: a table of the engine, the Python class, and defaults.

mod registry;
mod resolve;
mod rules;
mod supply;
mod table_args;

pub(crate) use registry::{generation, registered};
pub(crate) use resolve::resolve_relationship;
pub(crate) use rules::rule_faults;
pub(crate) use supply::Supply;

use std::collections::HashMap;
use std::sync::Arc;

use chakra::dialect::{self, Dialect};
use chakra::query::ColumnRef;
use chakra::schema::{self, Language, MetaData, ModelFault, Origin, Table, TableRef, naming};
use chakra::types::{EnumType, MySqlType, PostgresType, SqlType};
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType, PyWeakrefMethods, PyWeakrefReference};
use pyo3::{PyTraverseError, PyVisit};

use crate::condition::Column;
use crate::convert::{Members, coerce};
use crate::error::{Place, plain, raise};
use crate::instance::changes_in_place;
use crate::relationship::{RelationshipInfo, named_order};

/// One field of a model.
#[derive(Debug)]
pub(crate) struct FieldInfo {
    /// The attribute's name, interned.
    pub(crate) name: Py<PyString>,
    /// The members of its enumeration, or of that of its elements.
    pub(crate) members: Option<Members>,
    /// What a new object has that is given no value.
    pub(crate) default: Option<Supply>,
    /// What an insert writes where the object has no value.
    pub(crate) on_insert: Option<Supply>,
    /// What every update writes.
    pub(crate) on_update: Option<Supply>,
    /// The names of the methods that validate its values, in order.
    pub(crate) validators: Vec<Py<PyString>>,
}

/// What a model class hands over when it is defined.
#[derive(Debug)]
pub(crate) struct Model {
    /// Weak: a class and its description would keep each other alive for ever.
    class: Py<PyWeakrefReference>,
    pub(crate) table: TableRef,
    pub(crate) fields: Vec<FieldInfo>,
    pub(crate) relationships: Vec<RelationshipInfo>,
    /// Attribute names, with `-` for descending, as `Meta.ordering` has them.
    pub(crate) ordering: Vec<String>,
    /// The fields whose values can change without being assigned.
    pub(crate) mutable: Vec<usize>,
    /// The names of the methods that validate the object as a whole, in order.
    pub(crate) validators: Vec<Py<PyString>>,
    /// What is wrong with the names by which the definition speaks of fields.
    misnamed: Vec<ModelFault>,
    by_attribute: HashMap<String, usize>,
    validates_fields: bool,
}

impl Model {
    /// Whether any field has validators.
    pub(crate) fn validates_fields(&self) -> bool {
        self.validates_fields
    }

    /// The position of a field; `pk` is the primary key where that is one field.
    pub(crate) fn position(&self, attribute: &str) -> Option<usize> {
        self.by_attribute.get(attribute).copied().or_else(|| match self.table.primary_key.as_slice() {
            [only] if attribute == "pk" => Some(*only),
            _ => None,
        })
    }

    /// Whether the first of names that `__` stands between is a field, a relationship, or the key.
    pub(crate) fn names(&self, way: &str) -> bool {
        let head = way.split("__").next().unwrap_or(way);
        head == "pk"
            || self.position(way).is_some()
            || self.position(head).is_some()
            || self.relationship(head).is_some()
    }

    /// The position of a relationship.
    pub(crate) fn relationship(&self, name: &str) -> Option<usize> {
        self.relationships.iter().position(|relationship| relationship.declared.name == name)
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
        if attribute == "pk" {
            let names = self.key_names();
            let message = format!("the key of {} has several fields; name them: {names}", self.table.model);
            return plain(py, "FieldError", &message);
        }
        self.unknown_fields(py, &[attribute])
    }

    /// The `FieldError` for names that are no fields.
    pub(crate) fn unknown_fields(&self, py: Python<'_>, unknown: &[&str]) -> PyErr {
        let said: Vec<String> = unknown.iter().map(|name| format!("no field {name:?}{}", self.hint(name))).collect();
        let mut names = self.attributes().join(", ");
        if !self.relationships.is_empty() {
            names = format!("{names}; its relationships {}", self.relationship_names().join(", "));
        }
        let message = format!("{} has {}; its fields are {names}", self.table.model, said.join("; "));
        plain(py, "FieldError", &message)
    }

    /// The nearest field to a name that is none, for messages.
    pub(crate) fn hint(&self, attribute: &str) -> String {
        nearest(attribute, self.attributes().into_iter().chain(self.relationship_names()))
    }

    fn relationship_names(&self) -> Vec<&str> {
        self.relationships.iter().map(|relationship| relationship.declared.name.as_str()).collect()
    }

    /// The fields of the primary key, for messages.
    pub(crate) fn key_names(&self) -> String {
        let names: Vec<&str> = self.table.primary_key.iter().map(|at| self.column(*at).attribute.as_str()).collect();
        names.join(", ")
    }

    pub(crate) fn column(&self, position: usize) -> &schema::Column {
        &self.table.columns[position]
    }

    pub(crate) fn reference(&self, position: usize) -> ColumnRef {
        ColumnRef::root(&self.table, position)
    }

    pub(crate) fn place(&self, position: usize) -> Place<'_> {
        let column = &self.table.columns[position];
        Place { model: &self.table.model, field: &column.attribute, defined: column.defined.place() }
    }

    /// The model's class.
    ///
    /// # Errors
    ///
    /// `DefinitionError` where it is gone: nothing but a query set of it was kept.
    pub(crate) fn class<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyType>> {
        self.class.bind(py).upgrade_as::<PyType>()?.ok_or_else(|| {
            let message = format!("the class of {} is gone; keep a reference to it", self.table.model);
            plain(py, "DefinitionError", &message)
        })
    }

    /// What contradicts itself in the definition.
    fn faults(&self, py: Python<'_>) -> Vec<ModelFault> {
        let mut faults = self.table.faults();
        faults.extend(self.misnamed.iter().cloned());
        faults.extend(self.ordering.iter().filter_map(|term| self.wrong_order(py, term)));
        for (position, field) in self.fields.iter().enumerate() {
            faults.extend(self.wrong_value(py, position, "default", field.default.as_ref()));
            faults.extend(self.wrong_value(py, position, "on_update", field.on_update.as_ref()));
        }
        faults
    }

    fn wrong_order(&self, py: Python<'_>, term: &str) -> Option<ModelFault> {
        let name = term.strip_prefix('-').unwrap_or(term);
        let (message, hint) = match self.position(name) {
            None if name == "pk" => return None,
            None => {
                let names = self.attributes();
                let meant = nearest(name, names.iter().copied());
                let hint = format!("{} its fields are {}", meant.trim_start_matches("; "), names.join(", "));
                (format!("Meta.ordering names {name:?}, which is no field"), hint.trim_start().to_owned())
            }
            Some(_) => {
                let refused = named_order(py, self, term).err()?;
                (format!("Meta.ordering names {name:?}: {}", refused.value(py)), "leave it out".to_owned())
            }
        };
        Some(ModelFault::new("meta-ordering", &self.table.model, message, hint))
    }

    /// A value of the declaration that the field itself does not take. What a callable makes is not known yet.
    fn wrong_value(
        &self,
        py: Python<'_>,
        position: usize,
        option: &'static str,
        supply: Option<&Supply>,
    ) -> Option<ModelFault> {
        let refused = coerce(self, position, supply?.fixed(py)?).err()?;
        let Place { model, field, .. } = self.place(position);
        let refused = refused.value(py).to_string();
        let why = refused.strip_prefix(&format!("{model}.{field}: ")).unwrap_or(&refused);
        let message = format!("the {option} is refused by the field itself: {why}");
        Some(ModelFault::new(option, model, message, "give another, or a callable that makes one").on(field))
    }

    fn attributes(&self) -> Vec<&str> {
        self.table.columns.iter().map(|column| column.attribute.as_str()).collect()
    }
}

/// `; did you mean "x"?` for the nearest of the valid names, if one is near.
pub(crate) fn nearest<'a>(given: &str, valid: impl Iterator<Item = &'a str>) -> String {
    naming::nearest(given, valid).map(|name| format!("; did you mean {name:?}?")).unwrap_or_default()
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
    #[pyo3(signature = (cls, name, table, schema, fields, options, validators=Vec::new(), /))]
    fn new(
        cls: &Bound<'_, PyType>,
        name: String,
        table: String,
        schema: Option<String>,
        fields: Vec<Bound<'_, PyDict>>,
        options: &Bound<'_, PyDict>,
        validators: Vec<String>,
    ) -> PyResult<Self> {
        let mut columns = Vec::with_capacity(fields.len());
        let mut infos = Vec::with_capacity(fields.len());
        for field in &fields {
            columns.push(column_of(field)?);
            infos.push(info_of(field)?);
        }
        number_single_key(&mut columns, &fields)?;
        let mut described = Table::described(name, table, columns);
        described.schema = schema;
        described.origin = Origin(Language::Python);
        let misnamed = table_args::apply(&mut described, &fields, options)?;
        let by_attribute =
            described.columns.iter().enumerate().map(|(at, column)| (column.attribute.clone(), at)).collect();
        let ordering = optional(options, "ordering")?.unwrap_or_default();
        let relationships: Vec<Bound<'_, PyDict>> = optional(options, "relationships")?.unwrap_or_default();
        let is_mutable = |at: &usize| changes_in_place(&described.columns[*at].sql_type);
        let model = Model {
            class: PyWeakrefReference::new(cls)?.unbind(),
            mutable: (0..described.columns.len()).filter(is_mutable).collect(),
            table: TableRef::new(described),
            validates_fields: infos.iter().any(|field| !field.validators.is_empty()),
            fields: infos,
            relationships: relationships.iter().map(RelationshipInfo::described).collect::<PyResult<_>>()?,
            ordering,
            validators: interned(cls.py(), &validators),
            misnamed,
            by_attribute,
        };
        Ok(Self { model: Arc::new(model) })
    }

    /// Remembers the class until it goes, as one of the models of the program; `sound`: it can be used.
    #[pyo3(signature = (place, sound, /))]
    fn remember(&self, py: Python<'_>, place: String, sound: bool) -> PyResult<()> {
        let class = self.model.class(py)?;
        registry::remember(py, registry::Entry::new(&class, place, &self.model, sound)?);
        Ok(())
    }

    /// What contradicts itself in the definition.
    fn faults<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        as_tuples(py, self.model.faults(py))
    }

    /// What is wrong with it because of the other models of the program.
    fn faults_among<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        as_tuples(py, registry::faults_of(py, &self.model)?)
    }

    /// What a database, given by name, does not have.
    #[pyo3(signature = (dialect, /))]
    fn unsupported<'py>(&self, py: Python<'py>, dialect: &str) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let dialect = dialect_of(py, dialect)?;
        let mut faults = dialect::unsupported(&self.model.table, dialect);
        faults.extend(registry::same_table(py, dialect, &self.model.table));
        as_tuples(py, faults)
    }

    /// For Python's garbage collector. No other object visits the defaults.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let supplies = self
            .model
            .fields
            .iter()
            .flat_map(|field| field.default.iter().chain(&field.on_insert).chain(&field.on_update));
        supplies.map(Supply::object).try_for_each(|object| visit.call(object))
    }

    /// The statements that make the table, as a database, given by name, spells them.
    #[pyo3(signature = (dialect, /))]
    fn definition(&self, py: Python<'_>, dialect: &str) -> PyResult<Vec<String>> {
        dialect::definition(&self.model.table, dialect_of(py, dialect)?).map_err(raise)
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

    /// The remark on the table.
    #[getter]
    fn comment(&self) -> Option<&str> {
        self.model.table.comment.as_deref()
    }

    /// What a row is called.
    #[getter]
    fn verbose_name(&self) -> &str {
        &self.model.table.verbose_name
    }

    /// What several rows are called.
    #[getter]
    fn verbose_name_plural(&self) -> &str {
        &self.model.table.verbose_name_plural
    }

    /// The database schema.
    #[getter]
    fn schema(&self) -> Option<&str> {
        self.model.table.schema.as_deref()
    }

    /// Whether deleted rows are marked.
    #[getter]
    fn marks_deleted(&self) -> bool {
        self.model.table.role(schema::Role::DeletedAt).is_some()
    }

    /// The names of the fields, in order of declaration.
    #[getter]
    fn fields(&self) -> Vec<&str> {
        self.model.attributes()
    }

    /// The names of the relationships, in order of declaration.
    #[getter]
    fn relationships(&self) -> Vec<&str> {
        self.model.relationship_names()
    }

    /// The names of the primary key's fields.
    #[getter]
    fn primary_key(&self) -> Vec<&str> {
        self.model.table.primary_key.iter().map(|at| self.model.column(*at).attribute.as_str()).collect()
    }
}

/// Mistakes as Python takes them, which knows the places: code, model, attribute, message, hint.
fn as_tuples(py: Python<'_>, faults: Vec<ModelFault>) -> PyResult<Vec<Bound<'_, PyTuple>>> {
    let tuple =
        |fault: ModelFault| (fault.code, fault.model, fault.attribute, fault.message, fault.hint).into_pyobject(py);
    faults.into_iter().map(tuple).collect()
}

fn dialect_of(py: Python<'_>, name: &str) -> PyResult<Dialect> {
    Dialect::ALL.into_iter().find(|dialect| dialect.url_scheme() == name).ok_or_else(|| {
        let names = Dialect::ALL.map(Dialect::url_scheme);
        let hint = nearest(name, names.into_iter());
        plain(py, "ConfigError", &format!("no database is called {name:?}{hint}; there are {}", names.join(", ")))
    })
}

/// A single integer primary key is numbered by the database unless the field says otherwise.
fn number_single_key(columns: &mut [schema::Column], fields: &[Bound<'_, PyDict>]) -> PyResult<()> {
    let keys: Vec<usize> = (0..columns.len()).filter(|at| columns[*at].primary_key).collect();
    let [only] = keys.as_slice() else { return Ok(()) };
    let chosen = fields[*only].get_item("auto_increment")?.filter(|given| !given.is_none());
    let integer = columns[*only].sql_type.is_numbered();
    columns[*only].auto_increment = match chosen {
        Some(given) => given.extract()?,
        None => integer && !columns[*only].has_default && columns[*only].server_default.is_none(),
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
    column.check = optional(field, "check")?;
    column.role = optional::<String>(field, "role")?.and_then(|name| schema::Role::from_name(&name));
    column.db_check = optional(field, "db_check")?.unwrap_or(true);
    column.defined = schema::Defined::at(&optional::<String>(field, "where")?.unwrap_or_default());
    rules::add_rules(&mut column, field)?;
    Ok(column)
}

fn info_of(field: &Bound<'_, PyDict>) -> PyResult<FieldInfo> {
    let attribute: String = required(field, "attribute")?;
    Ok(FieldInfo {
        name: PyString::intern(field.py(), &attribute).unbind(),
        members: Members::described(&required::<Bound<'_, PyTuple>>(field, "type")?)?,
        default: field.get_item("default")?.map(|given| Supply::of(&given)).transpose()?,
        on_insert: field.get_item("on_insert")?.map(|given| Supply::of(&given)).transpose()?,
        on_update: field.get_item("on_update")?.map(|given| Supply::of(&given)).transpose()?,
        validators: interned(field.py(), &optional::<Vec<String>>(field, "validators")?.unwrap_or_default()),
    })
}

fn interned(py: Python<'_>, names: &[String]) -> Vec<Py<PyString>> {
    names.iter().map(|name| PyString::intern(py, name).unbind()).collect()
}

pub(crate) fn required<'py, T: for<'a> FromPyObject<'a, 'py>>(field: &Bound<'py, PyDict>, name: &str) -> PyResult<T> {
    optional(field, name)?.ok_or_else(|| PyTypeError::new_err(format!("a field's description lacks {name:?}")))
}

pub(crate) fn optional<'py, T: for<'a> FromPyObject<'a, 'py>>(
    field: &Bound<'py, PyDict>,
    name: &str,
) -> PyResult<Option<T>> {
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
        "Enum" => {
            let (name, texts): (String, Vec<String>) =
                (described.get_item(1)?.extract()?, described.get_item(2)?.extract()?);
            let kind = EnumType::new(name, texts);
            SqlType::Enum(if described.get_item(3)?.extract()? { kind.native() } else { kind })
        }
        "Array" => SqlType::Array(Box::new(type_of(described.get_item(1)?.cast::<PyTuple>()?)?)),
        "Vector" => SqlType::Postgres(PostgresType::Vector { dimensions: number(1)? }),
        "Set" => SqlType::MySql(MySqlType::Set { members: described.get_slice(1, described.len()).extract()? }),
        "Year" => SqlType::MySql(MySqlType::Year),
        name => match PostgresType::PLAIN.iter().find(|of| of.name() == name) {
            Some(of) => SqlType::Postgres(of.clone()),
            None => return Err(PyTypeError::new_err(format!("unknown field type {name:?}"))),
        },
    })
}

/// The table name of a model class that does not give one.
#[pyfunction]
pub(crate) fn table_name(model: &str) -> String {
    naming::table_name(model)
}

/// The name of an enumeration's own type, where none is given.
#[pyfunction]
#[pyo3(signature = (class_, /))]
pub(crate) fn type_name(class_: &str) -> String {
    naming::type_name(class_)
}

/// What a row of a model is called that does not say it.
#[pyfunction]
pub(crate) fn verbose_name(model: &str) -> String {
    naming::verbose_name(model)
}

/// What several rows are called, given what one is called.
#[pyfunction]
pub(crate) fn verbose_name_plural(verbose_name: &str) -> String {
    naming::verbose_name_plural(verbose_name)
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
    let info = match class.getattr(name) {
        Ok(info) => info,
        // What an abstract model lacks says so itself.
        Err(error) if error.get_type(py).is(py.get_type::<PyAttributeError>()) => {
            return Err(PyTypeError::new_err(format!("{} is not a model", class.name()?)));
        }
        Err(error) => return Err(error),
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
    for class in classes {
        add_junctions(class.py(), &*model_of(class)?, &mut tables)?;
    }
    if let Some(class) = classes.first() {
        for (junction, other) in resolve::junctions_to_outside(class.py(), &tables) {
            tables.add_junction(junction, other);
        }
    }
    Ok(tables)
}

/// Adds the tables that many-to-many relationships have made for them, where both ends are in the set.
fn add_junctions(py: Python<'_>, model: &Model, tables: &mut MetaData) -> PyResult<()> {
    for relationship in &model.relationships {
        if relationship.declared.kind != schema::RelationshipKind::ManyToMany {
            continue;
        }
        let resolved = relationship.resolved(py, model)?;
        let Some((junction, None)) = &resolved.junction else { continue };
        let has = |table: &Table| {
            tables.tables().iter().any(|other| (&other.schema, &other.name) == (&table.schema, &table.name))
        };
        if !has(junction) && has(resolved.step.target()) {
            tables.add(junction.clone()).map_err(raise)?;
        }
    }
    Ok(())
}

/// The classes of all models that are alive, those that cannot be used included.
#[pyfunction]
pub(crate) fn declared_models(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyType>>> {
    registered(py, false)
}
