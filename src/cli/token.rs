//! `ecocomp token`: who may use the service.

use std::io::Write as _;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::database::{Database, operator, refused};
use crate::cli::failure::Failure;
use crate::cli::output::{TextFormat, deliver};
use crate::finding::{Finding, Place, hint};
use crate::phrases::{Lang, Phrase};
use crate::questions::pretty;
use crate::report::table::{Align, Grid};
use crate::store::{DEFAULT_ORG, Moment, NewToken, PageRequest, Role, Store, StoreError, TokenEntry};

/// Arguments of `ecocomp token`.
#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Issues a token; it is printed once and kept nowhere.
    Create(Create),
    /// Lists tokens.
    List(List),
    /// Revokes a token for good.
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What the token allows.
    #[arg(long)]
    role: RoleWord,
    /// Organisation it belongs to.
    #[arg(long, default_value = DEFAULT_ORG)]
    org: String,
    /// Who will hold it; a person has one name over all tokens. Default a name of its own.
    #[arg(long)]
    name: Option<String>,
    /// Days until it ends; default never.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: Option<u32>,
    /// What it is for.
    #[arg(long, default_value = "")]
    note: String,
    #[command(flatten)]
    database: Database,
    /// Form of the result: table (the token alone) or json.
    #[arg(long, default_value = "table")]
    format: TextFormat,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only this organisation.
    #[arg(long)]
    org: Option<String>,
    #[command(flatten)]
    database: Database,
    /// Form of the result: table or json.
    #[arg(long, default_value = "table")]
    format: TextFormat,
}

#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// The token's id, as the list shows it.
    id: String,
    #[command(flatten)]
    database: Database,
}

/// The roles, as words of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RoleWord {
    /// Reads.
    Viewer,
    /// Reads, asks, makes models, datasets, runs and plans.
    Planner,
    /// Reads and decides on plans that others made.
    Approver,
    /// Everything in the organisation.
    Admin,
    /// Reads, the audit log too.
    Auditor,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Viewer => Self::Viewer,
            RoleWord::Planner => Self::Planner,
            RoleWord::Approver => Self::Approver,
            RoleWord::Admin => Self::Admin,
            RoleWord::Auditor => Self::Auditor,
        }
    }
}

/// A token as a document.
#[derive(Debug, Serialize, JsonSchema)]
struct TokenDocument {
    id: String,
    org: String,
    principal: String,
    role: &'static str,
    note: String,
    author: String,
    created: String,
    expires: Option<String>,
    revoked: Option<String>,
    last_used: Option<String>,
    /// Only where it is just issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

fn document(entry: &TokenEntry, secret: Option<String>) -> TokenDocument {
    let text = |moment: Option<Moment>| moment.map(|moment| moment.to_string());
    TokenDocument {
        id: entry.id.clone(),
        org: entry.org.clone(),
        principal: entry.principal.clone(),
        role: entry.role.word(),
        note: entry.note.clone(),
        author: entry.author.clone(),
        created: entry.created.to_string(),
        expires: text(entry.expires),
        revoked: text(entry.revoked),
        last_used: text(entry.last_used),
        token: secret,
    }
}

pub(super) fn run(command: &Token, lang: Lang) -> Result<(), Failure> {
    match command {
        Token::Create(command) => create(command, lang),
        Token::List(command) => list(command, lang),
        Token::Revoke(command) => revoke(command, lang),
    }
}

fn create(command: &Create, lang: Lang) -> Result<(), Failure> {
    let by = operator(&command.org);
    let days = |days: u32| by.at.plus(Duration::from_secs(u64::from(days) * 86_400));
    let new = NewToken {
        principal: command.name.clone(),
        role: command.role.into(),
        expires: command.days.map(days),
        note: command.note.clone(),
    };
    let issued = command
        .database
        .with(true, async |store| store.issue_token(&by, new).await.map_err(|error| refused(&error).into()))?;
    let entry = &issued.entry;
    let said = Phrase::new("store.issued")
        .with("id", &entry.id)
        .with("org", &entry.org)
        .with("principal", &entry.principal)
        .with("role", entry.role.label());
    let _ = writeln!(std::io::stderr(), "{}", said.render(lang));
    match command.format {
        TextFormat::Json => deliver(&pretty(&document(entry, Some(issued.secret.clone()))), None, lang),
        TextFormat::Table => deliver(format!("{}\n", issued.secret).as_bytes(), None, lang),
    }
}

/// Every token of an organisation, or of all.
async fn every(store: &dyn Store, org: Option<&str>) -> Result<Vec<TokenEntry>, Failure> {
    let (mut tokens, mut page) = (Vec::new(), PageRequest { cursor: None, limit: 500 });
    loop {
        let found = store.tokens(org, &page).await.map_err(|error| refused(&error))?;
        tokens.extend(found.items);
        page.cursor = found.next;
        if page.cursor.is_none() {
            return Ok(tokens);
        }
    }
}

fn list(command: &List, lang: Lang) -> Result<(), Failure> {
    let tokens = command.database.with(false, async |store| every(&*store, command.org.as_deref()).await)?;
    if command.format == TextFormat::Json {
        let documents: Vec<TokenDocument> = tokens.iter().map(|entry| document(entry, None)).collect();
        return deliver(&pretty(&documents), None, lang);
    }
    let word = |code: &'static str| Phrase::new(code).render(lang);
    let header =
        ["store.id", "store.org", "store.principal", "store.role", "store.state", "store.last_used", "store.note"];
    let mut grid = Grid::new(header.map(|code| (word(code), Align::Left)));
    let now = Moment::now();
    for token in &tokens {
        let state = if token.revoked.is_some() {
            word("store.revoked")
        } else if token.expires.is_some_and(|end| end <= now) {
            word("store.expired")
        } else {
            let until = token.expires.map(|end| Phrase::new("store.valid_until").with("day", day(end)).render(lang));
            until.unwrap_or_else(|| word("store.valid"))
        };
        grid.row(vec![
            token.id.clone(),
            token.org.clone(),
            token.principal.clone(),
            token.role.label().get(lang).to_owned(),
            state,
            token.last_used.map(day).unwrap_or_default(),
            token.note.clone(),
        ]);
    }
    deliver(grid.print("").as_bytes(), None, lang)
}

/// The day of a moment, UTC.
fn day(moment: Moment) -> String {
    moment.to_string().chars().take(10).collect()
}

fn revoke(command: &Revoke, lang: Lang) -> Result<(), Failure> {
    let entry = command.database.with(false, async |store| {
        let tokens = every(&*store, None).await?;
        let Some(token) = tokens.iter().find(|token| token.id == command.id) else {
            let like = hint(&command.id, tokens.iter().map(|token| token.id.as_str())).text();
            let finding = Finding::error("store.no_token", Place::default());
            return Err(finding.with("id", &command.id).with("hint", like).into());
        };
        match store.revoke_token(&operator(&token.org), &token.id).await {
            Ok(entry) => Ok(entry),
            Err(StoreError::NotFound) => {
                let finding = Finding::error("store.no_token", Place::default());
                Err(finding.with("id", &command.id).with("hint", Phrase::new("policy.no_choice").text()).into())
            }
            Err(error) => Err(refused(&error).into()),
        }
    })?;
    let said = Phrase::new("store.token_revoked")
        .with("id", &entry.id)
        .with("org", &entry.org)
        .with("principal", &entry.principal)
        .with("when", entry.revoked.map(|moment| moment.to_string()).unwrap_or_default());
    deliver(format!("{}\n", said.render(lang)).as_bytes(), None, lang)
}
