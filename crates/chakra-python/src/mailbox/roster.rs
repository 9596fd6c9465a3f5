//! Who waits in an event loop, by ticket.

use std::mem;

/// Names one awaitable in a mailbox, to threads that must not hold it. Never names another one later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    place: usize,
    round: u64,
}

/// The places of a mailbox, each taken by one tenant after the other.
pub(crate) struct Roster<T> {
    places: Vec<Place<T>>,
    free: Vec<usize>,
}

struct Place<T> {
    round: u64,
    tenant: Option<T>,
}

impl<T> Roster<T> {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }

    /// Reserves a place; its tenant may come later.
    pub(crate) fn reserve(&mut self) -> Ticket {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place { round: 0, tenant: None });
            self.places.len() - 1
        });
        Ticket { place, round: self.places[place].round }
    }

    /// Gives the reserved place its tenant.
    pub(crate) fn settle(&mut self, ticket: Ticket, tenant: T) {
        if let Some(place) = self.place(ticket) {
            place.tenant = Some(tenant);
        }
    }

    /// Who holds this ticket, if anybody still does.
    pub(crate) fn tenant(&mut self, ticket: Ticket) -> Option<&T> {
        self.place(ticket)?.tenant.as_ref()
    }

    /// Takes the place back.
    pub(crate) fn release(&mut self, ticket: Ticket) -> Option<T> {
        let place = self.place(ticket)?;
        place.round += 1;
        let tenant = place.tenant.take();
        self.free.push(ticket.place);
        tenant
    }

    /// All who are there.
    pub(crate) fn tenants(&self) -> impl Iterator<Item = &T> {
        self.places.iter().filter_map(|place| place.tenant.as_ref())
    }

    /// Sends all away.
    pub(crate) fn clear(&mut self) -> Vec<T> {
        self.free.clear();
        mem::take(&mut self.places).into_iter().filter_map(|place| place.tenant).collect()
    }

    fn place(&mut self, ticket: Ticket) -> Option<&mut Place<T>> {
        self.places.get_mut(ticket.place).filter(|place| place.round == ticket.round)
    }
}
