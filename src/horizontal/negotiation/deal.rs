//! A case that was checked: issues with exact ranges, clauses by position, outcomes with probabilities that sum to 1.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{One, Signed, ToPrimitive, Zero};
use sha2::{Digest, Sha256};

use crate::bargaining::{Number, binary};
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::negotiation::case::{Bound, Case, Clause, Condition, Every, Issue, IssueKind, Path, Quantity, Scenario};
use crate::negotiation::outcomes::{OUTCOMES, Outcome, drawn};
use crate::phrases::Text;
use crate::units::{BigInt, Exact, Money, split_unit};

/// Most parties.
const PARTIES: usize = 8;
/// Most issues.
const ISSUES: usize = 24;
/// Most clauses.
const CLAUSES: usize = 60;
/// Most years.
pub(super) const YEARS: u32 = 30;
/// Most payments of one offer: outcomes times years times clauses.
const WORK: usize = 150_000;
/// Most values of an issue looked at.
const CHOICES: usize = 40;

/// A checked case.
#[derive(Debug, Clone, PartialEq)]
pub struct Deal {
    /// The case.
    pub case: Case,
    /// Hash of the case: the same for the same content, whatever its layout.
    pub hash: String,
    /// Printed names of the parties.
    pub labels: Vec<Text>,
    /// The issues.
    pub issues: Vec<DealIssue>,
    pub(super) clauses: Vec<DealClause>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) years: u32,
    pub(super) years_issue: Option<usize>,
    pub(super) variables: BTreeSet<String>,
}

/// A checked issue.
#[derive(Debug, Clone, PartialEq)]
pub struct DealIssue {
    /// Short code.
    pub id: String,
    /// Printed name.
    pub label: Text,
    /// What kind of value.
    pub kind: IssueKind,
    /// Unit.
    pub unit: String,
    /// Least value.
    pub low: Exact,
    /// Largest value.
    pub high: Exact,
    /// Values looked at, rising; empty for linear issues.
    pub choices: Vec<Exact>,
    pub(super) step: Exact,
    pub(super) weight: Exact,
    pub(super) fen: Exact,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pays {
    /// 分, fixed.
    Fixed(Exact),
    /// 分 for each unit of an issue's value.
    Issue(usize, Exact),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct DealClause {
    pub id: String,
    pub label: Text,
    pub from: usize,
    pub to: usize,
    pub pays: Pays,
    pub quantity: Option<(String, Option<Side>, Option<Side>)>,
    pub when: Vec<Test>,
    pub every: Every,
}

/// A number, or the value of an issue.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Side {
    Number(Exact),
    Issue(usize),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    pub variable: String,
    pub at_most: Option<Side>,
    pub below: Option<Side>,
    pub at_least: Option<Side>,
    pub above: Option<Side>,
}

pub(super) fn place(column: impl Into<String>) -> Place {
    Place::default().column(column)
}

impl Deal {
    /// Checks a case.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with the path of its key.
    pub fn read(case: &Case) -> Result<Self, Findings> {
        let mut reading = Reading { log: FindingLog::default() };
        let deal = reading.deal(case);
        match deal {
            Some(deal) if reading.log.errors() == 0 => Ok(deal),
            _ => Err(Findings(reading.log.into_findings())),
        }
    }

    /// Position of a party.
    ///
    /// # Errors
    /// It is not known.
    pub fn party(&self, id: &str, at: &str) -> Result<usize, Finding> {
        let known = || self.case.parties.iter().map(|party| party.id.as_str());
        known().position(|known| known == id).ok_or_else(|| unknown(id, known(), at))
    }

    /// Number of outcomes.
    pub fn outcomes(&self) -> usize {
        self.outcomes.len()
    }

    /// Position of an issue.
    pub(super) fn issue(&self, id: &str) -> Option<usize> {
        self.issues.iter().position(|issue| issue.id == id)
    }
}

pub(super) fn unknown<'a>(word: &str, known: impl Iterator<Item = &'a str>, at: &str) -> Finding {
    let like = hint(word, known).text();
    Finding::error("policy.unknown_word", place(at)).with("word", word).with("like", like)
}

/// 分 of a text such as `5000 万元` or `-30 元`.
pub(super) fn fen_of(text: &str, at: &str) -> Result<Exact, Finding> {
    Money::parse(text).map(Money::exact).map_err(|phrase| Finding::from_phrase(phrase, place(at)))
}

