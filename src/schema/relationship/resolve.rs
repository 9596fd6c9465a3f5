//! What a relationship leads to, among the models of a program.

use super::junction::junction_table;
use super::link::is_same;
use super::{End, Link, Relationship, RelationshipKind, contradiction};
use crate::schema::{Declared, ModelFault, Role, Table, naming};

/// A relationship with what it leads to.
#[derive(Debug, Clone)]
pub struct Resolved<'a> {
    /// The related model.
    pub target: Declared<'a>,
    /// The columns by which it is related.
    pub link: Link,
    /// The table between the two, of a many-to-many relationship.
    pub junction: Option<Junction<'a>>,
    /// Which of the target's relationships leads back, where one is named.
    pub back: Option<usize>,
}

/// The table between the ends of a many-to-many relationship.
#[derive(Debug, Clone)]
pub enum Junction<'a> {
    /// A model's.
    Declared(Declared<'a>),
    /// One that nothing but the relationship speaks of.
    Made(Box<Table>),
}

impl Junction<'_> {
    /// The table.
    pub fn table(&self) -> &Table {
        match self {
            Self::Declared(declared) => declared.table,
            Self::Made(table) => table,
        }
    }
}

/// Finds what a relationship of a model leads to. The model itself may stand among `all`.
///
/// # Errors
///
/// What is wrong with the declaration, and how to mend it: a target that no model, or more than one, is called; no
/// foreign key between the two; a relationship that should lead back and does not.
pub fn resolve<'a>(
    of: Declared<'a>,
    relationship: &Relationship,
    all: &[Declared<'a>],
) -> Result<Resolved<'a>, Box<ModelFault>> {
    let (target, link, junction) = followed(of, relationship, all)?;
    let links: Vec<Option<Link>> =
        target.relationships.iter().map(|other| Some(followed(target, other, all).ok()?.1)).collect();
    let others: Vec<End<'_>> = target
        .relationships
        .iter()
        .zip(&links)
        .filter_map(|(relationship, link)| Some(End { table: target.table, relationship, link: link.as_ref()? }))
        .collect();
    let back = relationship.position_of_back(target.relationships);
    let is_broken = back.is_some_and(|back| links[back].is_none()); // its own model tells
    if !is_broken
        && let Some(fault) = contradiction(End { table: of.table, relationship, link: &link }, target.table, &others)
    {
        return Err(fault);
    }
    if let Some(Junction::Made(table)) = &junction
        && let Some(other) = of.relationships.iter().find(|other| relationship.is_mixed_with(other, table, of, all))
    {
        return Err(relationship.mixed(of.table, other, table));
    }
    Ok(Resolved { target, link, junction, back })
}

/// The target and the way there, whatever leads back.
fn followed<'a>(
    of: Declared<'a>,
    relationship: &Relationship,
    all: &[Declared<'a>],
) -> Result<(Declared<'a>, Link, Option<Junction<'a>>), Box<ModelFault>> {
    let target = target(of, relationship, all)?;
    let back = relationship.position_of_back(target.relationships);
    if relationship.symmetrical
        && let Some(fault) = relationship.needless_symmetry(of.table, target.table)
    {
        return Err(fault);
    }
    if relationship.kind != RelationshipKind::ManyToMany {
        let back = back.map(|back| &target.relationships[back]);
        let link = relationship.link(of.table, target.table, back, None)?;
        return Ok((target, link, None));
    }
    let first = if is_same(of.table, target.table) { relationship.declared_first(back, target) } else { relationship };
    let back = back.map(|back| &target.relationships[back]);
    let name = first.junction_name(of.table, target.table, back);
    let is_meant = |declared: &&Declared<'a>| declared.table.name == name && declared.table.schema == of.table.schema;
    let junction = match all.iter().find(is_meant) {
        Some(declared) => Junction::Declared(*declared),
        None => Junction::Made(Box::new(junction_table(&name, of.table, target.table))),
    };
    if junction.table().role(Role::DeletedAt).is_some() {
        let message =
            format!("the rows of its junction {name:?} are marked when they are deleted: two rows are joined or not");
        let hint = "take soft deletion from the junction, or lead to it by OneToMany";
        return Err(relationship.fault(of.table, "relationship-junction", message, hint));
    }
    let mut link = relationship.link(of.table, target.table, None, Some(junction.table()))?;
    // Where nobody declared the junction, nobody can say which of its keys is whose: the second end takes the other.
    let is_second = first.name != relationship.name && relationship.through_fields.is_none();
    if is_second && matches!(junction, Junction::Made(_)) {
        link = link.reversed();
    }
    Ok((target, link, Some(junction)))
}

