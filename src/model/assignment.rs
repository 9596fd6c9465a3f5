//! Columns with new values, for `update` and `create`.

use std::marker::PhantomData;

use super::Model;
use super::fault::Fault;
use super::validation::Faults;
use crate::engine::Record;
use crate::error::Result;
use crate::types::Value;

/// One column of `M` with a new value: what `User::age().set(36)` gives.
///
/// # Examples
///
/// ```
/// use chakra::Model;
///
/// #[derive(Model)]
/// struct Task {
///     #[chakra(primary_key)]
///     id: i64,
///     title: String,
///     due: Option<i32>,
/// }
///
/// let changes = (Task::title().set("paint the door"), Task::due().set(None));
/// let update = Task::query().filter(Task::id().eq(1)).update(changes);
/// ```
#[derive(Debug)]
#[must_use = "an assignment does nothing until `update` or `create` takes it"]
pub struct Assign<M> {
    position: usize,
    value: Result<Value, Fault>,
    model: PhantomData<fn() -> M>,
}

// Not derived: that would ask for models that are `Clone`.
impl<M> Clone for Assign<M> {
    fn clone(&self) -> Self {
        Self { position: self.position, value: self.value.clone(), model: PhantomData }
    }
}

impl<M> Assign<M> {
    pub(super) fn new(position: usize, value: Result<Value, Fault>) -> Self {
        Self { position, value, model: PhantomData }
    }
}

/// What `update` and `create` take: one assignment, or a tuple or vector of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` assigns no column of `{M}`",
    label = "not an assignment to a column of `{M}`",
    note = "give `{M}::some_column().set(value)`, or a tuple or vector of such assignments"
)]
pub trait IntoAssigns<M> {
    /// The assignments in order.
    fn into_assigns(self) -> Vec<Assign<M>>;
}

impl<M> IntoAssigns<M> for Assign<M> {
    fn into_assigns(self) -> Vec<Assign<M>> {
        vec![self]
    }
}

impl<M> IntoAssigns<M> for Vec<Assign<M>> {
    fn into_assigns(self) -> Vec<Assign<M>> {
        self
    }
}

impl<M, const N: usize> IntoAssigns<M> for [Assign<M>; N] {
    fn into_assigns(self) -> Vec<Assign<M>> {
        self.into()
    }
}

impl<M> IntoAssigns<M> for () {
    fn into_assigns(self) -> Vec<Assign<M>> {
        Vec::new()
    }
}

macro_rules! assigns_tuple {
    ($($one:ident . $at:tt),*) => {
        impl<Of, $($one: IntoAssigns<Of>),*> IntoAssigns<Of> for ($($one,)*) {
            fn into_assigns(self) -> Vec<Assign<Of>> {
                let mut all = Vec::new();
                $(all.extend(self.$at.into_assigns());)*
                all
            }
        }
    };
}

assigns_tuple!(A.0);
assigns_tuple!(A.0, B.1);
assigns_tuple!(A.0, B.1, C.2);
assigns_tuple!(A.0, B.1, C.2, D.3);
assigns_tuple!(A.0, B.1, C.2, D.3, E.4);
assigns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5);
assigns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6);
assigns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7);
assigns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8);
assigns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9);
assigns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10);
assigns_tuple!(A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10, L.11);

/// The values by position, checked for their columns. Of two for one column the later holds.
pub(super) fn checked<M: Model>(assigns: Vec<Assign<M>>, faults: &mut Faults) -> Result<Record> {
    let mut record: Record = Vec::with_capacity(assigns.len());
    for assign in assigns {
        let Some(value) = faults.take(assign.value.map_err(Into::into))? else { continue };
        if let Some(value) = faults.check::<M>(assign.position, value)? {
            record.retain(|(position, _)| *position != assign.position);
            record.push((assign.position, value));
        }
    }
    Ok(record)
}
