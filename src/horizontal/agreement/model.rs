//! The parts of an agreement as its file writes them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::clause::{Clause, Excess};
use crate::agreement::data::DataRules;
use crate::agreement::measure::Measure;
use crate::agreement::rounding::By;
use crate::agreement::standard::{self, Substance};
use crate::agreement::standing::{self, Confirmed, Standing};
use crate::agreement::written::{Amount, Class, Label, Number};
use crate::document::places::Places;
use crate::finding::Finding;
use crate::phrases::Text;

/// An agreement of governments on horizontal compensation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// Name, term, legal basis, and how far its terms are confirmed.
    pub agreement: Head,
    /// Governments, superior governments and pooled funds.
    pub party: Vec<Party>,
    /// Who is upstream of whom.
    #[serde(default)]
    pub river: River,
    /// Monitored sections (断面).
    #[serde(default)]
    pub section: Vec<Section>,
    /// What is measured there.
    #[serde(default)]
    pub indicator: Vec<Indicator>,
    /// Events that count, such as accidents.
    #[serde(default)]
    pub event: Vec<Event>,
    /// How monitoring data become yearly figures.
    #[serde(default)]
    pub data: DataRules,
    /// How amounts are rounded.
    #[serde(default)]
    pub money: MoneyRules,
    /// What the clauses look at: indices, classes, rates, volumes.
    #[serde(default)]
    pub measure: Vec<Measure>,
    /// Who pays whom for what, in the order in which they are settled.
    pub clause: Vec<Clause>,
    /// How far single figures are confirmed, where that differs from the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<Standing>,
}

/// Name, term, basis and source of an agreement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Printed name.
    pub name: Label,
    /// First year of its term.
    pub first_year: i32,
    /// Last year of its term.
    pub last_year: i32,
    /// Legal text it stands on.
    pub basis: String,
    /// Where its terms are known from.
    pub source: String,
    /// How far they are confirmed.
    pub confirmed: Confirmed,
    /// What a reader must know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Label>,
    /// Whether terms are made up to show the software.
    #[serde(default)]
    pub illustrative: bool,
}

/// A government or a pooled fund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Short name within the file.
    pub id: String,
    /// Printed name.
    pub name: Label,
    /// What it is.
    #[serde(default)]
    pub role: Role,
    /// Of a fund: what becomes of a payment that it holds too little for; put off to the next year where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<Excess>,
}

/// What a party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A government on the river.
    #[default]
    Government,
    /// A superior government that pays into it or receives.
    Superior,
    /// A fund of several parties. It pays what it holds and never more; what is left at the end of a year is there in the next.
    Pool,
}

/// Who is upstream of whom.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct River {
    /// Pairs of upstream and downstream party.
    #[serde(default)]
    pub flows: Vec<[String; 2]>,
}

/// A monitored section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Short name within the file.
    pub id: String,
    /// Printed name, also the name in monitoring files.
    pub name: Label,
    /// Further names in monitoring files.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Party upstream of it, who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// Party downstream of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downstream: Option<String>,
    /// The section upstream that its water is compared with (对照断面), for rules that excuse what comes in already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Class that its water must reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_class: Option<Class>,
    /// Whether limits of lakes and reservoirs hold (total phosphorus).
    #[serde(default)]
    pub lake: bool,
    /// Concentrations agreed in place of the limits of the target class, by indicator.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, Number>,
}

/// A measured indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Short name; those of GB 3838-2002 (`cod_mn`, `nh3_n`, `tp`, `tn`, …) bring names, unit and class limits.
    pub id: String,
    /// Printed name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Label>,
    /// Further names in monitoring files.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Unit in which concentrations and limits are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Detection limit where a file says only "not detected", in that unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection_limit: Option<Number>,
    /// Upper limits of classes I to V of an indicator that GB 3838-2002 does not have, or in their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_limits: Option<Vec<Number>>,
}

impl Indicator {
    /// What the standard says of it.
    pub fn substance(&self) -> Option<&'static Substance> {
        standard::substance(&self.id)
    }

    /// Printed name: its own, that of the standard, or its id.
    pub fn label(&self) -> Text {
        let own = self.name.as_ref().map(|name| name.0.clone());
        own.or_else(|| self.substance().map(|known| known.name.clone())).unwrap_or_else(|| Text::same(&self.id))
    }

    /// Unit in which it is kept.
    pub fn kept_unit(&self) -> &str {
        self.unit.as_deref().or_else(|| self.substance().map(|known| known.unit.as_str())).unwrap_or("mg/L")
    }

    /// Whether a monitoring file may call it so.
    pub fn answers_to(&self, word: &str) -> bool {
        let label = self.label();
        let own = [self.id.as_str(), label.zh.as_str(), label.en.as_str()];
        let known = self.substance().map(|known| known.aliases.as_slice()).unwrap_or_default();
        let names =
            own.into_iter().chain(self.aliases.iter().map(String::as_str)).chain(known.iter().map(String::as_str));
        names.into_iter().any(|name| folded(name) == folded(word))
    }
}

