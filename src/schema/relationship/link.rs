//! The columns by which two tables are related.

use super::{Relationship, RelationshipKind};
use crate::schema::{ForeignKey, ModelFault, Table, naming};

/// The columns by which a relationship leads from its own table to its target, by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// This table holds the foreign key.
    Forward {
        /// The foreign key, here.
        own: Vec<usize>,
        /// What it refers to.
        target: Vec<usize>,
    },
    /// The target holds the foreign key.
    Backward {
        /// What is referred to, here.
        own: Vec<usize>,
        /// The foreign key, there.
        target: Vec<usize>,
    },
    /// A junction holds a foreign key to either.
    Junction {
        /// What is referred to, here.
        own: Vec<usize>,
        /// The junction's key to this table.
        to_own: Vec<usize>,
        /// The junction's key to the target.
        to_target: Vec<usize>,
        /// What is referred to, there.
        target: Vec<usize>,
    },
}

/// A foreign key with what it refers to, by position.
type Ends = (Vec<usize>, Vec<usize>);

impl Relationship {
    /// Finds the columns by which the relationship leads from its own table to its target.
    ///
    /// # Errors
    ///
    /// What is wrong with the declaration, and how to mend it: no foreign key between the two, or several of which
    /// none is named.
    pub fn link(&self, own: &Table, target: &Table, junction: Option<&Table>) -> Result<Link, Box<ModelFault>> {
        let forward = |(own, target)| Link::Forward { own, target };
        let backward = |(target, own)| Link::Backward { own, target };
        match self.kind {
            RelationshipKind::ManyToOne => self.key(own, own, target).map(forward),
            RelationshipKind::OneToMany => self.key(own, target, own).map(backward),
            RelationshipKind::OneToOne => self.one_to_one(own, target),
            RelationshipKind::ManyToMany => match junction {
                Some(junction) => self.junction(own, target, junction),
                None => {
                    let hint = format!("name one by {}", own.language().option("through", "\"…\""));
                    Err(self.fault(own, "relationship-junction", "no table joins the two", hint))
                }
            },
        }
    }

    /// The key may be at either end; of a model with itself, and where both refer to each other, it must be named or
    /// be here.
    fn one_to_one(&self, own: &Table, target: &Table) -> Result<Link, Box<ModelFault>> {
        let here = self.is_key_of(own) && !candidates(own, target).is_empty();
        let (ends, holder) =
            if here { (self.key(own, own, target)?, own) } else { (self.key(own, target, own)?, target) };
        let is_unique = holder.unique_sets().iter().any(|set| set.iter().all(|column| ends.0.contains(column)));
        if !is_unique {
            let names = attributes(holder, &ends.0);
            let message = format!("{}.{names} may refer to one row more than once", holder.model);
            let kind = if here { RelationshipKind::ManyToOne } else { RelationshipKind::OneToMany };
            let (unique, instead) = (holder.language().flag("unique"), own.language().kind(kind));
            let hint = format!("declare {names} with {unique}, or the relationship as a {instead}");
            return Err(self.fault(own, "relationship-not-unique", message, hint));
        }
        Ok(if here {
            Link::Forward { own: ends.0, target: ends.1 }
        } else {
            Link::Backward { own: ends.1, target: ends.0 }
        })
    }

    /// Whether the named attributes, if any, are attributes of a table.
    fn is_key_of(&self, table: &Table) -> bool {
        self.foreign_key.iter().all(|name| table.position(name).is_some())
    }

    /// The foreign key by which `holder` refers to `referred`.
    fn key(&self, own: &Table, holder: &Table, referred: &Table) -> Result<Ends, Box<ModelFault>> {
        let candidates = candidates(holder, referred);
        if self.foreign_key.is_empty() {
            return match candidates.as_slice() {
                [only] => Ok(ends(only, referred)),
                [] => Err(self.no_key(own, holder, referred)),
                several => Err(self.several_keys(own, holder, referred, several)),
            };
        }
        let columns = self.named(own, holder, &self.foreign_key)?;
        if let Some(declared) = candidates.iter().find(|key| key.columns == columns) {
            return Ok(ends(declared, referred));
        }
        if columns.len() == referred.primary_key.len() {
            return Ok((columns, referred.primary_key.clone()));
        }
        let (given, key) = (columns.len(), referred.primary_key.len());
        let message = format!("foreign_key names {given} fields, but the key of {} has {key}", referred.model);
        Err(self.fault(own, "relationship-key", message, "name one field for each part of the key"))
    }

    fn named(&self, own: &Table, holder: &Table, names: &[String]) -> Result<Vec<usize>, Box<ModelFault>> {
        let position = |name: &String| {
            holder.position(name).ok_or_else(|| {
                let fields = holder.columns.iter().map(|column| column.attribute.as_str());
                let nearest = naming::nearest(name, fields.clone());
                let meant = nearest.map(|name| format!("did you mean {name:?}? ")).unwrap_or_default();
                let fields: Vec<&str> = fields.collect();
                let message = format!("{name:?} is no field of {}", holder.model);
                self.fault(own, "relationship-key", message, format!("{meant}its fields are {}", fields.join(", ")))
            })
        };
        names.iter().map(position).collect()
    }