pub(super) struct Reading {
    pub log: FindingLog,
}

impl Reading {
    fn push(&mut self, finding: Finding) {
        self.log.push(finding);
    }

    fn deal(&mut self, case: &Case) -> Option<Deal> {
        self.counts(case);
        let parties: Vec<&str> = case.parties.iter().map(|party| party.id.as_str()).collect();
        self.distinct(&parties, "party");
        self.distinct(&case.issues.iter().map(|issue| issue.id.as_str()).collect::<Vec<_>>(), "issue");
        self.distinct(&case.clauses.iter().map(|clause| clause.id.as_str()).collect::<Vec<_>>(), "clause");
        self.distinct(&case.scenarios.iter().map(|scenario| scenario.id.as_str()).collect::<Vec<_>>(), "scenario");
        let issues: Vec<DealIssue> =
            case.issues.iter().enumerate().filter_map(|(index, issue)| self.issue(issue, index)).collect();
        if self.log.errors() > 0 {
            return None;
        }
        let (years, years_issue) = self.years(case, &issues)?;
        let variables = self.variables(case)?;
        let clauses: Vec<DealClause> = case
            .clauses
            .iter()
            .enumerate()
            .filter_map(|(index, clause)| self.clause(clause, index, &parties, &issues, &variables))
            .collect();
        let outcomes = match &case.draws {
            Some(draws) => match drawn(draws, years) {
                Ok(outcomes) => outcomes,
                Err(findings) => {
                    self.log.extend(findings.0);
                    return None;
                }
            },
            None => self.scenarios(&case.scenarios, &variables, years),
        };
        let work = outcomes.len() * years as usize * clauses.len();
        if work > WORK {
            let finding = Finding::error("negotiate.too_much", place("clause")).with("count", work.to_string());
            self.push(finding.with("most", WORK.to_string()));
        }
        for (index, issue) in issues.iter().enumerate() {
            let is_used = |clause: &DealClause| clause.uses(index);
            if years_issue != Some(index) && !clauses.iter().any(is_used) {
                self.push(
                    Finding::error("negotiate.issue_unused", place(format!("issue[{}]", index + 1)))
                        .with("issue", &issue.id),
                );
            }
        }
        let hash = serde_json::to_vec(case).map(|bytes| hex(&Sha256::digest(&bytes))).unwrap_or_default();
        let label =
            |party: &super::case::CaseParty| party.label.as_ref().map_or_else(|| Text::same(&party.id), |l| l.text());
        let labels = case.parties.iter().map(label).collect();
        Some(Deal { case: case.clone(), hash, labels, issues, clauses, outcomes, years, years_issue, variables })
    }

    fn counts(&mut self, case: &Case) {
        if case.parties.len() < 2 {
            let count = case.parties.len().to_string();
            self.push(Finding::error("bargain.too_few_parties", place("party")).with("count", count));
        }
        for (key, count, most) in [
            ("party", case.parties.len(), PARTIES),
            ("issue", case.issues.len(), ISSUES),
            ("clause", case.clauses.len(), CLAUSES),
            ("scenario", case.scenarios.len(), OUTCOMES),
        ] {
            if count > most {
                let finding = Finding::error("bargain.too_many", place(key));
                self.push(finding.with("count", count.to_string()).with("most", most.to_string()));
            }
            if count == 0 && (key == "issue" || key == "clause") {
                self.push(Finding::error("negotiate.nothing", place(key)).with("key", key));
            }
        }
        if case.scenarios.is_empty() == case.draws.is_none() {
            self.push(Finding::error("negotiate.one_model", place("scenario")));
        }
    }

    fn distinct(&mut self, ids: &[&str], key: &str) {
        let mut seen = BTreeSet::new();
        for (index, id) in ids.iter().enumerate() {
            let at = place(format!("{key}[{}].id", index + 1));
            if id.trim().is_empty() || id.chars().count() > 60 {
                self.push(Finding::error("bargain.bad_id", at).with("id", *id));
            } else if !seen.insert(*id) {
                self.push(Finding::error("bargain.id_twice", at).with("id", *id));
            }
        }
    }

