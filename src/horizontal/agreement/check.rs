//! What only shows when the parts of an agreement are put together: unknown names, cycles, gaps, weights, baselines.

use std::collections::BTreeSet;

use num_traits::{One as _, Signed, Zero};

use crate::agreement::graph;
use crate::agreement::interval::{Bounds, Fault, partition};
use crate::agreement::measure::{Combine, Index, Measure, MeasureKind};
use crate::agreement::model::{Agreement, Role, Section};
use crate::agreement::rounding::Rounding;
use crate::agreement::written::{Side, shown};
use crate::document::places::Places;
use crate::finding::{Finding, FindingLog, hint};
use crate::phrases::{Phrase, Text};
use crate::units::Exact;

/// First and last year that a term may have.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;
/// Longest term, in years.
const TERM_MAX: i32 = 100;
/// Most sections over all clauses that look at months.
const SECTIONS_MAX: usize = 5_000;
/// Most pairs of payer and receiver of one payment.
const PAIRS_MAX: usize = 2_500;
/// Most base years of a baseline.
const BASE_YEARS_MAX: usize = 30;

impl Agreement {
    /// Everything that is wrong with it, as findings at their places.
    pub fn check(&self, places: &Places<'_>) -> Vec<Finding> {
        let mut check = Check { agreement: self, places, earlier: BTreeSet::new(), log: FindingLog::default() };
        if check.sizes() {
            return check.log.into_findings();
        }
        check.head();
        check.names();
        check.shortfalls();
        check.river();
        check.sections_themselves();
        check.indicators_themselves();
        check.data();
        for index in 0..self.measure.len() {
            check.measure_itself(index);
        }
        for (index, clause) in self.clause.iter().enumerate() {
            check.clause(index, clause);
        }
        check.log.extend(self.wrong_standings(places));
        check.log.into_findings()
    }

    /// Parties from the source to the mouth.
    pub fn downstream_order(&self) -> Vec<&str> {
        let parties: Vec<&str> = self.party.iter().map(|party| party.id.as_str()).collect();
        graph::order(&parties, &self.river.flows)
    }
}

/// A check on its way.
pub(crate) struct Check<'a> {
    /// The agreement.
    pub agreement: &'a Agreement,
    places: &'a Places<'a>,
    /// Ids of the clauses before the one being checked.
    earlier: BTreeSet<&'a str>,
    log: FindingLog,
}

impl<'a> Check<'a> {
    /// Reports an error at a key.
    pub fn error(&mut self, code: &'static str, path: &str, fill: impl FnOnce(Finding) -> Finding) {
        self.log.push(fill(Finding::error(code, self.places.of(path))));
    }

