//! What a ledger knows before the first event: its funds, places and channels, what each fund may be used for.

use std::collections::{BTreeMap, BTreeSet};

use ecocomp_ground::document::places::Places;
use ecocomp_ground::document::typed::{self, Document};
use ecocomp_ground::finding::{Finding, Findings, Place, hint};
use ecocomp_ground::phrases::{Lang, Phrase, Text};
use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::event::{Dimension, Event};

/// The book of a ledger: `book.toml` in its folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// Printed name.
    pub name: Text,
    /// First year of which it keeps events.
    pub first_year: i32,
    /// Whether its events are made up to show the method; every report says so.
    #[serde(default)]
    pub illustrative: bool,
    /// Funds.
    #[serde(rename = "fund")]
    pub funds: Vec<Fund>,
    /// Areas.
    #[serde(rename = "area", default)]
    pub areas: Vec<Named>,
    /// Ecosystems.
    #[serde(rename = "ecosystem", default)]
    pub ecosystems: Vec<Named>,
    /// Channels.
    #[serde(rename = "channel", default)]
    pub channels: Vec<Named>,
    /// Account codes.
    #[serde(rename = "code", default)]
    pub codes: Vec<Named>,
    /// Days that the clocks count from, by name of the trigger.
    #[serde(rename = "day", default)]
    pub days: Vec<Day>,
    /// Files of rules beside the book.
    #[serde(default)]
    pub rules: Vec<String>,
}

impl Document for Book {
    const PAGE: &'static str = "docs/ledger.md";
}

/// A fund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fund {
    /// Short name.
    pub id: String,
    /// Printed name.
    pub name: Text,
    /// Whether it is a general or a special transfer: the clocks differ.
    pub kind: FundKind,
    /// Level that gives it, such as 市级.
    #[serde(default)]
    pub level: String,
    /// Ecosystems that it may be used for; none for any.
    #[serde(default)]
    pub ecosystems: Vec<String>,
    /// Channels that it may go through; none for any.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Account codes that it may be booked under; none for any.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Words of what it may never be used for.
    #[serde(default)]
    pub never: Vec<String>,
}

/// Kind of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FundKind {
    /// 一般性转移支付.
    General,
    /// 专项转移支付.
    Special,
}

/// A code and what it is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Code.
    pub id: String,
    /// Printed name.
    pub name: Text,
}

/// A day on which something happened that a clock counts from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// What happened, such as `approval`.
    pub trigger: String,
    /// Budget year that it concerns.
    pub year: i32,
    /// The day.
    pub date: Date,
    /// Fund that it concerns; empty for all.
    #[serde(default)]
    pub fund: String,
}

/// What lists may call the entries of a register, and their codes.
#[derive(Debug, Clone, Default)]
pub struct Register {
    codes: BTreeMap<String, String>,
    names: BTreeMap<String, Text>,
}

impl Register {
    fn of<'a>(entries: impl Iterator<Item = (&'a str, &'a Text)>) -> Self {
        let mut register = Self::default();
        for (id, name) in entries {
            for word in [id, &name.zh, &name.en] {
                register.codes.entry(word.to_lowercase()).or_insert_with(|| id.to_owned());
            }
            register.names.insert(id.to_owned(), name.clone());
        }
        register
    }

    /// The code of a word; `None` where nothing is called so.
    pub fn code(&self, word: &str) -> Option<&str> {
        let word = word.trim();
        if let Some((code, _)) = self.names.get_key_value(word) {
            return Some(code);
        }
        self.codes.get(&word.to_lowercase()).map(String::as_str)
    }

    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// What a code is called.
    pub fn name(&self, code: &str) -> Text {
        self.names.get(code).cloned().unwrap_or_else(|| Text::same(code))
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.names.iter().flat_map(|(id, name)| [name.zh.as_str(), id.as_str()])
    }
}

/// A book with its registers.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The book.
    pub book: Book,
    registers: BTreeMap<Dimension, Register>,
}

impl Opened {
    /// Reads a book.
    ///
    /// # Errors
    /// Everything that is wrong with it, with lines.
    pub fn read(text: &str, file: &str) -> Result<Self, Findings> {
        let opened = typed::open::<Book>(text, file)?;
        let found = faults(&opened.value, &opened.places());
        let book = opened.value;
        if !found.is_empty() {
            return Err(Findings(found));
        }
        Ok(Self::of(book))
    }

    /// The registers of a book.
    pub fn of(book: Book) -> Self {
        let named = |entries: &[Named]| Register::of(entries.iter().map(|entry| (entry.id.as_str(), &entry.name)));
        let funds = Register::of(book.funds.iter().map(|fund| (fund.id.as_str(), &fund.name)));
        let registers = BTreeMap::from([
            (Dimension::Fund, funds),
            (Dimension::Area, named(&book.areas)),
            (Dimension::Ecosystem, named(&book.ecosystems)),
            (Dimension::Channel, named(&book.channels)),
            (Dimension::Code, named(&book.codes)),
        ]);
        Self { book, registers }
    }

