//! Who may do what: one set of roles for each kind of deed, one deed for each route.

use crate::store::Role;

/// What a route does, as far as roles are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// Comes in: for everybody, who need not be known yet.
    Enter,
    /// Looks at what is there, or asks a question of which nothing is kept.
    Read,
    /// Makes models, datasets, runs, analyses or plans, or ends what it made.
    Make,
    /// Approves or rejects a plan, or takes back one's own.
    Decide,
    /// Publishes an approved plan.
    Approve,
    /// Makes a remark on a plan.
    Remark,
    /// Reads the audit log.
    Audit,
    /// Issues, lists and revokes tokens.
    Administer,
}

impl Deed {
    /// Every deed.
    pub const ALL: [Self; 8] =
        [Self::Enter, Self::Read, Self::Make, Self::Decide, Self::Approve, Self::Remark, Self::Audit, Self::Administer];

    /// `enter`, `read`, `make`, `decide`, `audit`, `administer`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Read => "read",
            Self::Make => "make",
            Self::Decide => "decide",
            Self::Approve => "approve",
            Self::Remark => "remark",
            Self::Audit => "audit",
            Self::Administer => "administer",
        }
    }

    /// The roles that may do it.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Enter | Self::Read => &Role::ALL,
            Self::Make => &[Role::Planner, Role::Admin],
            // A planner takes back what is its own; the store lets nobody decide on what is.
            Self::Decide => &[Role::Planner, Role::Approver, Role::Admin],
            Self::Approve => &[Role::Approver, Role::Admin],
            Self::Remark => &[Role::Planner, Role::Approver, Role::Auditor, Role::Admin],
            Self::Audit => &[Role::Auditor, Role::Admin],
            Self::Administer => &[Role::Admin],
        }
    }

    /// Whether a role may do it.
    pub fn is_for(self, role: Role) -> bool {
        self.roles().contains(&role)
    }
}