    fn unknown<'w>(&mut self, what: &'static str, word: &str, path: &str, known: impl Iterator<Item = &'w str>) {
        let like = hint(word, known).text();
        let what = Phrase::new(what).text();
        self.error("agreement.unknown_name", path, |f| f.with("what", what).with("word", word).with("like", like));
    }

    /// A party must be known; `upstream` and `downstream` are words for those of a section.
    pub fn party(&mut self, word: &str, path: &str, at_section: bool) {
        if word == "upstream" || word == "downstream" {
            if !at_section {
                self.error("agreement.no_section_here", path, |f| f.with("word", word));
            }
            return;
        }
        let agreement = self.agreement;
        if agreement.party_of(word).is_none() {
            self.unknown("agreement.what_party", word, path, agreement.party.iter().map(|party| party.id.as_str()));
        }
    }

    /// A measure must be known.
    pub fn measure(&mut self, word: &str, path: &str) -> Option<&'a Measure> {
        let agreement = self.agreement;
        let found = agreement.measure_of(word);
        if found.is_none() {
            self.unknown("agreement.what_measure", word, path, agreement.measure.iter().map(|known| known.id.as_str()));
        }
        found
    }

    /// An event must be known.
    pub fn event(&mut self, word: &str, path: &str) {
        let agreement = self.agreement;
        if !agreement.event.iter().any(|event| event.id == word) {
            self.unknown("agreement.what_event", word, path, agreement.event.iter().map(|known| known.id.as_str()));
        }
    }

    /// Sections must be known, and there must be some.
    pub fn sections(&mut self, words: &[String], path: &str) {
        let agreement = self.agreement;
        for word in words {
            if agreement.section_of(word).is_none() {
                let known = agreement.section.iter().map(|known| known.id.as_str());
                self.unknown("agreement.what_section", word, path, known);
            }
        }
        if agreement.section.is_empty() {
            self.error("agreement.no_sections", path, |f| f);
        }
    }

    /// Indicators must be known, and there must be some.
    pub fn indicators(&mut self, words: &[String], path: &str) {
        let agreement = self.agreement;
        for word in words {
            if agreement.indicator_of(word).is_none() {
                let known = agreement.indicator.iter().map(|known| known.id.as_str());
                self.unknown("agreement.what_indicator", word, path, known);
            }
        }
        if agreement.indicator.is_empty() {
            self.error("agreement.no_indicators", path, |f| f);
        }
    }

    /// Sections must have a target class.
    pub fn targets(&mut self, words: &[String], path: &str) {
        let agreement = self.agreement;
        let without: Vec<&Section> =
            agreement.sections_of(words).into_iter().filter(|section| section.target_class.is_none()).collect();
        for section in without {
            self.error("agreement.no_target", path, |f| f.with("section", section.name.0.clone()));
        }
    }

    /// Sections must name the section they are compared with, where a rule compares them.
    pub fn references(&mut self, compared: bool, words: &[String], path: &str) {
        let agreement = self.agreement;
        let without =
            agreement.sections_of(words).into_iter().filter(|section| compared && section.reference.is_none());
        for section in without.collect::<Vec<_>>() {
            self.error("agreement.no_reference", path, |f| f.with("section", section.name.0.clone()));
        }
    }

    /// A clause that stands before this one.
    pub fn earlier_clause(&mut self, word: &str, path: &str) {
        if self.earlier.contains(word) {
            return;
        }
        if self.agreement.clause.iter().any(|clause| clause.id == word) {
            self.error("agreement.clause_later", path, |f| f.with("word", word));
        } else {
            let known: Vec<&str> = self.earlier.iter().copied().collect();
            self.unknown("agreement.what_clause", word, path, known.into_iter());
        }
    }

    /// A clause, wherever it stands.
    pub fn other_clause(&mut self, word: &str, path: &str) {
        let agreement = self.agreement;
        if !agreement.clause.iter().any(|clause| clause.id == word) {
            self.unknown("agreement.what_clause", word, path, agreement.clause.iter().map(|known| known.id.as_str()));
        }
    }

    /// A list that must not be empty.
    pub fn some(&mut self, count: usize, path: &str) {
        if count == 0 {
            self.error("agreement.empty", path, |f| f);
        }
    }

    /// A share between 0 and 1.
    pub fn share(&mut self, share: &Exact, path: &str) {
        if share.is_negative() || *share > Exact::one() {
            self.error("agreement.share", path, |f| f.with("value", shown(share)));
        }
    }

    /// Ratios ≥ 0, not all zero.
    pub fn ratios<'r>(&mut self, ratios: impl Iterator<Item = &'r Exact>, nothing: bool, path: &str) {
        let negative = ratios.into_iter().any(Signed::is_negative);
        if negative || nothing {
            self.error("agreement.shares", path, |f| f);
        }
    }

    /// Keys that must be years of the term.
    pub fn years_of<'y>(&mut self, keys: impl Iterator<Item = &'y String>, path: &str) {
        let head = &self.agreement.agreement;
        let term = head.first_year..=head.last_year;
        for key in keys {
            if key.len() != 4 || key.parse::<i32>().ok().is_none_or(|year| !term.contains(&year)) {
                self.error("agreement.year_outside", path, |f| {
                    f.with("year", key).with("first", term.start().to_string()).with("last", term.end().to_string())
                });
            }
        }
    }

    /// Thresholds: each end given once, and something between them.
    pub fn bounds(&mut self, bounds: &Bounds, path: &str) {
        if bounds.is_double() {
            self.error("agreement.end_twice", path, |f| f);
        } else if !bounds.is_bounded() {
            self.error("agreement.no_ends", path, |f| f);
        } else if bounds.is_empty() {
            self.error("agreement.empty_interval", path, |f| f.with("interval", bounds.text("x")));
        }
    }

    /// Tiers that cover every value once.
    pub fn covers(&mut self, tiers: &[&Bounds], (least, most): (Option<Exact>, Option<Exact>), path: &str) {
        match partition(tiers, least.as_ref(), most.as_ref()) {
            None => {}
            Some(Fault::Gap(interval)) => self.error("agreement.gap", path, |f| f.with("interval", interval)),
            Some(Fault::Overlap(a, b, interval)) => {
                let (a, b) = (a.min(b) + 1, a.max(b) + 1);
                self.error("agreement.overlap", path, |f| {
                    f.with("first", a.to_string()).with("second", b.to_string()).with("interval", interval)
                });
            }
        }
    }

    /// Whether it is larger than an agreement can be; then nothing else is looked at.
    fn sizes(&mut self) -> bool {
        let agreement = self.agreement;
        let lists = [
            ("party", agreement.party.len(), 500),
            ("river.flows", agreement.river.flows.len(), 2_000),
            ("section", agreement.section.len(), 2_000),
            ("indicator", agreement.indicator.len(), 100),
            ("event", agreement.event.len(), 100),
            ("measure", agreement.measure.len(), 500),
            ("clause", agreement.clause.len(), 300),
        ];
        let mut is_too_large = false;
        for (path, count, most) in lists {
            if count > most {
                is_too_large = true;
                self.error("agreement.too_many", path, |f| f.with("limit", most.to_string()));
            }
        }
        let sections = |named: &[String]| if named.is_empty() { agreement.section.len() } else { named.len() };
        let monthly: usize = agreement
            .clause
            .iter()
            .map(|clause| {
                let ladder = clause.ladder.as_ref().map_or(0, |kind| sections(&kind.sections));
                ladder + clause.exceedance.as_ref().map_or(0, |kind| sections(&kind.sections))
            })
            .sum();
        if monthly > SECTIONS_MAX {
            is_too_large = true;
            self.error("agreement.too_many", "section", |f| f.with("limit", SECTIONS_MAX.to_string()));
        }
        is_too_large
    }

    /// Two sides of a payment: known parties, and not too many pairs of them.
    pub fn sides(&mut self, (from, to): (&Side, &Side), path: &str, at_section: bool) {
        let (payers, receivers) = (from.shares(), to.shares());
        for (shares, key) in [(&payers, "from"), (&receivers, "to")] {
            for (party, _) in shares {
                self.party(party, &format!("{path}.{key}"), at_section);
            }
        }
        if payers.len() * receivers.len() > PAIRS_MAX {
            self.error("agreement.too_many", path, |f| f.with("limit", PAIRS_MAX.to_string()));
        }
        if let (Side::One(from), Side::One(to)) = (from, to)
            && from == to
        {
            let name = self.agreement.party_name(from);
            self.error("agreement.to_itself", path, |f| f.with("party", name));
        }
    }

    fn head(&mut self) {
        let head = &self.agreement.agreement;
        for (year, key) in [(head.first_year, "first_year"), (head.last_year, "last_year")] {
            if !YEARS.contains(&year) {
                self.error("agreement.year", &format!("agreement.{key}"), |f| f.with("year", year.to_string()));
            }
        }
        if head.first_year > head.last_year || head.last_year.saturating_sub(head.first_year) >= TERM_MAX {
            self.error("agreement.term", &["agreement", "last_year"].join("."), |f| {
                f.with("first", head.first_year.to_string()).with("last", head.last_year.to_string())
            });
        }
        for (text, key) in [(&head.basis, "basis"), (&head.source, "source")] {
            if text.trim().is_empty() {
                self.error("agreement.blank", &format!("agreement.{key}"), |f| f.with("key", key));
            }
        }
        if self.agreement.money.unit.0.fen() <= 0 {
            self.error("agreement.money_unit", "money.unit", |f| f);
        }
    }

    /// Every id once, none of them blank or a reserved word.
    fn names(&mut self) {
        let agreement = self.agreement;
        let lists: [(&'static str, Vec<&str>); 6] = [
            ("party", agreement.party.iter().map(|part| part.id.as_str()).collect()),
            ("section", agreement.section.iter().map(|part| part.id.as_str()).collect()),
            ("indicator", agreement.indicator.iter().map(|part| part.id.as_str()).collect()),
            ("event", agreement.event.iter().map(|part| part.id.as_str()).collect()),
            ("measure", agreement.measure.iter().map(|part| part.id.as_str()).collect()),
            ("clause", agreement.clause.iter().map(|part| part.id.as_str()).collect()),
        ];
        for (key, ids) in lists {
            let mut seen = BTreeSet::new();
            for (index, id) in ids.into_iter().enumerate() {
                let path = format!("{key}[{}].id", index + 1);
                if !seen.insert(id) {
                    self.error("agreement.id_twice", &path, |f| f.with("id", id));
                }
                let is_word = id.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
                if id.is_empty() || id.len() > 64 || !is_word || ["upstream", "downstream"].contains(&id) {
                    self.error("agreement.id_form", &path, |f| f.with("id", id));
                }
            }
        }
    }

    /// Only a fund can hold too little.
    fn shortfalls(&mut self) {
        for (index, party) in self.agreement.party.iter().enumerate() {
            if party.shortfall.is_some() && party.role != Role::Pool {
                self.error("agreement.not_a_pool", &format!("party[{}].shortfall", index + 1), |f| {
                    f.with("party", party.name.0.clone())
                });
            }
        }
    }

    fn river(&mut self) {
        let agreement = self.agreement;
        for (index, flow) in agreement.river.flows.iter().enumerate() {
            for party in flow {
                self.party(party, &format!("river.flows[{}]", index + 1), false);
                if agreement.party_of(party).is_some_and(|known| known.role != Role::Government) {
                    self.error("agreement.not_on_river", &format!("river.flows[{}]", index + 1), |f| {
                        f.with("party", agreement.party_name(party))
                    });
                }
            }
        }
        if let Some(cycle) = graph::cycle(&agreement.river.flows) {
            let names: Vec<Text> = cycle.iter().map(|party| agreement.party_name(party)).collect();
            let (zh, en): (Vec<String>, Vec<String>) = names.into_iter().map(|name| (name.zh, name.en)).unzip();
            let path = Text { zh: zh.join(" → "), en: en.join(" → ") };
            self.error("agreement.cycle", "river.flows", |f| f.with("path", path));
        }
    }

    fn sections_themselves(&mut self) {
        let agreement = self.agreement;
        for (index, section) in agreement.section.iter().enumerate() {
            let path = format!("section[{}]", index + 1);
            for (party, key) in [(&section.upstream, "upstream"), (&section.downstream, "downstream")] {
                if let Some(party) = party {
                    self.party(party, &format!("{path}.{key}"), false);
                }
            }
            if let Some(reference) = &section.reference {
                self.sections(std::slice::from_ref(reference), &format!("{path}.reference"));
                if *reference == section.id {
                    self.error("agreement.reference_itself", &format!("{path}.reference"), |f| {
                        f.with("section", section.name.0.clone())
                    });
                }
            }
            if let (Some(up), Some(down)) = (&section.upstream, &section.downstream)
                && graph::reaches(&agreement.river.flows, down, up)
            {
                let (up, down) = (agreement.party_name(up), agreement.party_name(down));
                self.error("agreement.section_backwards", &path, |f| {
                    f.with("section", section.name.0.clone()).with("up", up).with("down", down)
                });
            }
            for (indicator, limit) in &section.limits {
                self.indicators(std::slice::from_ref(indicator), &format!("{path}.limits"));
                if !limit.0.is_positive() {
                    let value = shown(&limit.0);
                    self.error("agreement.not_positive", &format!("{path}.limits.{indicator}"), |f| {
                        f.with("value", value)
                    });
                }
            }
        }
    }

    fn indicators_themselves(&mut self) {
        let agreement = self.agreement;
        for (index, indicator) in agreement.indicator.iter().enumerate() {
            let path = format!("indicator[{}]", index + 1);
            if let Some(limit) = indicator.detection_limit.as_ref().filter(|limit| limit.0.is_negative()) {
                let value = shown(&limit.0);
                self.error("agreement.not_positive", &format!("{path}.detection_limit"), |f| f.with("value", value));
            }
            if let Some(limits) = &indicator.class_limits {
                let rises = limits.windows(2).all(|pair| matches!(pair, [a, b] if a.0 <= b.0));
                if limits.len() != 5 || !rises {
                    self.error("agreement.class_limits", &format!("{path}.class_limits"), |f| f);
                }
            }
            if indicator.unit.is_none() && indicator.substance().is_none() {
                self.error("agreement.unit_of_indicator", &path, |f| f.with("indicator", indicator.label()));
            }
            let known = indicator.substance().map(|known| known.unit.as_str());
            if let (Some(own), Some(known)) = (&indicator.unit, known)
                && own != known
                && indicator.class_limits.is_none()
            {
                self.error("agreement.unit_differs", &format!("{path}.unit"), |f| {
                    f.with("own", own).with("known", known)
                });
            }
        }
    }

    fn data(&mut self) {
        let data = &self.agreement.data;
        if let Some(missing) = data.missing.filter(|missing| !(1..=12).contains(&missing.at_least_months)) {
            let value = missing.at_least_months.to_string();
            self.error("agreement.months", "data.missing.at_least_months", |f| f.with("value", value));
        }
        self.rounding(data.round_mean, "data.round_mean");
    }

    fn rounding(&mut self, rounding: Option<Rounding>, path: &str) {
        if let Some(rounding) = rounding.filter(|rounding| rounding.decimals > 12) {
            let value = rounding.decimals.to_string();
            self.error("agreement.decimals", &format!("{path}.decimals"), |f| f.with("value", value));
        }
    }

    fn measure_itself(&mut self, index: usize) {
        let agreement = self.agreement;
        let Some(measure) = agreement.measure.get(index) else { return };
        let path = format!("measure[{}]", index + 1);
        if measure.kinds().len() != 1 {
            self.error("agreement.one_measure", &path, |f| f.with("measure", measure.label()));
        }
        self.rounding(measure.round, &format!("{path}.round"));
        let needs_mean = match measure.kind() {
            Some(MeasureKind::Index(part)) => {
                let path = format!("{path}.index");
                self.sections(&part.sections, &format!("{path}.sections"));
                self.index(part, &path);
                true
            }
            Some(MeasureKind::Concentration(part)) => {
                self.sections(&part.sections, &format!("{path}.concentration.sections"));
                self.indicators(std::slice::from_ref(&part.indicator), &format!("{path}.concentration.indicator"));
                true
            }
            Some(MeasureKind::Class(part)) => {
                self.sections(&part.sections, &format!("{path}.class.sections"));
                self.indicators(&part.indicators, &format!("{path}.class.indicators"));
                if part.no_worse_than_reference {
                    self.error("agreement.reference_of_class", &format!("{path}.class"), |f| {
                        f.with("measure", measure.label())
                    });
                }
                true
            }
            Some(MeasureKind::Compliance(part)) => {
                self.sections(&part.sections, &format!("{path}.compliance.sections"));
                self.indicators(&part.indicators, &format!("{path}.compliance.indicators"));
                self.targets(&part.sections, &format!("{path}.compliance"));
                self.references(part.no_worse_than_reference, &part.sections, &format!("{path}.compliance"));
                false
            }
            Some(MeasureKind::Volume(part)) => {
                self.sections(&part.sections, &format!("{path}.volume.sections"));
                false
            }
            Some(MeasureKind::Given(_)) | None => false,
        };
        if needs_mean && agreement.data.mean.is_none() {
            self.error("agreement.mean_missing", "data", |f| f.with("measure", measure.label()));
        }
    }

    fn index(&mut self, index: &Index, path: &str) {
        if !index.k0.0.is_positive() {
            let value = shown(&index.k0.0);
            self.error("agreement.not_positive", &format!("{path}.k0"), |f| f.with("value", value));
        }
        self.some(index.term.len(), &format!("{path}.term"));
        let mut sum = Exact::zero();
        let mut seen = BTreeSet::new();
        for (number, term) in index.term.iter().enumerate() {
            let path = format!("{path}.term[{}]", number + 1);
            self.indicators(std::slice::from_ref(&term.indicator), &format!("{path}.indicator"));
            if !seen.insert(&term.indicator) {
                self.error("agreement.id_twice", &format!("{path}.indicator"), |f| f.with("id", &term.indicator));
            }
            if term.weight.0.is_negative() {
                let value = shown(&term.weight.0);
                self.error("agreement.weight_negative", &format!("{path}.weight"), |f| f.with("value", value));
            }
            sum += &term.weight.0;
            match (&term.baseline, &term.base_years) {
                (Some(baseline), None) if !baseline.0.is_positive() => {
                    let value = shown(&baseline.0);
                    self.error("agreement.baseline_positive", &format!("{path}.baseline"), |f| f.with("value", value));
                }
                (Some(_), None) => {}
                (None, Some(years)) => self.base_years(years, &format!("{path}.base_years")),
                (None, None) => {
                    let name = self.agreement.indicator_name(&term.indicator);
                    self.error("agreement.baseline_missing", &path, |f| f.with("indicator", name));
                }
                (Some(_), Some(_)) => self.error("agreement.baseline_twice", &path, |f| f),
            }
        }
        if index.term.is_empty() {
            return;
        }
        if sum.is_zero() {
            self.error("agreement.weights_zero", &format!("{path}.term"), |f| f);
        } else if sum != Exact::one() && index.combine == Combine::WeightedSum {
            self.error("agreement.weights_sum", &format!("{path}.term"), |f| f.with("sum", shown(&sum)));
        }
    }

    fn base_years(&mut self, years: &[i32], path: &str) {
        self.some(years.len(), path);
        let distinct: BTreeSet<&i32> = years.iter().collect();
        if distinct.len() != years.len()
            || years.len() > BASE_YEARS_MAX
            || years.iter().any(|year| !YEARS.contains(year))
        {
            self.error("agreement.base_years", path, |f| f);
        }
    }

    fn clause(&mut self, index: usize, clause: &'a crate::agreement::Clause) {
        let path = format!("clause[{}]", index + 1);
        let kinds = clause.kinds();
        if kinds.len() != 1 {
            self.error("agreement.one_kind", &path, |f| f.with("clause", clause.title.0.clone()));
        }
        if clause.basis.trim().is_empty() {
            self.error("agreement.blank", &format!("{path}.basis"), |f| f.with("key", "basis"));
        }
        if let Some([first, last]) = clause.years {
            let head = &self.agreement.agreement;
            let term = head.first_year..=head.last_year;
            if first > last || !term.contains(&first) || !term.contains(&last) {
                let (start, end) = (term.start().to_string(), term.end().to_string());
                self.error("agreement.year_outside", &format!("{path}.years"), |f| {
                    f.with("year", format!("{first}–{last}")).with("first", start).with("last", end)
                });
            }
        }
        for (key, kind) in kinds {
            kind.check(&format!("{path}.{key}"), self);
        }
        self.earlier.insert(&clause.id);
    }
}
