//! What a record says of the account that its run divided by.

use schemars::JsonSchema;
use serde::Serialize;

use crate::accounting::view::Linked;
use crate::phrases::Text;

/// The account that a run divided by.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AccountPart {
    /// Id of the account.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Its version.
    pub version: String,
    /// The part of it.
    pub view: String,
    /// Name of the part.
    pub view_label: Text,
    /// Year.
    pub year: i32,
    /// Norm, by id.
    pub norm: String,
    /// Price set, by id.
    pub prices: String,
    /// Hash of account, part and the changes that concern them.
    pub hash: String,
}

impl AccountPart {
    /// What a record says of an account.
    pub(super) fn of(linked: &Linked) -> Self {
        let (manifest, chosen, view) = (&linked.book().manifest, linked.chosen(), linked.view());
        Self {
            id: manifest.id.clone(),
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            view: view.id.clone(),
            view_label: view.label.clone(),
            year: chosen.year,
            norm: chosen.norm.clone(),
            prices: chosen.prices.clone(),
            hash: linked.hash().to_owned(),
        }
    }
}