    /// A fund by its code.
    pub fn fund(&self, id: &str) -> Option<&Fund> {
        self.book.funds.iter().find(|fund| fund.id == id)
    }

    /// The code that a word of a list stands for in a dimension; a dimension without register takes any word.
    ///
    /// # Errors
    /// `fund.unknown_code`, with the nearest name.
    pub fn code(&self, dimension: Dimension, word: &str) -> Result<String, Phrase> {
        let word = word.trim();
        let Some(register) = self.registers.get(&dimension).filter(|register| !register.is_empty()) else {
            return Ok(word.to_owned());
        };
        register.code(word).map(str::to_owned).ok_or_else(|| {
            Phrase::new("fund.unknown_code")
                .with("value", word)
                .with("what", dimension.name())
                .with_phrase("hint", &hint(word, register.words()))
        })
    }

    /// What a code of a dimension is called.
    pub fn name(&self, dimension: Dimension, code: &str) -> Text {
        match self.registers.get(&dimension) {
            Some(register) => register.name(code),
            None => Text::same(code),
        }
    }

    /// What keeps an event from being one of its fund: the ecosystem, channel or code that the fund may not be used for.
    pub fn against_earmark(&self, event: &Event) -> Option<Phrase> {
        let Some(fund) = self.fund(&event.fund) else {
            return Some(
                Phrase::new("fund.unknown_code")
                    .with("value", &event.fund)
                    .with("what", Dimension::Fund.name())
                    .with_phrase("hint", &hint(&event.fund, self.book.funds.iter().map(|fund| fund.id.as_str()))),
            );
        };
        let kept = [
            (Dimension::Ecosystem, &fund.ecosystems, &event.ecosystem),
            (Dimension::Channel, &fund.channels, &event.channel),
            (Dimension::Code, &fund.codes, &event.code),
        ];
        kept.into_iter().find(|(_, allowed, is)| !allowed.is_empty() && !is.is_empty() && !allowed.contains(is)).map(
            |(dimension, allowed, is)| {
                let list = |lang: Lang| {
                    let names: Vec<String> =
                        allowed.iter().map(|code| self.name(dimension, code).get(lang).to_owned()).collect();
                    names.join(if lang == Lang::Zh { "、" } else { ", " })
                };
                Phrase::new("fund.earmark")
                    .with("fund", fund.name.clone())
                    .with("what", dimension.name())
                    .with("value", self.name(dimension, is))
                    .with("allowed", Text { zh: list(Lang::Zh), en: list(Lang::En) })
            },
        )
    }
}

/// Names twice, and what funds name that no register has.
fn faults(book: &Book, places: &Places<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let at = |path: String| places.of(&path);
    let mut twice = |what: &str, ids: Vec<&str>| {
        let mut seen = BTreeSet::new();
        for (id, index) in ids.into_iter().zip(1..) {
            if !seen.insert(id) {
                found.push(Finding::error("fund.twice", at(format!("{what}[{index}].id"))).with("value", id));
            }
        }
    };
    twice("fund", book.funds.iter().map(|fund| fund.id.as_str()).collect());
    for (what, entries) in
        [("area", &book.areas), ("ecosystem", &book.ecosystems), ("channel", &book.channels), ("code", &book.codes)]
    {
        twice(what, entries.iter().map(|entry| entry.id.as_str()).collect());
    }
    let opened = Opened::of(book.clone());
    for (fund, index) in book.funds.iter().zip(1..) {
        let named = [
            ("ecosystems", Dimension::Ecosystem, &fund.ecosystems),
            ("channels", Dimension::Channel, &fund.channels),
            ("codes", Dimension::Code, &fund.codes),
        ];
        for (key, dimension, words) in named {
            for word in words {
                let wrong = match opened.code(dimension, word) {
                    Ok(code) if code == *word => None,
                    Ok(code) => Some(
                        Phrase::new("fund.unknown_code")
                            .with("value", word)
                            .with("what", dimension.name())
                            .with_phrase("hint", &hint(word, [code.as_str()])),
                    ),
                    Err(phrase) => Some(phrase),
                };
                found.extend(wrong.map(|phrase| Finding::from_phrase(phrase, at(format!("fund[{index}].{key}")))));
            }
        }
    }
    for (day, index) in book.days.iter().zip(1..) {
        if !day.fund.is_empty() && opened.fund(&day.fund).is_none() {
            let known = book.funds.iter().map(|fund| fund.id.as_str());
            let phrase = Phrase::new("fund.unknown_code").with("value", &day.fund).with("what", Dimension::Fund.name());
            let phrase = phrase.with_phrase("hint", &hint(&day.fund, known));
            found.push(Finding::from_phrase(phrase, at(format!("day[{index}].fund"))));
        }
    }
    if book.funds.is_empty() {
        found.push(Finding::error("fund.no_funds", Place::default()));
    }
    found
}
