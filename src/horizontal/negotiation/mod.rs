//! Offers side by side (谈判): what each gains, the zone of agreement, the nearest better counter-offer.

mod case;
mod counter;
mod deal;
mod evaluate;
mod mediate;
mod offer;
mod outcomes;
mod rounds;
mod space;
mod union;
mod view;

pub use case::{
    Bound, Case, CaseParty, Clause, Condition, Drawn, Draws, Every, Form, Issue, IssueKind, Path, Private, Quantity,
    Risk, Role, Scenario, Worth,
};
pub use counter::Change;
pub use deal::{Deal, DealIssue};
pub use evaluate::{Cash, CashYear, Own, Value, cash, value};
pub use mediate::{Better, BetterCounter, Fair, Mediation, Zone, ZoneIssue, mediate};
pub use offer::{Offer, Terms};
pub use rounds::{Round, moment, next, read as read_rounds};
pub use view::{CasePart, OfferPart, OwnCounter, PartyView, Surplus, Tabled, offer_part, party_view, tabled};