    fn issue(&mut self, issue: &Issue, index: usize) -> Option<DealIssue> {
        let at = |key: &str| format!("issue[{}].{key}", index + 1);
        let mut choices: Vec<Exact> = issue.choices.iter().map(|choice| choice.0.clone()).collect();
        choices.sort();
        choices.dedup();
        if issue.kind.is_linear() != choices.is_empty() || choices.len() > CHOICES {
            self.push(Finding::error("negotiate.choices", place(at("choices"))).with("issue", &issue.id));
            return None;
        }
        let ends = issue.range.as_ref().map(|[low, high]| (low.0.clone(), high.0.clone()));
        let ends = ends.or_else(|| Some((choices.first()?.clone(), choices.last()?.clone())));
        let Some((low, high)) = ends else {
            self.push(Finding::error("negotiate.range", place(at("range"))).with("issue", &issue.id));
            return None;
        };
        let whole_years = || choices.iter().all(|year| year.is_integer() && year.is_positive());
        let bad = low > high
            || choices.iter().any(|choice| *choice < low || *choice > high)
            || issue.kind != IssueKind::Money && low.is_negative()
            || issue.kind == IssueKind::Share && high > Exact::one()
            || issue.kind == IssueKind::Years && (!whole_years() || binary(&high) > f64::from(YEARS))
            || binary(&low.abs().max(high.abs())) > 1e12;
        if bad {
            let finding = Finding::error("negotiate.range", place(at("range"))).with("issue", &issue.id);
            self.push(finding);
            return None;
        }
        let fen = self.unit(issue, at("unit"))?;
        let usual = match issue.kind {
            IssueKind::Share => Exact::new(BigInt::one(), BigInt::from(10_000)),
            _ => Exact::new(BigInt::one(), BigInt::from(100)),
        };
        let step = issue.step.as_ref().map_or(usual, |step| step.0.clone());
        let weight = issue.weight.as_ref().map_or_else(Exact::one, |weight| weight.0.clone());
        if !step.is_positive() || !weight.is_positive() {
            let value = if step.is_positive() { &weight } else { &step };
            let finding = Finding::error("bargain.not_positive", place(at("step")));
            self.push(finding.with("value", Number(value.clone()).to_string()));
            return None;
        }
        let label = issue.label.as_ref().map_or_else(|| Text::same(&issue.id), |label| label.text());
        Some(DealIssue {
            id: issue.id.clone(),
            label,
            kind: issue.kind,
            unit: issue.unit.clone(),
            low,
            high,
            choices,
            step,
            weight,
            fen,
        })
    }

    /// 分 in one unit of the issue.
    fn unit(&mut self, issue: &Issue, at: String) -> Option<Exact> {
        let money = match issue.kind {
            IssueKind::Money => issue.unit.trim(),
            IssueKind::Rate => issue.unit.split('/').next().unwrap_or_default().trim(),
            _ => return Some(Exact::one()),
        };
        let (_, unit) = split_unit(money);
        match Money::parse(&format!("1 {unit}")) {
            Ok(one) => Some(one.exact()),
            Err(phrase) => {
                self.push(Finding::from_phrase(phrase, place(at)));
                None
            }
        }
    }

    fn years(&mut self, case: &Case, issues: &[DealIssue]) -> Option<(u32, Option<usize>)> {
        let mut negotiated = issues.iter().enumerate().filter(|(_, issue)| issue.kind == IssueKind::Years);
        let first = negotiated.next();
        if negotiated.next().is_some() || first.is_some() && case.years.is_some() {
            self.push(Finding::error("negotiate.years_twice", place("years")));
            return None;
        }
        let years = match first {
            Some((_, issue)) => issue.high.to_integer().to_u32().unwrap_or(1),
            None => case.years.unwrap_or(1),
        };
        if years == 0 || years > YEARS {
            self.push(Finding::error("negotiate.years_range", place("years")).with("most", YEARS.to_string()));
            return None;
        }
        Some((years, first.map(|first| first.0)))
    }

    fn variables(&mut self, case: &Case) -> Option<BTreeSet<String>> {
        let drawn = case.draws.iter().flat_map(|draws| draws.variables.iter().map(|variable| variable.id.clone()));
        let written = case.scenarios.first().into_iter().flat_map(|scenario| scenario.outcome.keys().cloned());
        Some(drawn.chain(written).collect())
    }

