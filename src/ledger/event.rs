//! What happens to money: one event, its kind, and the dimensions it can be told apart by.

use serde::{Deserialize, Serialize};

use ecocomp_ground::phrases::{Phrase, Text};

use crate::date::Date;

/// What an event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// 预算: money is planned.
    #[serde(rename = "预算")]
    Budget,
    /// 调整: the plan is changed, up or down.
    #[serde(rename = "调整")]
    Adjust,
    /// 统筹: money is pooled away to other uses, or (below zero) in.
    #[serde(rename = "统筹")]
    Pool,
    /// 下达: the lower level, or the unit, is told that it may use it.
    #[serde(rename = "下达")]
    Release,
    /// 拨付: it is paid to whom it is for.
    #[serde(rename = "拨付")]
    Pay,
    /// 支出: it is spent.
    #[serde(rename = "支出")]
    Spend,
    /// 退回: what was paid comes back, unspent.
    #[serde(rename = "退回")]
    Return,
    /// 收回: finance takes it out of the budget of the line.
    #[serde(rename = "收回")]
    Recover,
    /// 结转: unspent at the end of a year, for the same use in the next.
    #[serde(rename = "结转")]
    Carry,
    /// 结余: unspent for so long that it is surplus and leaves.
    #[serde(rename = "结余")]
    Surplus,
}

/// Number of kinds.
pub const KINDS: usize = 10;

impl Kind {
    /// Every kind, in the order in which money goes through them.
    pub const ALL: [Self; KINDS] = [
        Self::Budget,
        Self::Adjust,
        Self::Pool,
        Self::Release,
        Self::Pay,
        Self::Spend,
        Self::Return,
        Self::Recover,
        Self::Carry,
        Self::Surplus,
    ];

    /// Its place in [`Self::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// Its word in lists and files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Budget => "预算",
            Self::Adjust => "调整",
            Self::Pool => "统筹",
            Self::Release => "下达",
            Self::Pay => "拨付",
            Self::Spend => "支出",
            Self::Return => "退回",
            Self::Recover => "收回",
            Self::Carry => "结转",
            Self::Surplus => "结余",
        }
    }

    fn english(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Adjust => "adjust",
            Self::Pool => "pool",
            Self::Release => "release",
            Self::Pay => "pay",
            Self::Spend => "spend",
            Self::Return => "return",
            Self::Recover => "recover",
            Self::Carry => "carry",
            Self::Surplus => "surplus",
        }
    }

    /// The kind of a word, Chinese or English.
    pub fn of_word(word: &str) -> Option<Self> {
        let word = word.trim();
        Self::ALL.into_iter().find(|kind| kind.word() == word || kind.english().eq_ignore_ascii_case(word))
    }

    /// Its name.
    pub fn name(self) -> Text {
        Text { zh: self.word().to_owned(), en: self.english().to_owned() }
    }

    /// Whether it changes what is planned: such amounts may be below zero without being a correction.
    pub fn is_signed(self) -> bool {
        matches!(self, Self::Adjust | Self::Pool)
    }
}

/// One event. Texts that do not concern it are empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Day on which it happened.
    pub date: Date,
    /// What happened.
    pub kind: Kind,
    /// How much, in 分; below zero it takes back an earlier event (红字冲销).
    pub fen: i64,
    /// Fund.
    pub fund: String,
    /// Budget year of the money: its age is counted from there, whatever it is used for later.
    pub year: i32,
    /// Area.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub area: String,
    /// Ecosystem.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ecosystem: String,
    /// Channel, such as 生态就业.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// Project.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub project: String,
    /// Account code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Who was paid.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub payee: String,
    /// Number of the document.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub document: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What events can be told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// Fund.
    Fund,
    /// Budget year.
    Year,
    /// Area.
    Area,
    /// Ecosystem.
    Ecosystem,
    /// Channel.
    Channel,
    /// Project.
    Project,
    /// Account code.
    Code,
    /// Payee.
    Payee,
    /// Month of the event.
    Month,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Self; 9] = [
        Self::Fund,
        Self::Year,
        Self::Area,
        Self::Ecosystem,
        Self::Channel,
        Self::Project,
        Self::Code,
        Self::Payee,
        Self::Month,
    ];

    /// Its word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fund => "fund",
            Self::Year => "year",
            Self::Area => "area",
            Self::Ecosystem => "ecosystem",
            Self::Channel => "channel",
            Self::Project => "project",
            Self::Code => "code",
            Self::Payee => "payee",
            Self::Month => "month",
        }
    }

    /// The dimension of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.word() == word)
    }

    /// Its name.
    pub fn name(self) -> Text {
        let code = match self {
            Self::Fund => "fund.dim_fund",
            Self::Year => "fund.dim_year",
            Self::Area => "fund.dim_area",
            Self::Ecosystem => "fund.dim_ecosystem",
            Self::Channel => "fund.dim_channel",
            Self::Project => "fund.dim_project",
            Self::Code => "fund.dim_code",
            Self::Payee => "fund.dim_payee",
            Self::Month => "fund.dim_month",
        };
        Phrase::new(code).text()
    }

    /// What an event has there; empty where it has nothing.
    pub fn of(self, event: &Event) -> String {
        match self {
            Self::Fund => event.fund.clone(),
            Self::Year => event.year.to_string(),
            Self::Area => event.area.clone(),
            Self::Ecosystem => event.ecosystem.clone(),
            Self::Channel => event.channel.clone(),
            Self::Project => event.project.clone(),
            Self::Code => event.code.clone(),
            Self::Payee => event.payee.clone(),
            Self::Month => {
                let (year, month, _) = event.date.parts();
                format!("{year:04}-{month:02}")
            }
        }
    }
}
