//! The rules by name: what each is called, its source, whether it has a weighted form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule for dividing too little among claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Everyone gets the same part of the claim.
    Proportional,
    /// Awards as equal as the claims allow.
    ConstrainedEqualAwards,
    /// Losses as equal as the claims allow.
    ConstrainedEqualLosses,
    /// Equal awards on half-claims below half of all claims, equal losses above (Aumann & Maschler 1985).
    Talmud,
    /// Equal losses on half-claims below half of all claims, equal awards above (Chun, Schummer & Thomson 2001).
    ReverseTalmud,
    /// The average of first-come-first-served over all orders (O'Neill 1982).
    RandomArrival,
    /// Minimal rights first, then proportional on truncated claims (Curiel, Maschler & Tijs 1987).
    AdjustedProportional,
    /// Claims laid so that they overlap least (O'Neill 1982, after Ibn Ezra).
    MinimalOverlap,
    /// Equal awards on half-claims, twice (Piniles 1861).
    Piniles,
    /// Equal awards on half-claims, then the most equal awards between half and whole claims (Chun, Schummer & Thomson 2001).
    ConstrainedEgalitarian,
    /// The mean of equal awards and equal losses.
    Average,
    /// Everyone gets a 1/n part of the truncated claim, again and again (Domínguez & Thomson 2006).
    DominguezThomson,
    /// The centroid of all divisions between zero and the claims (Mirás Calvo, Quinteiro Sandomingo & Sánchez Rodríguez 2022).
    AverageOfAwards,
    /// The least claim for everyone, then proportional (Giménez-Gómez & Peris 2014).
    AlphaMin,
}

/// Rule, short name of the literature, whether it has a weighted form, further words.
const KNOWN: &[(Rule, &str, &str, bool, &[&str])] = &[
    (Rule::Proportional, "proportional", "PRO", true, &["比例", "比例法", "按比例"]),
    (Rule::ConstrainedEqualAwards, "constrained_equal_awards", "CEA", true, &["等额受偿", "约束等额分配"]),
    (Rule::ConstrainedEqualLosses, "constrained_equal_losses", "CEL", true, &["等额损失", "约束等额损失"]),
    (Rule::Talmud, "talmud", "Talmud", true, &["TAL", "塔木德"]),
    (Rule::ReverseTalmud, "reverse_talmud", "RTalmud", true, &["RTAL", "反塔木德", "逆塔木德"]),
    (Rule::RandomArrival, "random_arrival", "RA", false, &["随机到达"]),
    (Rule::AdjustedProportional, "adjusted_proportional", "APRO", false, &["AP", "调整比例"]),
    (Rule::MinimalOverlap, "minimal_overlap", "MO", false, &["最小重叠"]),
    (Rule::Piniles, "piniles", "PIN", true, &["皮尼莱斯"]),
    (Rule::ConstrainedEgalitarian, "constrained_egalitarian", "CE", false, &["约束平等"]),
    (Rule::Average, "average", "AV", true, &["平均"]),
    (Rule::DominguezThomson, "dominguez_thomson", "DT", false, &["多明格斯-汤姆森"]),
    (Rule::AverageOfAwards, "average_of_awards", "AA", false, &["奖励均值", "受偿均值"]),
    (Rule::AlphaMin, "alpha_min", "alphamin", false, &["最低请求"]),
];

impl Rule {
    /// All rules, in the order of tables.
    pub fn all() -> impl Iterator<Item = Self> {
        KNOWN.iter().map(|known| known.0)
    }

    /// The rule of a word: its name, its short name in the literature (any case), or its Chinese name.
    pub fn of_word(word: &str) -> Option<Self> {
        let word = word.trim();
        let plain = word.replace(['-', ' '], "_");
        let is = |known: &str| known.eq_ignore_ascii_case(&plain) || known.eq_ignore_ascii_case(word);
        KNOWN.iter().find(|known| is(known.1) || is(known.2) || known.4.iter().any(|other| is(other))).map(|k| k.0)
    }

    /// Every name and short name, for "did you mean".
    pub fn words() -> impl Iterator<Item = &'static str> + Clone {
        KNOWN.iter().flat_map(|known| [known.1, known.2])
    }

    /// Name in files.
    pub fn word(self) -> &'static str {
        self.known().map_or("", |known| known.1)
    }

    /// Short name of the literature, such as CEA.
    pub fn short(self) -> &'static str {
        self.known().map_or("", |known| known.2)
    }

    /// Whether the rule has a weighted form here.
    pub fn is_weighted(self) -> bool {
        self.known().is_some_and(|known| known.3)
    }

    /// Phrase code of the name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Proportional => "division.rule_proportional",
            Self::ConstrainedEqualAwards => "division.rule_equal_awards",
            Self::ConstrainedEqualLosses => "division.rule_equal_losses",
            Self::Talmud => "division.rule_talmud",
            Self::ReverseTalmud => "division.rule_reverse_talmud",
            Self::RandomArrival => "division.rule_random_arrival",
            Self::AdjustedProportional => "division.rule_adjusted_proportional",
            Self::MinimalOverlap => "division.rule_minimal_overlap",
            Self::Piniles => "division.rule_piniles",
            Self::ConstrainedEgalitarian => "division.rule_egalitarian",
            Self::Average => "division.rule_average",
            Self::DominguezThomson => "division.rule_dominguez_thomson",
            Self::AverageOfAwards => "division.rule_average_of_awards",
            Self::AlphaMin => "division.rule_alpha_min",
        }
    }

    fn known(self) -> Option<&'static (Self, &'static str, &'static str, bool, &'static [&'static str])> {
        KNOWN.iter().find(|known| known.0 == self)
    }
}
