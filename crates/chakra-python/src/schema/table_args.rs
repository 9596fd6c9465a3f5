//! What a model says of its table besides fields: indexes, constraints, order, remarks. Python names fields, the engine
//! counts columns; a name that is none is a mistake of the definition.

use chakra::schema::{
    Action, Check, ColumnOrder, ForeignKey, Index, IndexMethod, IndexPart, ModelFault, Reference, Table, Unique, naming,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::{optional, required};

/// Adds to a table what its model says of it; gives what is wrong with that.
pub(super) fn apply(
    table: &mut Table,
    fields: &[Bound<'_, PyDict>],
    options: &Bound<'_, PyDict>,
) -> PyResult<Vec<ModelFault>> {
    let mut reader = Reader { table, faults: Vec::new() };
    reader.table.comment = optional(options, "comment")?;
    if let Some(name) = optional::<String>(options, "verbose_name")? {
        reader.table.verbose_name_plural = naming::verbose_name_plural(&name);
        reader.table.verbose_name = name;
    }
    if let Some(name) = optional(options, "verbose_name_plural")? {
        reader.table.verbose_name_plural = name;
    }
    reader.order(&optional::<Vec<String>>(options, "ordering")?.unwrap_or_default());
    for (position, field) in fields.iter().enumerate() {
        for reference in optional::<Vec<Bound<'_, PyDict>>>(field, "references")?.unwrap_or_default() {
            reader.field_reference(position, &reference, optional(field, "index")? != Some(false))?;
        }
    }
    for argument in optional::<Vec<Bound<'_, PyDict>>>(options, "args")?.unwrap_or_default() {
        reader.argument(&argument)?;
    }
    Ok(reader.faults)
}

struct Reader<'a> {
    table: &'a mut Table,
    faults: Vec<ModelFault>,
}