    fn no_key(&self, own: &Table, holder: &Table, referred: &Table) -> Box<ModelFault> {
        let message = format!("no field of {} is a foreign key to {}", holder.model, referred.model);
        let named = own.language().option("foreign_key", "\"…\"");
        let hint = match referred.primary_key.as_slice() {
            [only] => {
                let key = &referred.columns[*only];
                let target = format!("{}.{}", referred.name, key.name);
                let field = holder.language().reference(&referred.model, &target, &key.sql_type);
                format!("give {} a field such as {field}, or name the field by {named}", holder.model)
            }
            _ => format!("give {} a foreign key of as many fields as that key has", holder.model),
        };
        self.fault(own, "relationship-key", message, hint)
    }

    fn several_keys(&self, own: &Table, holder: &Table, referred: &Table, keys: &[&ForeignKey]) -> Box<ModelFault> {
        let names: Vec<String> = keys.iter().map(|key| attributes(holder, &key.columns)).collect();
        let message = format!("{} refers to {} by {}", holder.model, referred.model, names.join(" and by "));
        let fields: Vec<&str> = keys[0].columns.iter().map(|at| holder.columns[*at].attribute.as_str()).collect();
        let hint = format!("say which: {}", own.language().names("foreign_key", &fields));
        self.fault(own, "relationship-ambiguous", message, hint)
    }

    fn junction(&self, own: &Table, target: &Table, junction: &Table) -> Result<Link, Box<ModelFault>> {
        let (to_own, to_target) = match &self.through_fields {
            Some((mine, theirs)) => (self.side(own, junction, own, mine)?, self.side(own, junction, target, theirs)?),
            None => self.sides(own, target, junction)?,
        };
        Ok(Link::Junction { own: to_own.1, to_own: to_own.0, to_target: to_target.0, target: to_target.1 })
    }

    /// The junction's key that a field of it is part of.
    fn side(&self, own: &Table, junction: &Table, referred: &Table, name: &String) -> Result<Ends, Box<ModelFault>> {
        let columns = self.named(own, junction, std::slice::from_ref(name))?;
        let keys = candidates(junction, referred);
        match keys.iter().find(|key| columns.iter().all(|column| key.columns.contains(column))) {
            Some(key) => Ok(ends(key, referred)),
            None => {
                let message = format!("{}.{name} is no foreign key to {}", junction.model, referred.model);
                Err(self.fault(own, "relationship-junction", message, "name the junction's fields that refer to both"))
            }
        }
    }

    /// One key to each; of a model with itself its first-declared key is its own.
    fn sides(&self, own: &Table, target: &Table, junction: &Table) -> Result<(Ends, Ends), Box<ModelFault>> {
        let (mine, theirs) = (candidates(junction, own), candidates(junction, target));
        let is_self = is_same(own, target);
        match (mine.as_slice(), theirs.as_slice()) {
            ([first, second], _) if is_self => Ok((ends(first, own), ends(second, own))),
            ([mine], [theirs]) if !is_self => Ok((ends(mine, own), ends(theirs, target))),
            _ => {
                let wanted = if is_self { "two foreign keys" } else { "one foreign key" };
                let message = format!(
                    "{} has {} to {} and {} to {}, where {wanted} to each is expected",
                    junction.model,
                    mine.len(),
                    own.model,
                    theirs.len(),
                    target.model
                );
                let named = own.language().option("through_fields", "(\"mine\", \"theirs\")");
                let hint = format!("declare them, or name the two fields by {named}");
                Err(self.fault(own, "relationship-junction", message, hint))
            }
        }
    }

    pub(super) fn fault(
        &self,
        own: &Table,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Box<ModelFault> {
        let message = format!("{} to {}: {}", own.language().kind(self.kind), self.target, message.into());
        Box::new(ModelFault::new(code, &own.model, message, hint).on(&self.name))
    }
}

/// The foreign keys by which a table refers to another.
fn candidates<'a>(holder: &'a Table, referred: &Table) -> Vec<&'a ForeignKey> {
    let refers = |key: &&ForeignKey| {
        let schema = key.target_schema.as_ref().or(holder.schema.as_ref());
        key.target_table == referred.name && schema == referred.schema.as_ref()
    };
    holder.foreign_keys.iter().filter(refers).collect()
}

/// Columns that are not there are another rule's to find: see `Table::faults`.
fn ends(key: &ForeignKey, referred: &Table) -> Ends {
    let position = |name: &String| referred.columns.iter().position(|column| column.name == *name);
    (key.columns.clone(), key.target_columns.iter().filter_map(position).collect())
}

fn attributes(table: &Table, columns: &[usize]) -> String {
    columns.iter().map(|at| table.columns[*at].attribute.as_str()).collect::<Vec<_>>().join(", ")
}

pub(super) fn is_same(left: &Table, right: &Table) -> bool {
    (&left.schema, &left.name) == (&right.schema, &right.name)
}
