//! Accounts of ecosystem products as questions: an account, an explanation, a comparison, checks, price sets, the inventory; from
//! files or in one document.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::accounting::book::Book;
use crate::accounting::checks::{self, Checked};
use crate::accounting::compare::{self, Comparison, PriceSets};
use crate::accounting::downscale::account_of_parts;
use crate::accounting::ledger::Chosen;
use crate::accounting::statement::{Account, account, area_of};
use crate::accounting::stock::{Inventory, inventory};
use crate::accounting::template::{Wanted, pages};
use crate::accounting::trace::{Asked, Explanation, explain};
use crate::dataset::Source;
use crate::document::typed::Document;
use crate::finding::{Finding, Findings, Place};
use crate::phrases::{Lang, Text};
use crate::questions::Failure;
use crate::questions::pointers::{Pointers, token};
use crate::questions::question::OfDocument;
use crate::solver::SolveOptions;

/// An account of a book: year, norm and prices; what is not said is what the account says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "GepChosen")]
pub struct GepChosen {
    /// The year.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    /// The norm, by id.
    #[arg(long, value_name = "ID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm: Option<String>,
    /// The price set, by id.
    #[arg(long, value_name = "ID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prices: Option<String>,
}

impl GepChosen {
    fn of(&self, book: &Book) -> Result<Chosen, Findings> {
        Chosen::of(book, self.year, self.norm.as_deref(), self.prices.as_deref())
    }
}

/// The files of an account, by name: `account.toml` and its tables as CSV text.
pub type GepFiles = BTreeMap<String, String>;

/// The area of a word.
fn area(book: &Book, word: Option<&String>) -> Result<Option<String>, Finding> {
    word.map(|word| area_of(book, word, Place::file("--area"))).transpose()
}

/// Opens an account and says what was noticed.
///
/// # Errors
/// Everything that is wrong with its files.
pub fn gep_open(source: &Source) -> Result<(Book, Vec<Finding>), Findings> {
    Book::open(source)
}

/// The account of a book.
///
/// # Errors
/// What stands in its way.
pub fn gep_account(
    (book, noticed): &(Book, Vec<Finding>),
    chosen: &GepChosen,
    (word, divided): (Option<&String>, bool),
) -> Result<Account, Findings> {
    let (chosen, area) = (chosen.of(book)?, area(book, word)?);
    let made = if divided { account_of_parts } else { account };
    let mut found = made(book, &chosen, area.as_deref())?;
    let text = |finding: &Finding| Text { zh: finding.render(Lang::Zh), en: finding.render(Lang::En) };
    found.warnings.splice(0..0, noticed.iter().map(text));
    Ok(found)
}

/// An indicator of an account explained.
///
/// # Errors
/// What stands in its way.
pub fn gep_explain(book: &Book, chosen: &GepChosen, asked: &Asked) -> Result<Explanation, Findings> {
    let area = area(book, asked.area.as_ref())?;
    explain(book, &chosen.of(book)?, &Asked { area, ..asked.clone() })
}

/// Two accounts compared.
///
/// # Errors
/// What stands in their way.
pub fn gep_compare(
    before: (&Book, &GepChosen),
    after: (&Book, &GepChosen),
    word: Option<&String>,
) -> Result<Comparison, Findings> {
    let (first, second) = (before.1.of(before.0)?, after.1.of(after.0)?);
    let area = area(after.0, word)?;
    compare::compare((before.0, &first), (after.0, &second), area.as_deref())
}

/// An account checked.
///
/// # Errors
/// What stands in its way.
pub fn gep_check(book: &Book, chosen: &GepChosen) -> Result<Checked, Findings> {
    checks::check(book, &chosen.of(book)?)
}

/// An account under every price set.
///
/// # Errors
/// What stands in its way.
pub fn gep_prices(book: &Book, chosen: &GepChosen, word: Option<&String>) -> Result<PriceSets, Findings> {
    let area = area(book, word)?;
    compare::price_sets(book, &chosen.of(book)?, area.as_deref())
}

