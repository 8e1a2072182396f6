//! Who asks, and in which session: what clients send and receive of it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::ENGINE;
use crate::http::access::Deed;
use crate::http::documents::LIST_MAX;
use crate::http::limits::MODEL_MAX;
use crate::phrases::Lang;
use crate::store::{MOST_ITEMS, Principal, SessionEntry};

/// A session to open.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionBody {
    /// The token, as `ecocomp token create` printed it.
    #[schemars(length(min = 1, max = 200))]
    pub token: String,
}

impl fmt::Debug for SessionBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBody").finish_non_exhaustive()
    }
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SessionDocument {
    /// Public part; the secret is in the cookie alone.
    pub id: String,
    /// Who is in it.
    pub principal: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When it was opened (RFC 3339).
    pub created_at: String,
    /// When something was last asked in it, to a minute (RFC 3339).
    pub seen_at: String,
    /// When it ends where nothing more is asked (RFC 3339).
    pub ends_at: String,
    /// When it ends at the latest (RFC 3339).
    pub expires_at: String,
    /// Seconds without a request after which it ends.
    pub idle_seconds: u64,
}

impl SessionDocument {
    /// A session of the store; `own` is the one that asks.
    pub fn of(entry: &SessionEntry, own: Option<&SessionEntry>) -> Self {
        Self {
            current: own.is_some_and(|own| own.id == entry.id),
            id: entry.id.clone(),
            principal: entry.principal.clone(),
            created_at: entry.created.to_string(),
            seen_at: entry.seen.to_string(),
            ends_at: entry.ends().to_string(),
            expires_at: entry.expires.to_string(),
            idle_seconds: entry.idle.as_secs(),
        }
    }
}

/// How a request says who makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Not at all: it comes from this machine.
    Local,
    /// By a token.
    Token,
    /// By the cookie of a session.
    Session,
}

/// Who asks, what it may, and within what bounds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "MeDocument")]
pub struct Me {
    /// Who.
    pub principal: String,
    /// Organisation.
    pub organisation: String,
    /// `viewer`, `planner`, `approver`, `admin` or `auditor`.
    pub role: String,
    /// What the role may: `read`, `make`, `decide`, `approve` (publish), `remark`, `audit`, `administer`.
    pub may: Vec<String>,
    /// How the request says who makes it.
    pub way: Way,
    /// Whether requests from this machine are answered without a token (then there is no need to log in).
    pub open: bool,
    /// Language of the answers: `zh-CN` or `en`.
    pub language: String,
    /// The session; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionDocument>,
    /// Engine and version.
    pub engine: String,
    /// What a request may hold.
    pub limits: Bounds,
}

/// What a request may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bounds {
    /// Changes, and scenarios, of one question.
    pub changes: usize,
    /// Items of a part of a list.
    pub items: u32,
    /// Characters of a model file.
    pub model_characters: usize,
    /// Bytes of a JSON body.
    pub body_bytes: usize,
    /// Bytes of an upload of data.
    pub dataset_bytes: usize,
}

impl Me {
    /// Who asks.
    pub fn of(
        principal: &Principal,
        session: Option<&SessionEntry>,
        lang: Lang,
        (body, dataset): (usize, usize),
    ) -> Self {
        let may = Deed::ALL.into_iter().filter(|deed| *deed != Deed::Enter && deed.is_for(principal.role));
        let way = match session {
            Some(_) => Way::Session,
            None if principal.token.is_empty() => Way::Local,
            None => Way::Token,
        };
        Self {
            principal: principal.name.clone(),
            organisation: principal.org.clone(),
            role: principal.role.word().to_owned(),
            may: may.map(|deed| deed.word().to_owned()).collect(),
            way,
            open: false,
            language: if lang == Lang::Zh { "zh-CN" } else { "en" }.to_owned(),
            session: session.map(|entry| SessionDocument::of(entry, session)),
            engine: ENGINE.to_owned(),
            limits: Bounds {
                changes: LIST_MAX,
                items: MOST_ITEMS,
                model_characters: MODEL_MAX,
                body_bytes: body,
                dataset_bytes: dataset,
            },
        }
    }
}
