//! Who may do what: one set of roles for each kind of deed, one deed for each route.

use crate::store::Role;

/// What a route does, as far as roles are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// Looks at what is there, or asks a question of which nothing is kept.
    Read,
    /// Makes models, datasets, runs, analyses or plans, or ends what it made.
    Make,
    /// Approves or rejects a plan, or takes back one's own.
    Decide,
    /// Reads the audit log.
    Audit,
    /// Issues, lists and revokes tokens.
    Administer,
}

impl Deed {
    /// Every deed.
    pub const ALL: [Self; 5] = [Self::Read, Self::Make, Self::Decide, Self::Audit, Self::Administer];

    /// The roles that may do it.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Read => &Role::ALL,
            Self::Make => &[Role::Planner, Role::Admin],
            // A planner takes back what is its own; the store lets nobody decide on what is.
            Self::Decide => &[Role::Planner, Role::Approver, Role::Admin],
            Self::Audit => &[Role::Auditor, Role::Admin],
            Self::Administer => &[Role::Admin],
        }
    }

    /// Whether a role may do it.
    pub fn is_for(self, role: Role) -> bool {
        self.roles().contains(&role)
    }
}