/// The workbook to begin an account or an inventory with.
///
/// # Errors
/// The norm is not known, or the workbook cannot be written.
pub fn gep_template(wanted: &Wanted, lang: Lang) -> Result<Vec<u8>, Findings> {
    let (pages, norm) = pages(wanted, lang)?;
    crate::report::gep::template_workbook(wanted, &pages, norm.get(lang), lang)
        .map_err(|error| Finding::error("cli.unwritable", Place::default()).with("why", error.to_string()).into())
}

/// The inventory of an account.
pub fn gep_inventory(book: &Book) -> Inventory {
    inventory(book)
}

fn source(files: &GepFiles) -> Source {
    let files = files.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())).collect();
    Source { name: "account".to_owned(), files }
}

/// Findings of files of a body at their members.
fn pointers(member: &str, files: &GepFiles) -> Pointers {
    let start = Pointers::new("")
        .option("--area", "/area")
        .option("--indicator", "/indicator")
        .option("--ecosystem", "/ecosystem");
    files.keys().fold(start, |all, name| all.file(name.clone(), format!("/{member}/{}", token(name))))
}

/// Opens the files of a member.
fn opened(member: &str, files: &GepFiles) -> Result<(Book, Vec<Finding>), Failure> {
    Ok(gep_open(&source(files)).map_err(|findings| pointers(member, files).point(findings))?)
}

macro_rules! asks {
    ($(#[$doc:meta])* $name:ident as $title:literal { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* } $answer:ty => |$question:ident, $book:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        #[schemars(rename = $title)]
        pub struct $name {
            /// The files of the account by name: `account.toml` and its tables as CSV text.
            pub files: GepFiles,
            /// Year, norm and prices.
            pub of: GepChosen,
            $($(#[$field_doc])* #[serde(skip_serializing_if = "is_default")] pub $field: $type,)*
        }

        impl Document for $name {
            const PAGE: &'static str = "docs/gep.md";
        }

        impl OfDocument for $name {
            type Answer = $answer;

            fn answer(self, _: &SolveOptions) -> Result<$answer, Failure> {
                let $book = opened("files", &self.files)?;
                let $question = &self;
                let found: Result<$answer, Findings> = $body;
                Ok(found.map_err(|findings| pointers("files", &self.files).point(findings))?)
            }
        }
    };
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

asks! {
    /// An account of ecosystem products.
    GepAccountQuestion as "GepAccountQuestion" {
        /// The area, by code or name; all of the account where it is left out.
        area: Option<String>,
        /// Divides figures of areas among their parts, as the account says.
        downscaled: bool,
    }
    Account => |question, opened| gep_account(&opened, &question.of, (question.area.as_ref(), question.downscaled))
}
asks! {
    /// Where a figure of an account comes from.
    GepExplainQuestion as "GepExplainQuestion" {
        /// Code or name of the indicator.
        indicator: String,
        /// The area.
        area: Option<String>,
        /// The ecosystem, by id or name.
        ecosystem: Option<String>,
    }
    Explanation => |question, opened| gep_explain(&opened.0, &question.of, &Asked {
        indicator: question.indicator.clone(),
        area: question.area.clone(),
        ecosystem: question.ecosystem.clone(),
    })
}
asks! {
    /// Two accounts of one book compared; `of` is before.
    GepCompareQuestion as "GepCompareQuestion" {
        /// The account after.
        after: GepChosen,
        /// Files of the account after, where it is one of another book.
        after_files: GepFiles,
        /// The area.
        area: Option<String>,
    }
    Comparison => |question, before| {
        let after = match question.after_files.is_empty() {
            true => None,
            false => Some(opened("after_files", &question.after_files)?),
        };
        let other = after.as_ref().map_or(&before.0, |after| &after.0);
        gep_compare((&before.0, &question.of), (other, &question.after), question.area.as_ref())
    }
}
asks! {
    /// What an account is checked by.
    GepCheckQuestion as "GepCheckQuestion" {}
    Checked => |question, opened| gep_check(&opened.0, &question.of)
}
asks! {
    /// An account under every price set.
    GepPricesQuestion as "GepPricesQuestion" {
        /// The area.
        area: Option<String>,
    }
    PriceSets => |question, opened| gep_prices(&opened.0, &question.of, question.area.as_ref())
}
asks! {
    /// The inventory of ecosystem products.
    GepInventoryQuestion as "GepInventoryQuestion" {}
    Inventory => |_question, opened| Ok(gep_inventory(&opened.0))
}