impl Reader<'_> {
    fn refuse(&mut self, code: &'static str, message: String, hint: String) {
        self.faults.push(ModelFault::new(code, &self.table.model, message, hint));
    }

    /// The position of a field that `what` names.
    fn position(&mut self, what: &str, field: &str) -> Option<usize> {
        let found = self.table.position(field);
        if found.is_none() {
            let names: Vec<&str> = self.table.columns.iter().map(|column| column.attribute.as_str()).collect();
            let meant = naming::nearest(field, names.iter().copied());
            let meant = meant.map(|near| format!("did you mean {near:?}? ")).unwrap_or_default();
            let hint = format!("{meant}its fields are {}", names.join(", "));
            self.refuse("unknown-field", format!("{what} names {field:?}, which is no field"), hint);
        }
        found
    }

    /// The positions of all of them, or None.
    fn positions(&mut self, what: &str, fields: &[String]) -> Option<Vec<usize>> {
        // All are looked up, so that each wrong one is told.
        let found: Vec<Option<usize>> = fields.iter().map(|field| self.position(what, field)).collect();
        found.into_iter().collect()
    }

    /// The model's order: `pk` stands for the fields of the key.
    fn order(&mut self, terms: &[String]) {
        for term in terms {
            let (descending, name) = match term.strip_prefix('-') {
                Some(name) => (true, name),
                None => (false, term.as_str()),
            };
            let columns = match name {
                "pk" => self.table.primary_key.clone(),
                _ => match self.table.position(name) {
                    Some(column) => vec![column],
                    None => continue, // told by the model itself
                },
            };
            self.table.ordering.extend(columns.into_iter().map(|column| ColumnOrder { column, descending }));
        }
    }

    fn argument(&mut self, given: &Bound<'_, PyDict>) -> PyResult<()> {
        let what: String = required(given, "what")?;
        let name: Option<String> = optional(given, "name")?;
        match required::<String>(given, "kind")?.as_str() {
            "index" => self.index(&what, name.as_deref(), given)?,
            "unique" => {
                let fields: Vec<String> = required(given, "columns")?;
                if let Some(columns) = self.positions(&what, &fields) {
                    let name = self.table.unique_name(name.as_deref(), &columns);
                    self.table.uniques.push(Unique { name, columns });
                }
            }
            "check" => {
                let expression: String = required(given, "expression")?;
                let name = self.table.check_name(name.as_deref(), &expression);
                self.table.checks.push(Check { name, expression });
            }
            _ => {
                let fields: Vec<String> = required(given, "columns")?;
                if let Some(columns) = self.positions(&what, &fields) {
                    let indexed = optional(given, "index")? != Some(false);
                    self.foreign_key(&what, name.as_deref(), columns, given, indexed)?;
                }
            }
        }
        Ok(())
    }

    fn index(&mut self, what: &str, name: Option<&str>, given: &Bound<'_, PyDict>) -> PyResult<()> {
        let mut index = Index::over("", []);
        index.unique = optional(given, "unique")?.unwrap_or(false);
        index.filter = optional(given, "where")?;
        if let Some(method) = optional::<String>(given, "method")? {
            index.method = IndexMethod::from_name(&method);
            if index.method.is_none() {
                let hint = one_of(&method, &IndexMethod::ALL.map(|(name, _)| name));
                self.refuse("index-method", format!("{what} has the unknown method {method:?}"), hint);
            }
        }
        let mut all_found = true;
        for part in required::<Vec<Bound<'_, PyTuple>>>(given, "parts")? {
            let (text, descending): (String, Option<bool>) = part.extract()?;
            match descending {
                None => index.parts.push(IndexPart::Expression(text)),
                Some(descending) => match self.position(what, &text) {
                    Some(column) => index.parts.push(IndexPart::Column(ColumnOrder { column, descending })),
                    None => all_found = false,
                },
            }
        }
        if all_found {
            index.name = self.table.index_name(name, &index);
            self.table.indexes.push(index);
        }
        Ok(())
    }

    fn field_reference(&mut self, position: usize, given: &Bound<'_, PyDict>, indexed: bool) -> PyResult<()> {
        let name: Option<String> = optional(given, "name")?;
        let before = self.faults.len();
        self.foreign_key("ForeignKey", name.as_deref(), vec![position], given, indexed)?;
        let attribute = &self.table.columns[position].attribute;
        for fault in &mut self.faults[before..] {
            fault.attribute = Some(attribute.clone());
        }
        Ok(())
    }

    fn foreign_key(
        &mut self,
        what: &str,
        name: Option<&str>,
        columns: Vec<usize>,
        given: &Bound<'_, PyDict>,
        indexed: bool,
    ) -> PyResult<()> {
        let targets: Vec<String> = required(given, "targets")?;
        let on_delete = self.action(what, "on_delete", given)?;
        let on_update = self.action(what, "on_update", given)?;
        let Some(references) = self.references(what, &targets) else { return Ok(()) };
        let Some(first) = references.first() else { return Ok(()) };
        let mut key = ForeignKey::new(self.table.foreign_key_name(name, &columns), columns, &first.table, Vec::new());
        key.target_schema.clone_from(&first.schema);
        key.target_columns = references.iter().map(|reference| reference.column.clone()).collect();
        (key.on_delete, key.on_update, key.indexed) = (on_delete, on_update, indexed);
        self.table.foreign_keys.push(key);
        Ok(())
    }

    /// The columns that are referred to, all of one table.
    fn references(&mut self, what: &str, targets: &[String]) -> Option<Vec<Reference>> {
        let mut references: Vec<Reference> = Vec::with_capacity(targets.len());
        for target in targets {
            let Some(reference) = Reference::parse(target) else {
                let hint = "write it as \"table.column\" or \"schema.table.column\", with names in double quotes where they hold a dot";
                self.refuse("foreign-key", format!("{what} refers to {target:?}"), hint.to_owned());
                return None;
            };
            if references
                .first()
                .is_some_and(|first| (&first.schema, &first.table) != (&reference.schema, &reference.table))
            {
                let hint = "a foreign key refers to columns of one table".to_owned();
                self.refuse("foreign-key", format!("{what} refers to several tables: {}", targets.join(", ")), hint);
                return None;
            }
            references.push(reference);
        }
        Some(references)
    }

    fn action(&mut self, what: &str, event: &str, given: &Bound<'_, PyDict>) -> PyResult<Action> {
        let Some(name) = optional::<String>(given, event)? else { return Ok(Action::NoAction) };
        Ok(Action::from_name(&name).unwrap_or_else(|| {
            let hint = one_of(&name.to_uppercase(), &Action::ALL.map(|(name, _)| name));
            self.refuse("foreign-key", format!("{what} has the unknown action {event}={name:?}"), hint);
            Action::NoAction
        }))
    }
}

/// The valid names, the nearest first.
fn one_of(wrong: &str, valid: &[&str]) -> String {
    let meant = naming::nearest(wrong, valid.iter().copied());
    let meant = meant.map(|near| format!("did you mean {near:?}? ")).unwrap_or_default();
    format!("{meant}there are {}", valid.join(", "))
}
