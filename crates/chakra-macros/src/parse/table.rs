//! What a struct says of its table besides fields: indexes, constraints, order, remarks. Fields are named in literals,
//! so that a name that is none does not compile.

use syn::{Expr, Ident, LitStr};

use super::chain::{Call, Chain, list, text, texts};
use super::names::nearest;
use super::references::{action, check_action, target_table};
use super::setting::Setting;
use super::{Errors, Field, Model};

const INDEX: &str = "Index::new(\"name\").columns(&[\"field\"])";
const CONSTRAINT: &str = "Unique::new(\"name\").columns(&[\"field\"])";
const METHODS: [&str; 7] = ["btree", "hash", "gin", "gist", "spgist", "brin", "fulltext"];

/// Options of a table.
#[derive(Default)]
pub(crate) struct TableOptions {
    pub(crate) comment: Option<LitStr>,
    pub(crate) verbose_name: Option<LitStr>,
    pub(crate) verbose_name_plural: Option<LitStr>,
    /// Positions of fields, and whether the greatest value comes first.
    pub(crate) ordering: Vec<(usize, bool)>,
    pub(crate) arguments: Vec<Argument>,
    /// What waits for the fields to be known.
    order: Vec<LitStr>,
    indexes: Vec<Expr>,
    constraints: Vec<Expr>,
}

/// An index or a constraint.
pub(crate) enum Argument {
    Index(Index),
    Unique { name: Option<LitStr>, columns: Vec<usize> },
    Check { name: Option<LitStr>, expression: LitStr },
    ForeignKey(ForeignKey),
}

#[derive(Default)]
pub(crate) struct Index {
    pub(crate) name: Option<LitStr>,
    pub(crate) parts: Vec<Part>,
    pub(crate) unique: bool,
    pub(crate) filter: Option<LitStr>,
    pub(crate) method: Option<LitStr>,
}

/// One part of an index.
pub(crate) enum Part {
    Column { position: usize, descending: bool },
    Expression(String),
}

#[derive(Default)]
pub(crate) struct ForeignKey {
    pub(crate) name: Option<LitStr>,
    pub(crate) columns: Vec<usize>,
    pub(crate) targets: Vec<LitStr>,
    pub(crate) on_delete: Option<&'static str>,
    pub(crate) on_update: Option<&'static str>,
    pub(crate) not_indexed: bool,
}

/// Takes a setting if it is one of these; says whether it was.
pub(super) fn take(options: &mut TableOptions, setting: &Setting, errors: &mut Errors) -> bool {
    match setting.name.to_string().as_str() {
        "comment" => options.comment = errors.take(setting.text()),
        "verbose_name" => options.verbose_name = errors.take(setting.text()),
        "verbose_name_plural" => options.verbose_name_plural = errors.take(setting.text()),
        "ordering" => {
            let given = setting.expression().and_then(|given| texts(&given));
            options.order = errors.take(given).unwrap_or_default();
        }
        "indexes" => options.indexes = errors.take(elements(setting, INDEX)).unwrap_or_default(),
        "constraints" => options.constraints = errors.take(elements(setting, CONSTRAINT)).unwrap_or_default(),
        _ => return false,
    }
    true
}

fn elements(setting: &Setting, example: &str) -> syn::Result<Vec<Expr>> {
    let given = setting.value().and_then(list).map(|elements| elements.into_iter().cloned().collect());
    given.ok_or_else(|| {
        let message = format!("`{0}` takes a list, like `{0} = [{example}]`", setting.name);
        match setting.value() {
            Some(value) => syn::Error::new_spanned(value, message),
            None => syn::Error::new_spanned(&setting.name, message),
        }
    })
}

/// Resolves what waited for the fields.
pub(super) fn resolve(model: &mut Model, errors: &mut Errors) {
    let mut options = std::mem::take(&mut model.options);
    let order = std::mem::take(&mut options.order);
    let (indexes, constraints) = (std::mem::take(&mut options.indexes), std::mem::take(&mut options.constraints));
    let mut reader = Reader { model: &model.ident, fields: &model.fields, errors };
    for term in &order {
        options.ordering.extend(reader.order(term));
    }
    for index in &indexes {
        options.arguments.extend(reader.index(index));
    }
    for constraint in &constraints {
        options.arguments.extend(reader.constraint(constraint));
    }
    model.options = options;
}

struct Reader<'a> {
    model: &'a Ident,
    fields: &'a [Field],
    errors: &'a mut Errors,
}

