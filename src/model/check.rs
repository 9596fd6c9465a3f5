//! Every mistake in the models of the program at once.

use crate::dialect::{Dialect, same_table_in, unsupported};
use crate::schema::{Declared, ModelFault, faults_among};

use super::registry::in_order;
use super::relation::unfit_relations;

/// What is wrong with the models of the program, all of it: contradictions, two models of one table, references that
/// lead nowhere, and, where a database is named, what it lacks. No database is asked.
///
/// Much is refused at compile time already; this is for what no single model can know.
///
/// # Examples
///
/// ```standalone_crate
/// use chakra::Model;
/// use chakra::dialect::Dialect;
///
/// #[derive(Model)]
/// struct Person {
///     #[chakra(primary_key)]
///     id: Option<i64>,
/// }
///
/// #[derive(Model)]
/// #[chakra(table = "people")]
/// struct Guest {
///     #[chakra(primary_key)]
///     id: Option<i64>,
///     #[chakra(text, unique)]
///     name: String,
/// }
///
/// let faults = chakra::check_models(None);
/// assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["duplicate-table"; 2]);
/// assert!(chakra::check_models(Dialect::MySql).iter().any(|fault| fault.attribute.as_deref() == Some("name")));
/// ```
pub fn check_models(dialect: impl Into<Option<Dialect>>) -> Vec<ModelFault> {
    let dialect = dialect.into();
    let models = in_order();
    let known: Vec<_> = models.iter().map(|model| model.known()).collect();
    let declared: Vec<Declared<'_>> = known.iter().map(|known| known.declared).collect();
    let mut faults = Vec::new();
    for (model, known) in models.iter().zip(&known) {
        let of = &known.declared;
        let lacking = dialect.map_or_else(Vec::new, |dialect| unsupported(model.table(), dialect));
        let others = declared.iter().map(|other| other.table);
        let same = dialect.and_then(|dialect| same_table_in(dialect, of.table, others));
        let own = of.table.faults().into_iter().chain(lacking).chain(same).map(|fault| fault.at(model.place()));
        faults.extend(own.chain(faults_among(*of, &declared)).chain(unfit_relations(known, &declared)));
    }
    faults
}