/// The model that a relationship names.
fn target<'a>(
    of: Declared<'a>,
    relationship: &Relationship,
    all: &[Declared<'a>],
) -> Result<Declared<'a>, Box<ModelFault>> {
    let is_called = |declared: &Declared<'a>| {
        declared.path == relationship.target
            || declared.table.model == relationship.target
            || declared.path.strip_suffix(&relationship.target).is_some_and(|before| before.ends_with(['.', ':']))
    };
    let own = all.iter().all(|other| !std::ptr::eq(other.table, of.table)).then_some(of);
    let everyone = || own.into_iter().chain(all.iter().copied());
    let exact: Vec<Declared<'a>> = everyone().filter(|declared| declared.path == relationship.target).collect();
    let called = if exact.is_empty() { everyone().filter(is_called).collect() } else { exact };
    match called.as_slice() {
        [only] => Ok(*only),
        [] => Err(relationship.unknown_target(of.table, everyone())),
        several => Err(relationship.several_targets(of.table, several)),
    }
}

impl Relationship {
    fn position_of_back(&self, others: &[Self]) -> Option<usize> {
        let name = self.back_populates.as_ref()?;
        others.iter().position(|other| other.name == *name)
    }

    /// Of a relationship of a model with itself and the one that leads back, that which stands first.
    fn declared_first<'b>(&'b self, back: Option<usize>, target: Declared<'b>) -> &'b Self {
        let own = target.relationships.iter().position(|other| other.name == self.name);
        match (own, back) {
            (Some(own), Some(back)) if back < own => &target.relationships[back],
            _ => self,
        }
    }

    /// Whether another relationship of the model would join its rows in the same table, which nobody declared: those of
    /// the one would be those of the other.
    fn is_mixed_with(&self, other: &Self, made: &Table, of: Declared<'_>, all: &[Declared<'_>]) -> bool {
        let names = |one: &Self, other: &Self| one.back_populates.as_ref() == Some(&other.name);
        other.kind == RelationshipKind::ManyToMany
            && other.name != self.name
            && !(names(self, other) && names(other, self))
            && matches!(followed(of, other, all), Ok((_, _, Some(Junction::Made(table)))) if is_same(&table, made))
    }

    fn mixed(&self, own: &Table, other: &Self, made: &Table) -> Box<ModelFault> {
        let message =
            format!("{:?} of the same model would join its rows in the same table, {:?}", other.name, made.name);
        let hint = format!("give one of them another table by {}", own.language().option("through", "\"…\""));
        self.fault(own, "relationship-junction", message, hint)
    }

    /// What is wrong with saying that a relationship holds both ways.
    fn needless_symmetry(&self, own: &Table, target: &Table) -> Option<Box<ModelFault>> {
        let flag = own.language().flag("symmetrical");
        let (message, hint) = if !is_same(own, target) {
            (
                format!(
                    "rows of {} and of {} cannot be each other's; {flag} is for a model with itself",
                    own.model, target.model
                ),
                format!("leave {flag} out"),
            )
        } else if self.back_populates.is_some() {
            (
                format!("with {flag} it leads back by itself, and has no other end"),
                "leave one of the two out: back_populates or symmetrical".to_owned(),
            )
        } else {
            return None;
        };
        Some(self.fault(own, "relationship-symmetrical", message, hint))
    }

    fn unknown_target<'b>(&self, own: &Table, others: impl Iterator<Item = Declared<'b>>) -> Box<ModelFault> {
        let names: Vec<&str> = others.map(|other| other.table.model.as_str()).collect();
        let meant = naming::nearest(self.target_model(), names.into_iter());
        let meant = meant.map(|name| format!("did you mean {name:?}? else ")).unwrap_or_default();
        let hint = format!("{meant}{}", own.language().declare_model("that model"));
        self.fault(own, "relationship-target", format!("no model is called {:?}", self.target), hint)
    }

    fn several_targets(&self, own: &Table, called: &[Declared<'_>]) -> Box<ModelFault> {
        let paths: Vec<&str> = called.iter().map(|other| other.path).collect();
        let message = format!("{} are called so", paths.join(" and "));
        let hint = format!("say which, with its module: {:?}", paths.first().unwrap_or(&"module.Name"));
        self.fault(own, "relationship-target-ambiguous", message, hint)
    }
}

impl Link {
    /// The same columns, from the other end of a relationship of a model with itself.
    fn reversed(self) -> Self {
        match self {
            Self::Junction { own, to_own, to_target, target } => {
                Self::Junction { own: target, to_own: to_target, to_target: to_own, target: own }
            }
            other => other,
        }
    }
}
