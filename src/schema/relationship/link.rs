//! The columns by which two tables are related.

use super::key::{Ends, candidates, ends};
use super::key_end::KeyEnd;
use super::{Relationship, RelationshipKind};
use crate::schema::{ModelFault, Table};

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

impl Relationship {
    /// Finds the columns by which the relationship leads from its own table to its target; `back` is the one that
    /// leads back, where one is declared.
    ///
    /// # Errors
    ///
    /// What is wrong with the declaration, and how to mend it: no foreign key between the two, or several of which
    /// none is named.
    pub fn link(
        &self,
        own: &Table,
        target: &Table,
        back: Option<&Self>,
        junction: Option<&Table>,
    ) -> Result<Link, Box<ModelFault>> {
        let forward = |(own, target)| Link::Forward { own, target };
        let backward = |(target, own)| Link::Backward { own, target };
        let named = self.with_key_of(back);
        match self.kind {
            RelationshipKind::ManyToOne => named.key(own, own, target).map(forward),
            RelationshipKind::OneToMany => named.key(own, target, own).map(backward),
            RelationshipKind::OneToOne => match self.end(own, target, back)? {
                KeyEnd::Here => named.unique_key(own, own, target).map(forward),
                KeyEnd::There => named.unique_key(own, target, own).map(backward),
            },
            RelationshipKind::ManyToMany => match junction {
                Some(junction) => self.junction(own, target, junction),
                None => {
                    let hint = format!("name one by {}", own.language().option("through", "\"…\""));
                    Err(self.fault(own, "relationship-junction", "no table joins the two", hint))
                }
            },
        }
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

pub(super) fn is_same(left: &Table, right: &Table) -> bool {
    (&left.schema, &left.name) == (&right.schema, &right.name)
}
