//! The statements of a piece of work, counted and compared.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use parking_lot::Mutex;

use super::{Observer, QueryEvent};

/// The most statements that are kept one by one; the numbers go on.
const MOST_KEPT: usize = 10_000;

/// Counts the statements of a piece of work, and finds those that were run again and again.
///
/// # Examples
///
/// ```
/// # #[cfg(all(feature = "derive", feature = "sqlite"))] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use std::sync::Arc;
/// use chakra::{Model, QueryProfile};
///
/// #[derive(Model)]
/// struct Lamp {
///     #[chakra(primary_key)]
///     id: i64,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Lamp::table()]).await?;
/// let profile = Arc::new(QueryProfile::new());
/// let watched = pool.observed_by(profile.clone());
/// for id in 1..=3 {
///     Lamp::query().filter(Lamp::id().eq(id)).all(&watched).await?;
/// }
/// assert_eq!(profile.count(), 3);
/// assert_eq!(profile.duplicates()[0].count, 3);
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
#[derive(Default)]
pub struct QueryProfile(Mutex<Numbers>);

#[derive(Default)]
struct Numbers {
    count: u64,
    total: Duration,
    slowest: Option<QueryEvent>,
    kept: Vec<QueryEvent>,
    texts: HashMap<String, (u64, Duration)>,
}

/// A text that was run more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Duplicate {
    /// The text, with placeholders in the place of values.
    pub text: String,
    /// How often it was run.
    pub count: u64,
    /// How long all of them took together.
    pub total: Duration,
}

impl QueryProfile {
    /// One that has counted nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many statements have ended.
    pub fn count(&self) -> u64 {
        self.0.lock().count
    }

    /// How long they took together; those that ran side by side count each.
    pub fn total(&self) -> Duration {
        self.0.lock().total
    }

    /// The one that took longest.
    pub fn slowest(&self) -> Option<QueryEvent> {
        self.0.lock().slowest.clone()
    }

    /// The statements in the order in which they ended; the first 10,000 if there were more.
    pub fn queries(&self) -> Vec<QueryEvent> {
        self.0.lock().kept.clone()
    }

    /// Texts that were run more than once, the most frequent first. A text that was run once for each row of a result
    /// is what `prefetch_related` is for.
    pub fn duplicates(&self) -> Vec<Duplicate> {
        let repeated = |(text, (count, total)): (&String, &(u64, Duration))| {
            (*count > 1).then(|| Duplicate { text: text.clone(), count: *count, total: *total })
        };
        let mut found: Vec<Duplicate> = self.0.lock().texts.iter().filter_map(repeated).collect();
        found.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.text.cmp(&other.text)));
        found
    }
}

impl Observer for QueryProfile {
    fn ended(&self, event: &QueryEvent) {
        let mut numbers = self.0.lock();
        numbers.count += 1;
        numbers.total += event.elapsed;
        if numbers.slowest.as_ref().is_none_or(|slowest| slowest.elapsed < event.elapsed) {
            numbers.slowest = Some(event.clone());
        }
        if numbers.kept.len() < MOST_KEPT {
            numbers.kept.push(event.clone());
        }
        if let Some((count, total)) = numbers.texts.get_mut(event.text()) {
            *count += 1;
            *total += event.elapsed;
        } else {
            numbers.texts.insert(event.text().to_owned(), (1, event.elapsed));
        }
    }
}

impl fmt::Debug for QueryProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryProfile")
            .field("count", &self.count())
            .field("total", &self.total())
            .finish_non_exhaustive()
    }
}