    fn clause(
        &mut self,
        clause: &Clause,
        index: usize,
        parties: &[&str],
        issues: &[DealIssue],
        variables: &BTreeSet<String>,
    ) -> Option<DealClause> {
        let at = |key: &str| format!("clause[{}].{key}", index + 1);
        let mut party = |id: &str, key: &str| {
            let found = parties.iter().position(|known| *known == id);
            if found.is_none() {
                self.log.push(unknown(id, parties.iter().copied(), &at(key)));
            }
            found
        };
        let (from, to) = (party(&clause.from, "from"), party(&clause.to, "to"));
        if from.is_some() && from == to {
            self.push(Finding::error("negotiate.pays_itself", place(at("to"))).with("party", &clause.to));
        }
        let pays = self.pays(clause, issues, &at);
        let quantity = match &clause.quantity {
            Some(quantity) => Some(self.quantity(quantity, issues, variables, &at("quantity"))?),
            None => None,
        };
        let rate = matches!(&pays, Some(Pays::Issue(issue, _)) if issues.get(*issue).is_some_and(|i| i.kind == IssueKind::Rate));
        if rate && quantity.is_none() {
            self.push(
                Finding::error("negotiate.rate_needs_quantity", place(at("quantity"))).with("clause", &clause.id),
            );
        }
        let when = self.tests(&clause.when, issues, variables, &at("when"));
        let label = clause.label.as_ref().map_or_else(|| Text::same(&clause.id), |label| label.text());
        let id = clause.id.clone();
        Some(DealClause { id, label, from: from?, to: to?, pays: pays?, quantity, when, every: clause.every })
    }

