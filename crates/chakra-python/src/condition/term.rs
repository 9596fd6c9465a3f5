//! Conditions on the way from keywords to an expression: those of one call that go to the same many related rows are
//! about one and the same of them, so they are gathered before the expression is made.

use std::sync::Arc;

use chakra::engine::Step;
use chakra::query::{Expr, Path};
use pyo3::prelude::*;

use crate::error::plain;
use crate::schema::Model;

/// How many terms a condition may become where `|` must be spread over `&`.
const MOST: usize = 256;

/// A condition, or a part of one.
#[derive(Debug, Clone)]
pub(super) enum Term {
    /// Nothing more to gather.
    Plain(Expr),
    /// There is a row at the end of a way to many that meets a condition of its own table.
    Many(Way, Box<Term>),
    /// All hold.
    All(Vec<Term>),
    /// At least one holds.
    Any(Vec<Term>),
}

/// To many rows: a way to one, then the step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Way {
    pub(super) path: Path,
    pub(super) step: Arc<Step>,
}

impl Term {
    /// The same condition, asked at the end of a way by a query that is about its start.
    pub(super) fn at_end_of(self, path: &Path) -> Self {
        let all = |terms: Vec<Self>| terms.into_iter().map(|term| term.at_end_of(path)).collect();
        match self {
            Self::Plain(expr) => Self::Plain(expr.at_end_of(path)),
            Self::Many(way, term) => Self::Many(Way { path: path.join(&way.path), step: way.step }, term),
            Self::All(terms) => Self::All(all(terms)),
            Self::Any(terms) => Self::Any(all(terms)),
        }
    }

    /// The expression.
    ///
    /// # Errors
    ///
    /// `QueryError` where it would grow without bound.
    pub(super) fn lower(self, py: Python<'_>, model: &Model) -> PyResult<Expr> {
        let each = |terms: Vec<Self>| terms.into_iter().map(|term| term.lower(py, model)).collect::<PyResult<Vec<_>>>();
        match self {
            Self::Plain(expr) => Ok(expr),
            Self::Many(way, term) => {
                let filter = match *term {
                    Self::All(terms) if terms.is_empty() => None,
                    term => Some(term.lower(py, model)?),
                };
                Ok(way.step.exists(way.path, filter))
            }
            Self::Any(terms) => Ok(Expr::Or(each(terms)?)),
            Self::All(terms) => {
                let terms = gathered(flat(terms));
                match spread(&terms) {
                    Some(branches) if branches.len() > MOST => {
                        let message = format!(
                            "the condition on {} has too many alternatives about the same related rows; split it into several filter calls",
                            model.table.model
                        );
                        Err(plain(py, "QueryError", &message))
                    }
                    Some(branches) => Self::Any(branches).lower(py, model),
                    None if terms.len() == 1 => {
                        terms.into_iter().next().map_or(Ok(Expr::And(Vec::new())), |term| term.lower(py, model))
                    }
                    None => Ok(Expr::And(each(terms)?)),
                }
            }
        }
    }

    /// The one way to many that all of it is about.
    fn only_way(&self) -> Option<&Way> {
        match self {
            Self::Plain(_) => None,
            Self::Many(way, _) => Some(way),
            Self::All(terms) | Self::Any(terms) => {
                let (first, rest) = terms.split_first()?;
                let way = first.only_way()?;
                rest.iter().all(|term| term.only_way() == Some(way)).then_some(way)
            }
        }
    }

    /// Every way to many that it speaks of.
    fn ways<'a>(&'a self, into: &mut Vec<&'a Way>) {
        match self {
            Self::Plain(_) => {}
            Self::Many(way, _) => into.push(way),
            Self::All(terms) | Self::Any(terms) => terms.iter().for_each(|term| term.ways(into)),
        }
    }

    /// What it says of the row at the end of its only way.
    fn inside(self) -> Self {
        match self {
            Self::Plain(expr) => Self::Plain(expr),
            Self::Many(_, term) => *term,
            Self::All(terms) => Self::All(terms.into_iter().map(Self::inside).collect()),
            Self::Any(terms) => Self::Any(terms.into_iter().map(Self::inside).collect()),
        }
    }
}

fn flat(terms: Vec<Term>) -> Vec<Term> {
    let mut all = Vec::with_capacity(terms.len());
    for term in terms {
        match term {
            Term::All(inner) => all.extend(flat(inner)),
            term => all.push(term),
        }
    }
    all
}

/// Makes one of all that is about the same way to many.
fn gathered(terms: Vec<Term>) -> Vec<Term> {
    let mut all: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms {
        let Some(way) = term.only_way().cloned() else {
            all.push(term);
            continue;
        };
        let inner = term.inside();
        match all.iter_mut().find_map(|other| match other {
            Term::Many(known, inner) if *known == way => Some(inner),
            _ => None,
        }) {
            Some(known) => {
                let before = std::mem::replace(&mut **known, Term::All(Vec::new()));
                **known = Term::All(flat(vec![before, inner]));
            }
            None => all.push(Term::Many(way, Box::new(inner))),
        }
    }
    all
}

/// `(a | b) & c` where `c` is about the same related row as a part of `a | b`: `(a & c) | (b & c)`.
fn spread(terms: &[Term]) -> Option<Vec<Term>> {
    let shares = |at: usize| {
        let mut own = Vec::new();
        terms[at].ways(&mut own);
        terms.iter().enumerate().filter(|(other, _)| *other != at).any(|(_, other)| {
            let mut ways = Vec::new();
            other.ways(&mut ways);
            ways.iter().any(|way| own.contains(way))
        })
    };
    let at = (0..terms.len()).find(|at| matches!(terms[*at], Term::Any(_)) && shares(*at))?;
    let Term::Any(branches) = &terms[at] else { return None };
    let others = || terms.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, term)| term.clone());
    Some(branches.iter().map(|branch| Term::All(std::iter::once(branch.clone()).chain(others()).collect())).collect())
}
