//! Which end of a one-to-one relationship holds the foreign key.

use std::cmp::Ordering;

use super::key::candidates;
use super::link::is_same;
use super::{Relationship, RelationshipKind};
use crate::schema::{ModelFault, Table};

/// Where the foreign key is, seen from one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyEnd {
    /// In the relationship's own table.
    Here,
    /// In its target's.
    There,
}

impl Relationship {
    /// The end that holds the key: the one which is a `ForeignKey`; whose table alone has the foreign key; which names
    /// it; after which it is called. Both ends come to the same.
    pub(super) fn end(&self, own: &Table, target: &Table, back: Option<&Self>) -> Result<KeyEnd, Box<ModelFault>> {
        use KeyEnd::{Here, There};
        let is_self = is_same(own, target);
        let back = back.filter(|back| !(is_self && back.name == self.name)); // that is refused elsewhere
        if back.is_some_and(|back| back.kind == RelationshipKind::ManyToOne) {
            return Ok(There);
        }
        let named = &self.with_key_of(back).foreign_key;
        let holds = |holder: &Table, referred: &Table| {
            let is_there = named.iter().all(|name| holder.position(name).is_some());
            (is_there && !named.is_empty(), is_there && !candidates(holder, referred).is_empty())
        };
        let ((has_names, refers), (its_has_names, its_refers)) = (holds(own, target), holds(target, own));
        if refers != its_refers {
            return Ok(if refers { Here } else { There });
        }
        if has_names != its_has_names {
            return Ok(if has_names { Here } else { There });
        }
        let says_so = |end: Option<&Self>| end.is_some_and(|end| !end.foreign_key.is_empty());
        match (says_so(Some(self)), says_so(back)) {
            (true, false) => return Ok(Here),
            (false, true) => return Ok(There),
            _ => {}
        }
        if !refers && named.is_empty() {
            return Err(self.no_key_at_either_end(own, target));
        }
        let (key, its_key) = (key_in_question(own, target, named), key_in_question(target, own, named));
        match self.is_named_in(&key).cmp(&back.map_or(0, |back| back.is_named_in(&its_key))) {
            Ordering::Greater => Ok(Here),
            Ordering::Less => Ok(There),
            // Two foreign keys, or none that is meant: the key itself tells, or the other end.
            Ordering::Equal if !is_self || key.is_empty() => Ok(Here),
            Ordering::Equal => Err(self.either_end(own, back, &key)),
        }
    }

    /// How much the fields of a key are called like the relationship: `mentor_id`, then `mentor_number`.
    fn is_named_in(&self, key: &[String]) -> usize {
        let likeness = |field: &String| match field.strip_prefix(&self.name) {
            Some("_id") => usize::MAX,
            Some(rest) if rest.starts_with('_') => self.name.len(),
            _ => 0,
        };
        key.iter().map(likeness).max().unwrap_or(0)
    }

    fn no_key_at_either_end(&self, own: &Table, target: &Table) -> Box<ModelFault> {
        let message = if is_same(own, target) {
            format!("no field of {} is a foreign key to itself", own.model)
        } else {
            format!("no field of {} or {} is a foreign key to the other", own.model, target.model)
        };
        let hint = match target.primary_key.as_slice() {
            [only] => {
                let key = &target.columns[*only];
                let referred = format!("{}.{}", target.name, key.name);
                let field = own.language().reference(&target.model, &referred, &key.sql_type);
                format!(
                    "give one of them such a field, {} for one: {field}, with {}",
                    own.model,
                    own.language().flag("unique")
                )
            }
            _ => format!(
                "give {} a foreign key of as many fields as the key of {} has, unique together",
                own.model, target.model
            ),
        };
        self.fault(own, "relationship-key", message, hint)
    }

    fn either_end(&self, own: &Table, back: Option<&Self>, key: &[String]) -> Box<ModelFault> {
        let fields = key.join(", ");
        let attributes: Vec<&str> = key.iter().map(String::as_str).collect();
        let option = own.language().names("foreign_key", &attributes);
        let (here, model) = (&self.name, &own.model);
        let (message, hint) = match back {
            Some(back) => (
                format!(
                    "{model}.{here} and {model}.{} are the ends of {fields}, and neither is known to hold it",
                    back.name
                ),
                format!("say {option} in the one that leads to the row which {fields} refers to, and in no other"),
            ),
            None => (
                format!("{fields} leads from {model} to {model}, and {here} may be either end of it"),
                format!(
                    "say {option} if {here} is the row which {fields} refers to; else declare the end that is, and let each name the other by back_populates"
                ),
            ),
        };
        self.fault(own, "relationship-ambiguous", message, hint)
    }
}

/// The fields of the foreign key: those that are named, or of the only one.
fn key_in_question(holder: &Table, referred: &Table, named: &[String]) -> Vec<String> {
    match (named, candidates(holder, referred).as_slice()) {
        ([], [only]) => only.columns.iter().map(|at| holder.columns[*at].attribute.clone()).collect(),
        ([], _) => Vec::new(),
        _ => named.to_vec(),
    }
}