    fn pays(&mut self, clause: &Clause, issues: &[DealIssue], at: &dyn Fn(&str) -> String) -> Option<Pays> {
        let found = issues.iter().enumerate().find(|(_, issue)| issue.id == clause.pays);
        let Some((index, issue)) = found else {
            // What begins like a number is money, anything else a word.
            if clause.pays.trim().starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') {
                return match fen_of(&clause.pays, &at("pays")) {
                    Ok(fen) if !fen.is_negative() => Some(Pays::Fixed(fen)),
                    Ok(_) => {
                        self.push(
                            Finding::error("negotiate.negative_pay", place(at("pays"))).with("clause", &clause.id),
                        );
                        None
                    }
                    Err(finding) => {
                        self.push(finding);
                        None
                    }
                };
            }
            self.push(unknown(&clause.pays, issues.iter().map(|issue| issue.id.as_str()), &at("pays")));
            return None;
        };
        if (issue.kind == IssueKind::Share) != clause.share_of.is_some() || !issue.kind.is_linear() {
            self.push(Finding::error("negotiate.share_of", place(at("share_of"))).with("clause", &clause.id));
            return None;
        }
        if issue.low.is_negative() {
            self.push(Finding::error("negotiate.negative_pay", place(at("pays"))).with("clause", &clause.id));
            return None;
        }
        match &clause.share_of {
            None => Some(Pays::Issue(index, issue.fen.clone())),
            Some(text) => match fen_of(text, &at("share_of")) {
                Ok(fen) => Some(Pays::Issue(index, fen)),
                Err(finding) => {
                    self.push(finding);
                    None
                }
            },
        }
    }

    fn variable(&mut self, word: &str, variables: &BTreeSet<String>, at: &str) {
        if !variables.contains(word) {
            self.push(unknown(word, variables.iter().map(String::as_str), at));
        }
    }

    fn quantity(
        &mut self,
        quantity: &Quantity,
        issues: &[DealIssue],
        variables: &BTreeSet<String>,
        at: &str,
    ) -> Option<(String, Option<Side>, Option<Side>)> {
        self.variable(&quantity.variable, variables, at);
        let above = self.side(quantity.above.as_ref(), issues, at);
        let below = self.side(quantity.below.as_ref(), issues, at);
        if above.is_some() && below.is_some() {
            self.push(Finding::error("negotiate.above_and_below", place(at)));
        }
        Some((quantity.variable.clone(), above, below))
    }

    pub(super) fn tests(
        &mut self,
        conditions: &[Condition],
        issues: &[DealIssue],
        variables: &BTreeSet<String>,
        at: &str,
    ) -> Vec<Test> {
        let mut tests = Vec::with_capacity(conditions.len());
        for (index, condition) in conditions.iter().enumerate() {
            let at = format!("{at}[{}]", index + 1);
            self.variable(&condition.variable, variables, &at);
            let mut side = |bound: &Option<Bound>| self.side(bound.as_ref(), issues, &at);
            let test = Test {
                variable: condition.variable.clone(),
                at_most: side(&condition.at_most),
                below: side(&condition.below),
                at_least: side(&condition.at_least),
                above: side(&condition.above),
            };
            if [&condition.at_most, &condition.below, &condition.at_least, &condition.above].iter().all(|s| s.is_none())
            {
                self.push(Finding::error("negotiate.no_bound", place(at)));
            }
            tests.push(test);
        }
        tests
    }

    fn side(&mut self, bound: Option<&Bound>, issues: &[DealIssue], at: &str) -> Option<Side> {
        match bound? {
            Bound::Number(number) => Some(Side::Number(number.0.clone())),
            Bound::Issue(id) => {
                let thresholds = || issues.iter().enumerate().filter(|(_, issue)| issue.kind == IssueKind::Threshold);
                let found = thresholds().find(|(_, issue)| issue.id == *id).map(|(index, _)| Side::Issue(index));
                if found.is_none() {
                    self.push(unknown(id, thresholds().map(|(_, issue)| issue.id.as_str()), at));
                }
                found
            }
        }
    }

    fn scenarios(&mut self, scenarios: &[Scenario], variables: &BTreeSet<String>, years: u32) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(scenarios.len());
        let mut sum = Exact::zero();
        for (index, scenario) in scenarios.iter().enumerate() {
            let at = |key: &str| format!("scenario[{}].{key}", index + 1);
            if scenario.probability.0.is_negative() {
                let finding = Finding::error("negotiate.probability", place(at("probability")));
                self.push(finding.with("value", scenario.probability.to_string()));
            }
            sum += &scenario.probability.0;
            let own: BTreeSet<String> = scenario.outcome.keys().cloned().collect();
            for variable in variables.symmetric_difference(&own) {
                let finding = Finding::error("negotiate.outcome_differs", place(at("outcome")));
                self.push(finding.with("variable", variable).with("scenario", &scenario.id));
            }
            let mut by_year: Vec<BTreeMap<String, Exact>> = vec![BTreeMap::new(); years as usize];
            for (variable, path) in &scenario.outcome {
                if let Path::Yearly(values) = path
                    && values.len() < by_year.len()
                {
                    let finding = Finding::error("negotiate.path_short", place(at("outcome")));
                    self.push(finding.with("variable", variable).with("years", years.to_string()));
                }
                for (year, values) in by_year.iter_mut().enumerate() {
                    let value = match path {
                        Path::Same(value) => Some(value),
                        Path::Yearly(list) => list.get(year),
                    };
                    let value = value.map(|value| value.0.clone()).unwrap_or_default();
                    if binary(&value.abs()) > 1e12 {
                        let finding = Finding::error("bargain.too_large", place(at("outcome")));
                        self.push(finding.with("value", format!("{:e}", binary(&value))));
                    }
                    values.insert(variable.clone(), value);
                }
            }
            let label = scenario.label.as_ref().map_or_else(|| Text::same(&scenario.id), |label| label.text());
            let probability = scenario.probability.0.clone();
            outcomes.push(Outcome { id: scenario.id.clone(), label, probability, years: by_year });
        }
        if !sum.is_one() {
            let finding = Finding::error("negotiate.probabilities", place("scenario"));
            self.push(finding.with("sum", Number(sum).to_string()));
        }
        outcomes
    }
}

impl DealClause {
    /// Whether an issue has a part in the clause.
    pub fn uses(&self, issue: usize) -> bool {
        let is = |side: &Option<Side>| matches!(side, Some(Side::Issue(index)) if *index == issue);
        let tested = |test: &Test| [&test.at_most, &test.below, &test.at_least, &test.above].into_iter().any(is);
        matches!(self.pays, Pays::Issue(index, _) if index == issue)
            || self.quantity.as_ref().is_some_and(|(_, above, below)| is(above) || is(below))
            || self.when.iter().any(tested)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
