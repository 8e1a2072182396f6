//! The store for commands that work on it beside the service.

use std::future::Future;
use std::sync::Arc;

use clap::Args;

use crate::cli::failure::Failure;
use crate::finding::{Finding, Place};
use crate::phrases::{Phrase, Text};
use crate::store::{Caller, Moment, Store, StoreError, open, open_existing};

/// Where the service keeps what it keeps.
#[derive(Debug, Args)]
pub(super) struct Database {
    /// sqlite:PATH or postgres://…; default the environment variable ECOCOMP_DATABASE, else sqlite:ecocomp.db.
    #[arg(long = "database", value_name = "URL")]
    address: Option<String>,
}

impl Database {
    /// The address: of the command line, of the environment (which other users of the machine do not see), or the usual one.
    pub fn address(&self) -> String {
        let given =
            self.address.clone().or_else(|| std::env::var("ECOCOMP_DATABASE").ok().filter(|text| !text.is_empty()));
        given.unwrap_or_else(|| "sqlite:ecocomp.db".to_owned())
    }

    /// Opens the store for the work; a missing SQLite file is made where `may_create`.
    pub fn with<T, F>(&self, may_create: bool, work: impl FnOnce(Arc<dyn Store>) -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|error| Finding::error("store.threads", Place::default()).with("why", error.to_string()))?;
        runtime.block_on(async {
            let address = self.address();
            let store = if may_create { open(&address).await? } else { open_existing(&address).await? };
            let outcome = work(Arc::clone(&store)).await;
            store.close().await;
            outcome
        })
    }
}

/// Whoever has the database itself, as the audit log names them.
pub(super) fn operator(org: &str) -> Caller {
    let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let user = user.filter(|user| !user.is_empty() && user.len() < 100);
    let principal = format!("cli:{}", user.as_deref().unwrap_or("operator"));
    Caller { org: org.to_owned(), principal, at: Moment::now(), request: "cli".to_owned() }
}

/// An answer of the store that ends a command.
pub(super) fn refused(error: &StoreError) -> Finding {
    let finding = |code| Finding::error(code, Place::default());
    match error {
        StoreError::Invalid { field, why } => {
            let field = format!("--{field}");
            Finding::error("store.unfit", Place::file(field)).with("why", Phrase::new(why.code()).text())
        }
        StoreError::Unavailable(why) => finding("store.busy").with("why", why),
        other => finding("store.failed").with("why", Text::same(other)),
    }
}
