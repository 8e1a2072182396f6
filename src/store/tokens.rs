//! Principals and the tokens they show.

use std::fmt;

use super::Moment;

/// What a principal may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads, asks, makes models, datasets, runs and plans.
    Planner,
    /// What a viewer may, and decides on plans.
    Approver,
    /// Everything in its organisation, tokens included.
    Admin,
    /// What a viewer may, and reads the audit log.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Planner, Self::Approver, Self::Admin, Self::Auditor];

    /// `viewer`, `planner`, `approver`, `admin`, `auditor`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Planner => "planner",
            Self::Approver => "approver",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    /// The role of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// A token to issue. The role is the token's; the person is the principal, who may hold several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Who will hold it; `None` makes a principal of its own, named after the token's id.
    pub principal: Option<String>,
    /// What it allows.
    pub role: Role,
    /// When it ends; `None` never.
    pub expires: Option<Moment>,
    /// What it is for, in the words of who asks for it.
    pub note: String,
}

/// A token as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenEntry {
    /// Public part, by which it is listed and revoked.
    pub id: String,
    /// Organisation.
    pub org: String,
    /// Who holds it.
    pub principal: String,
    /// What it allows.
    pub role: Role,
    /// What it is for.
    pub note: String,
    /// Who issued it.
    pub author: String,
    /// When it was issued.
    pub created: Moment,
    /// When it ends.
    pub expires: Option<Moment>,
    /// When it was revoked.
    pub revoked: Option<Moment>,
    /// When it was last shown, to some minutes.
    pub last_used: Option<Moment>,
}

/// A token just issued, with the secret that is shown once and kept nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// As lists show it.
    pub entry: TokenEntry,
    /// `ecocomp_ID_SECRET`, the secret being 256 random bits.
    pub secret: String,
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken").field("entry", &self.entry).finish_non_exhaustive()
    }
}

/// Who a valid token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Organisation.
    pub org: String,
    /// Name within the organisation.
    pub name: String,
    /// What the token allows.
    pub role: Role,
    /// Public part of the token.
    pub token: String,
}