impl Reader<'_> {
    /// The position of a field that is named.
    fn position(&mut self, name: &LitStr, text: &str) -> Option<usize> {
        let found = self.fields.iter().position(|field| field.name() == text);
        if found.is_none() {
            let names: Vec<String> = self.fields.iter().map(Field::name).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let behind = self.fields.iter().find(|field| field.column_name() == text);
            let hint = match (behind, nearest(text, &names)) {
                (Some(field), _) => format!("the field of that column is `{}`", field.name()),
                (None, Some(near)) => format!("did you mean `{near}`?"),
                (None, None) => format!("its fields are {}", names.join(", ")),
            };
            self.errors.at(name.span(), format_args!("`{}` has no field `{text}`; {hint}", self.model));
        }
        found
    }

    fn positions(&mut self, names: &[LitStr]) -> Vec<usize> {
        names.iter().filter_map(|name| self.position(name, &name.value())).collect()
    }

    /// One term of the order: `pk` stands for the fields of the key.
    fn order(&mut self, term: &LitStr) -> Vec<(usize, bool)> {
        let (descending, name) = descending(&term.value());
        if name == "pk" && self.fields.iter().all(|field| field.name() != "pk") {
            let keys = self.fields.iter().enumerate().filter(|(_, field)| field.primary_key);
            return keys.map(|(position, _)| (position, descending)).collect();
        }
        self.position(term, &name).map(|position| (position, descending)).into_iter().collect()
    }

    fn index(&mut self, given: &Expr) -> Option<Argument> {
        let chain = self.errors.take(Chain::of(given, INDEX))?;
        if chain.kind != "Index" {
            self.errors.at(chain.kind.span(), format_args!("`indexes` lists indexes: `{INDEX}`"));
            return None;
        }
        let (name, columns) = self.named(&chain)?;
        let mut index = Index { name, ..Index::default() };
        for column in &columns {
            self.index_part(&mut index, column);
        }
        for call in &chain.calls {
            self.index_call(&mut index, call);
        }
        if index.parts.is_empty() {
            self.errors
                .at(chain.span, "an index is over something: `.columns(&[\"field\"])` or `.expression(\"sql\")`");
        }
        Some(Argument::Index(index))
    }

    fn index_call(&mut self, index: &mut Index, call: &Call) {
        const CALLS: [&str; 6] = ["columns", "unique", "desc", "filter", "expression", "method"];
        match call.name.to_string().as_str() {
            "columns" => {
                for column in self.take_texts(call) {
                    self.index_part(index, &column);
                }
            }
            "unique" => index.unique = self.errors.take(call.flag()).unwrap_or_default(),
            "desc" => {
                for column in self.take_texts(call) {
                    self.descending(index, &column);
                }
            }
            "filter" => index.filter = self.take_text(call),
            "expression" => {
                index.parts.extend(self.take_text(call).map(|sql| Part::Expression(sql.value())));
            }
            "method" => index.method = self.take_text(call).and_then(|method| self.method(method)),
            _ => self.unknown(call, "an index", &CALLS),
        }
    }

    /// A column, `-` before it for the greatest value first, or an SQL expression in parentheses.
    fn index_part(&mut self, index: &mut Index, given: &LitStr) {
        let whole = given.value();
        if let Some(expression) = whole.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            index.parts.push(Part::Expression(expression.to_owned()));
            return;
        }
        let (descending, name) = descending(&whole);
        let found = self.position(given, &name);
        index.parts.extend(found.map(|position| Part::Column { position, descending }));
    }

    fn descending(&mut self, index: &mut Index, given: &LitStr) {
        let Some(wanted) = self.position(given, &given.value()) else { return };
        let mut named = false;
        for part in &mut index.parts {
            if let Part::Column { position, descending } = part
                && *position == wanted
            {
                (*descending, named) = (true, true);
            }
        }
        if !named {
            self.errors.at(given.span(), "`desc` names a column of the index; name it in `columns` before");
        }
    }

    fn method(&mut self, given: LitStr) -> Option<LitStr> {
        let name = given.value().to_lowercase();
        if METHODS.contains(&name.as_str()) {
            return Some(given);
        }
        let hint = nearest(&name, &METHODS).map(|near| format!("did you mean \"{near}\"? ")).unwrap_or_default();
        self.errors.at(given.span(), format_args!("no such method; {hint}there are {}", METHODS.join(", ")));
        None
    }

    fn constraint(&mut self, given: &Expr) -> Option<Argument> {
        let chain = self.errors.take(Chain::of(given, CONSTRAINT))?;
        match chain.kind.to_string().as_str() {
            "Unique" => self.unique(&chain),
            "Check" => self.check(&chain),
            "ForeignKey" => self.foreign_key(&chain),
            _ => {
                let message = "`constraints` lists `Unique`, `Check` and `ForeignKey`; an `Index` stands in `indexes`";
                self.errors.at(chain.kind.span(), message);
                None
            }
        }
    }

    fn unique(&mut self, chain: &Chain) -> Option<Argument> {
        let (name, mut names) = self.named(chain)?;
        for call in &chain.calls {
            match call.name.to_string().as_str() {
                "columns" => names.extend(self.take_texts(call)),
                _ => self.unknown(call, "a unique constraint", &["columns"]),
            }
        }
        if names.is_empty() {
            self.errors.at(chain.span, "a unique constraint is over fields: `.columns(&[\"field\"])`");
        }
        Some(Argument::Unique { name, columns: self.positions(&names) })
    }

    fn check(&mut self, chain: &Chain) -> Option<Argument> {
        const EXAMPLE: &str = "`Check::new(\"name\").expression(\"price >= 0\")`";
        let name = match chain.given.as_slice() {
            [] => None,
            [name] => Some(self.errors.take(text(name))?),
            _ => {
                self.errors.at(chain.span, format_args!("write it as {EXAMPLE}"));
                return None;
            }
        };
        let mut expression = None;
        for call in &chain.calls {
            match call.name.to_string().as_str() {
                "expression" => expression = self.take_text(call),
                _ => self.unknown(call, "a check", &["expression"]),
            }
        }
        if expression.is_none() {
            self.errors.at(chain.span, format_args!("a check has an SQL condition: {EXAMPLE}"));
        }
        Some(Argument::Check { name, expression: expression? })
    }

    fn foreign_key(&mut self, chain: &Chain) -> Option<Argument> {
        const CALLS: [&str; 5] = ["columns", "references", "on_delete", "on_update", "index"];
        let (name, mut names) = self.named(chain)?;
        let mut key = ForeignKey { name, ..ForeignKey::default() };
        for call in &chain.calls {
            match call.name.to_string().as_str() {
                "columns" => names.extend(self.take_texts(call)),
                "references" => key.targets = self.targets(call),
                "on_delete" => key.on_delete = self.errors.take(call.only().and_then(action)),
                "on_update" => key.on_update = self.errors.take(call.only().and_then(action)),
                "index" => key.not_indexed = !self.errors.take(call.flag()).unwrap_or(true),
                _ => self.unknown(call, "a foreign key", &CALLS),
            }
        }
        key.columns = self.positions(&names);
        let fields = self.fields;
        for action in [key.on_delete, key.on_update].into_iter().flatten() {
            for position in &key.columns {
                check_action(&fields[*position], action, chain.span, self.errors);
            }
        }
        if key.columns.len() == names.len() && (names.is_empty() || names.len() != key.targets.len()) {
            let example =
                "`ForeignKey::new(\"name\").columns(&[\"a\", \"b\"]).references(&[\"table.x\", \"table.y\"])`";
            self.errors.at(chain.span, format_args!("each field refers to one column: {example}"));
        }
        Some(Argument::ForeignKey(key))
    }

    /// `references(&["table.x", "table.y"])`: columns of one table.
    fn targets(&mut self, call: &Call) -> Vec<LitStr> {
        let targets = self.take_texts(call);
        let tables = targets.iter().map(target_table).collect::<syn::Result<Vec<_>>>();
        let Some(tables) = self.errors.take(tables) else { return targets };
        if tables.iter().any(|table| *table != tables[0]) {
            self.errors.at(call.name.span(), "a foreign key refers to columns of one table");
        }
        targets
    }

    /// What `new` is given: a name, or the columns of something without one.
    fn named(&mut self, chain: &Chain) -> Option<(Option<LitStr>, Vec<LitStr>)> {
        match chain.given.as_slice() {
            [] => Some((None, Vec::new())),
            [columns] if list(columns).is_some() => Some((None, self.errors.take(texts(columns))?)),
            [name] => Some((Some(self.errors.take(text(name))?), Vec::new())),
            _ => {
                self.errors.at(chain.span, format_args!("`{}::new` takes a name, or a list of fields", chain.kind));
                None
            }
        }
    }

    fn take_texts(&mut self, call: &Call) -> Vec<LitStr> {
        let given = match call.arguments() {
            [] => call.only().and_then(texts),
            [only] => texts(only),
            several => several.iter().map(text).collect(),
        };
        self.errors.take(given).unwrap_or_default()
    }

    fn take_text(&mut self, call: &Call) -> Option<LitStr> {
        self.errors.take(call.only().and_then(text))
    }

    fn unknown(&mut self, call: &Call, what: &str, known: &[&str]) {
        let name = call.name.to_string();
        let hint = match nearest(&name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it takes {}", known.join(", ")),
        };
        self.errors.at(call.name.span(), format_args!("unknown option `{name}` of {what}; {hint}"));
    }
}

/// Whether the greatest value comes first, and the name.
fn descending(term: &str) -> (bool, String) {
    match term.strip_prefix('-') {
        Some(name) => (true, name.to_owned()),
        None => (false, term.to_owned()),
    }
}
