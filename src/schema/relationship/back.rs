//! The two ends of a relationship must say the same of each other.

use super::link::is_same;
use super::{Link, Relationship, RelationshipKind};
use crate::schema::{ModelFault, Table, naming};

/// One end of a relationship.
#[derive(Debug, Clone, Copy)]
pub struct End<'a> {
    /// The table it starts from.
    pub table: &'a Table,
    /// What is declared there.
    pub relationship: &'a Relationship,
    /// The columns by which it leads away.
    pub link: &'a Link,
}

/// What contradicts a relationship's `back_populates`: `others` are the relationships of its target, by their ends.
pub fn contradiction(of: End<'_>, target: &Table, others: &[End<'_>]) -> Option<Box<ModelFault>> {
    let name = of.relationship.back_populates.as_ref()?;
    let Some(other) = others.iter().find(|other| other.relationship.name == *name) else {
        return Some(missing(of, target, name, others));
    };
    let (own, its) = (of.relationship, other.relationship);
    let language = of.table.language();
    let here = format!("{}.{}", of.table.model, own.name);
    let there = format!("{}.{name}", target.model);
    if its.target_model() != of.table.model {
        let message = format!("{there} leads to {}, not back to {}", its.target, of.table.model);
        return Some(of.fault(message, "name the relationship that leads back, or leave back_populates out"));
    }
    if own.name == its.name && is_same(of.table, target) {
        let hint = match own.kind {
            RelationshipKind::ManyToMany => {
                format!("give it {} instead, which holds both ways", language.flag("symmetrical"))
            }
            _ => "declare the other end by another name, or leave back_populates out".to_owned(),
        };
        return Some(of.fault(format!("{here} leads back by itself"), hint));
    }
    if its.kind != own.kind.reversed() && !are_ends_of_one_key(own.kind, its.kind) {
        let [this, should, is] = [own.kind, own.kind.reversed(), its.kind].map(|kind| language.kind(kind));
        let message = format!("{here} is a {this}, so {there} must be a {should}, not a {is}");
        return Some(of.fault(message, "change one of the two"));
    }
    if its.back_populates.as_ref() != Some(&own.name) {
        let says = |name: &String| language.names("back_populates", &[name]);
        let message = match &its.back_populates {
            Some(elsewhere) => format!("{there} says {}, not {:?}", says(elsewhere), own.name),
            None => format!("{there} does not say {}", says(&own.name)),
        };
        return Some(of.fault(message, "let each name the other"));
    }
    if let (Some(mine), Some(theirs)) = (&own.through, &its.through)
        && mine != theirs
    {
        let message = format!("{here} goes through {mine:?}, and {there} through {theirs:?}");
        return Some(of.fault(message, "name the same table in both, or in one of them"));
    }
    if of.link == other.link && is_same(of.table, target) {
        let message = format!("{here} and {there} start from the same foreign key of their junction");
        let round = language.option("through_fields", "(\"theirs\", \"mine\")");
        return Some(of.fault(message, format!("name its fields the other way round in one of them: {round}")));
    }
    if !of.link.is_inverse_of(other.link) {
        let message = format!("{here} and {there} follow different foreign keys");
        let [key, through] = ["foreign_key", "through"].map(|option| language.option(option, "\"…\""));
        return Some(of.fault(message, format!("give both the same {key}, or the same {through}")));
    }
    None
}

/// A foreign key that is unique leads back to one row.
fn are_ends_of_one_key(own: RelationshipKind, other: RelationshipKind) -> bool {
    use RelationshipKind::{ManyToOne, OneToOne};
    matches!((own, other), (ManyToOne, OneToOne) | (OneToOne, ManyToOne))
}

fn missing(of: End<'_>, target: &Table, name: &str, others: &[End<'_>]) -> Box<ModelFault> {
    let names = others.iter().map(|other| other.relationship.name.as_str());
    let meant = naming::nearest(name, names).map(|name| format!("did you mean {name:?}? else ")).unwrap_or_default();
    let own = of.relationship;
    // The key of a one-to-one relationship is here: there need be no row that it belongs to.
    let optional = matches!(of.link, Link::Forward { .. });
    let back = target.language().relationship(name, own.kind.reversed(), &of.table.model, &own.name, optional);
    let hint = format!("{meant}declare {back} in {}, or leave back_populates out", target.model);
    of.fault(format!("{} has no relationship {name:?}", target.model), hint)
}

impl End<'_> {
    fn fault(&self, message: impl Into<String>, hint: impl Into<String>) -> Box<ModelFault> {
        self.relationship.fault(self.table, "back-populates", message, hint)
    }
}

impl Relationship {
    /// The target's name without its module's.
    pub fn target_model(&self) -> &str {
        self.target.rsplit(['.', ':']).next().unwrap_or(&self.target)
    }
}

impl Link {
    /// Whether another link leads back by the same columns.
    fn is_inverse_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Forward { own, target }, Self::Backward { own: other_own, target: other_target })
            | (Self::Backward { own, target }, Self::Forward { own: other_own, target: other_target }) => {
                own == other_target && target == other_own
            }
            (
                Self::Junction { to_own, to_target, .. },
                Self::Junction { to_own: other_own, to_target: other_target, .. },
            ) => to_own == other_target && to_target == other_own,
            _ => false,
        }
    }
}