/// A name without case, spaces, hyphens and brackets, with plain digits: the spellings of one thing agree in it.
pub(crate) fn folded(name: &str) -> String {
    let plain = |c: char| match c {
        '₀'..='₉' => char::from_digit(u32::from(c).saturating_sub(0x2080), 10).unwrap_or(c),
        other => other,
    };
    let marks = ['-', '_', '–', '－', '(', ')', '（', '）'];
    name.chars().filter(|c| !c.is_whitespace() && !marks.contains(c)).map(plain).flat_map(char::to_lowercase).collect()
}

/// Something that happens or not, and how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Short name within the file.
    pub id: String,
    /// Printed name, also the name in monitoring files.
    pub name: Label,
    /// What it means that no file speaks of it.
    pub if_not_reported: Reported,
}

/// What silence on an event means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reported {
    /// It did not happen.
    None,
    /// Every year must say so, with 0 or a count.
    Error,
}

/// How amounts that are computed become money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoneyRules {
    /// Smallest amount that is paid; whole multiples of it.
    pub unit: Amount,
    /// What becomes of the rest.
    pub by: By,
}

impl Default for MoneyRules {
    /// To the 分, halves away from zero.
    fn default() -> Self {
        Self { unit: Amount(crate::units::Money::from_fen(1)), by: By::HalfUp }
    }
}

impl Agreement {
    /// The party of an id.
    pub fn party_of(&self, id: &str) -> Option<&Party> {
        self.party.iter().find(|party| party.id == id)
    }

    /// Printed name of a party, or its id.
    pub fn party_name(&self, id: &str) -> Text {
        self.party_of(id).map_or_else(|| Text::same(id), |party| party.name.0.clone())
    }

    /// Printed name of a clause, or its id.
    pub fn clause_title(&self, id: &str) -> Text {
        let known = self.clause.iter().find(|clause| clause.id == id);
        known.map_or_else(|| Text::same(id), |clause| clause.title.0.clone())
    }

    /// The section of an id.
    pub fn section_of(&self, id: &str) -> Option<&Section> {
        self.section.iter().find(|section| section.id == id)
    }

    /// Printed name of a section, or its id.
    pub fn section_name(&self, id: &str) -> Text {
        self.section_of(id).map_or_else(|| Text::same(id), |section| section.name.0.clone())
    }

    /// The indicator of an id.
    pub fn indicator_of(&self, id: &str) -> Option<&Indicator> {
        self.indicator.iter().find(|indicator| indicator.id == id)
    }

    /// Printed name of an indicator, or its id.
    pub fn indicator_name(&self, id: &str) -> Text {
        self.indicator_of(id).map_or_else(|| Text::same(id), Indicator::label)
    }

    /// The measure of an id.
    pub fn measure_of(&self, id: &str) -> Option<&Measure> {
        self.measure.iter().find(|measure| measure.id == id)
    }

    /// Years whose data are a baseline.
    pub fn base_years(&self) -> BTreeSet<i32> {
        let terms = self.measure.iter().filter_map(|measure| measure.index.as_ref()).flat_map(|index| &index.term);
        terms.filter_map(|term| term.base_years.as_ref()).flatten().copied().collect()
    }

    /// The sections of a list, or all where it is empty.
    pub fn sections_of<'a>(&'a self, ids: &'a [String]) -> Vec<&'a Section> {
        if ids.is_empty() {
            return self.section.iter().collect();
        }
        ids.iter().filter_map(|id| self.section_of(id)).collect()
    }

    /// The indicators of a list, or all where it is empty.
    pub fn indicators_of<'a>(&'a self, ids: &'a [String]) -> Vec<&'a Indicator> {
        if ids.is_empty() {
            return self.indicator.iter().collect();
        }
        ids.iter().filter_map(|id| self.indicator_of(id)).collect()
    }

    /// Standings of figures that the agreement does not have.
    pub(super) fn wrong_standings(&self, places: &Places<'_>) -> Vec<Finding> {
        if self.standing.is_empty() {
            return Vec::new();
        }
        standing::wrong(&self.standing, &serde_json::to_value(self).unwrap_or_default(), places)
    }

    /// What a standing is of, in words.
    pub fn figures_of(&self, standing: &Standing) -> Vec<Text> {
        standing.figures(&serde_json::to_value(self).unwrap_or_default())
    }
}
