//! From the document to what coalitions are worth: names to positions, tables filled, forms read.

use std::collections::BTreeMap;

use crate::cooperative::form::{Curve, Form, Part, airport, shortened};
use crate::cooperative::game::{Coalition, TABLE_MAX};
use crate::cooperative::request::{GameRequest, Kind, Missing, River, When};
use crate::cooperative::river;
use crate::division::Figure;
use crate::finding::{Finding, FindingLog, hint};
use crate::units::{Decimal, Money};

/// What joins the names of a coalition.
pub(super) const JOINTS: [char; 5] = ['+', ',', '、', '，', '＋'];
/// Words for the coalition of all.
const ALL: [&str; 3] = ["all", "全体", "全部"];
/// So many coalitions are named in one finding.
const NAMED: usize = 12;
/// Most parties whose coalitions are split up in all ways.
const PARTITION_MAX: usize = 14;
/// Most points of a benefit.
const POINTS_MAX: usize = 200;
/// Largest amount of money in 分.
const FEN_MAX: i64 = 100_000_000_000_000_000;

/// Position of a party; a wrong name is a finding with the nearest.
fn position(request: &GameRequest, names: &[String], name: &str, key: &str, log: &mut FindingLog) -> Option<usize> {
    let found = names.iter().position(|known| known == name.trim());
    if found.is_none() {
        let like = hint(name, names.iter().map(String::as_str)).text();
        let finding = Finding::error("cooperative.unknown_party", request.at(key)).with("name", name);
        log.push(finding.with("like", like));
    }
    found
}

/// The members' names joined.
pub(super) fn joined(coalition: Coalition, names: &[String]) -> String {
    let members = names.iter().enumerate().filter(|(party, _)| coalition >> party & 1 == 1);
    members.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join("+")
}

fn coalition(request: &GameRequest, names: &[String], word: &str, log: &mut FindingLog) -> Option<Coalition> {
    let key = format!("coalitions.{word}");
    if ALL.contains(&word.trim()) && !names.iter().any(|name| name == word.trim()) {
        return Some(((1_u64 << names.len()) - 1) as Coalition);
    }
    let mut found: Coalition = 0;
    for name in word.split(JOINTS) {
        let party = position(request, names, name.trim(), &key, log)?;
        if found >> party & 1 == 1 {
            log.push(Finding::error("policy.word_twice", request.at(&key)).with("word", name.trim()));
            return None;
        }
        found |= 1 << party;
    }
    Some(found)
}

/// Worth of every coalition of a table, as written.
pub(super) fn table(request: &GameRequest, names: &[String], log: &mut FindingLog) -> Option<Vec<i64>> {
    let given = request.coalitions.as_ref()?;
    let size = 1_usize << names.len();
    let mut worths: Vec<Option<i64>> = vec![None; size];
    if let Some(empty) = worths.first_mut() {
        *empty = Some(0);
    }
    for (word, figure) in given {
        let key = format!("coalitions.{word}");
        let Some(coalition) = coalition(request, names, word, log) else { continue };
        match figure.money(request.unit()) {
            Ok(money) => {
                if let Some(entry) = worths.get_mut(coalition as usize) {
                    if entry.is_some() {
                        let finding = Finding::error("cooperative.coalition_twice", request.at(&key));
                        log.push(finding.with("coalition", joined(coalition, names)));
                    }
                    *entry = Some(money.fen());
                }
            }
            Err(phrase) => log.push(Finding::from_phrase(phrase, request.at(&key))),
        }
    }
    if request.missing == Missing::BestPartition && names.len() > PARTITION_MAX {
        let finding = Finding::error("cooperative.partition", request.at("missing"));
        log.push(finding.with("most", PARTITION_MAX.to_string()));
    }
    if log.errors() > 0 {
        return None;
    }
    let all = Coalition::try_from(size - 1).ok()?;
    let is_missing = |coalition: &Coalition| worths.get(*coalition as usize).is_none_or(Option::is_none);
    // Whatever stands for the others, all together and everyone alone must be known.
    let needs = |coalition: &Coalition| match request.missing {
        Missing::Error => true,
        Missing::Zero => *coalition == all,
        Missing::Apart | Missing::BestPartition => *coalition == all || coalition.count_ones() == 1,
    };
    let missing: Vec<Coalition> = (1..=all).filter(is_missing).filter(needs).collect();
    if !missing.is_empty() {
        let more = missing.len().saturating_sub(NAMED);
        let list: Vec<String> = missing.iter().take(NAMED).map(|coalition| joined(*coalition, names)).collect();
        let tail = if more > 0 { format!(", … (+{more})") } else { String::new() };
        // Where a rule for the others is written already, asking for one would ask for what is there.
        let code = match request.missing {
            Missing::Error => "cooperative.missing",
            Missing::Zero => "cooperative.missing_whole",
            Missing::Apart | Missing::BestPartition => "cooperative.missing_base",
        };
        log.push(
            Finding::error(code, request.at("coalitions"))
                .with("count", missing.len().to_string())
                .with("list", format!("{}{tail}", list.join(", "))),
        );
        return None;
    }
    fill(request, worths)
}

/// Fills what is missing; smaller coalitions come first, so that those of a partition are known.
fn fill(request: &GameRequest, mut worths: Vec<Option<i64>>) -> Option<Vec<i64>> {
    let sign = if request.kind == Kind::Cost { -1 } else { 1 };
    for coalition in 1..worths.len() {
        if worths.get(coalition)?.is_some() {
            continue;
        }
        let lowest = coalition & coalition.wrapping_neg();
        let known = |part: usize| worths.get(part).copied().flatten();
        let worth = match request.missing {
            Missing::Error => return None,
            Missing::Zero => 0,
            Missing::Apart => {
                let bits = (0..usize::BITS).map(|bit| 1_usize << bit).filter(|bit| coalition & bit != 0);
                bits.map(known).try_fold(0_i64, |sum, own| sum.checked_add(own?))?
            }
            // The part that holds the lowest member, and the rest at its best.
            Missing::BestPartition => {
                let mut part = (coalition - 1) & coalition;
                let mut best: Option<i64> = None;
                while part > 0 {
                    if part & lowest != 0
                        && let (Some(own), Some(rest)) = (known(part), known(coalition & !part))
                    {
                        let sum = own.checked_add(rest)?;
                        best = Some(best.map_or(sum, |best| if sum * sign > best * sign { sum } else { best }));
                    }
                    part = (part - 1) & coalition;
                }
                best?
            }
        };
        *worths.get_mut(coalition)? = Some(worth);
    }
    worths.into_iter().collect()
}

/// One figure for every party, in the order of the parties; missing and unknown names are findings.
fn figures<'a>(
    request: &GameRequest,
    given: &'a BTreeMap<String, Figure>,
    names: &[String],
    key: &str,
    log: &mut FindingLog,
) -> Option<Vec<&'a Figure>> {
    let before = log.errors();
    let mut found: Vec<Option<&Figure>> = vec![None; names.len()];
    for (name, figure) in given {
        if let Some(entry) = position(request, names, name, key, log).and_then(|party| found.get_mut(party)) {
            *entry = Some(figure);
        }
    }
    for (name, _) in names.iter().zip(&found).filter(|(_, figure)| figure.is_none()) {
        log.push(Finding::error("cooperative.figure_missing", request.at(key)).with("name", name));
    }
    if log.errors() > before { None } else { found.into_iter().collect() }
}

/// An amount of money for every party, ≥ 0.
pub(super) fn amounts(
    request: &GameRequest,
    given: &BTreeMap<String, Figure>,
    names: &[String],
    key: &str,
    log: &mut FindingLog,
) -> Option<Vec<i64>> {
    let figures = figures(request, given, names, key, log)?;
    figures.into_iter().map(|figure| not_negative(request, figure, key, log)).collect()
}

fn not_negative(request: &GameRequest, figure: &Figure, key: &str, log: &mut FindingLog) -> Option<i64> {
    let money = amount(request, figure, key, log)?;
    if money < 0 {
        log.push(Finding::error("division.negative", request.at(key)).with("amount", Money::from_fen(money)));
        return None;
    }
    Some(money)
}

fn amount(request: &GameRequest, figure: &Figure, key: &str, log: &mut FindingLog) -> Option<i64> {
    match figure.money(request.unit()) {
        Ok(money) => Some(money.fen()),
        Err(phrase) => {
            log.push(Finding::from_phrase(phrase, request.at(key)));
            None
        }
    }
}

/// A quantity ≥ 0, in 10⁻¹².
fn quantity(request: &GameRequest, figure: &Figure, key: &str, log: &mut FindingLog) -> Option<i128> {
    match figure.decimal() {
        Ok(value) if !value.is_negative() => Some(Decimal::mantissa(value)),
        Ok(value) => {
            let finding = Finding::error("cooperative.negative_quantity", request.at(key));
            log.push(finding.with("value", value.to_string()));
            None
        }
        Err(phrase) => {
            log.push(Finding::from_phrase(phrase, request.at(key)));
            None
        }
    }
}

/// The form of the document; `None` for a table, or with findings.
pub(super) fn form(request: &GameRequest, names: &[String], log: &mut FindingLog) -> Option<Form> {
    if let Some(given) = &request.components {
        return parts(request, given, names, log);
    }
    if let Some(given) = &request.airport {
        return Some(airport(&amounts(request, &given.needs, names, "airport.needs", log)?));
    }
    if let Some(given) = &request.bankruptcy {
        let claims = amounts(request, &given.claims, names, "bankruptcy.claims", log)?;
        let endowment = not_negative(request, &given.amount, "bankruptcy.amount", log)?;
        let quantities: Vec<i128> = claims.into_iter().map(i128::from).collect();
        let total = quantities.iter().sum();
        return Some(Form::Sum { quantities, curve: Curve::Left { endowment: endowment.into(), total } });
    }
    if let Some(given) = &request.majority {
        let prize = amount(request, &given.prize, "majority.prize", log)?;
        let weights = figures(request, &given.weights, names, "majority.weights", log)?;
        let read = |figure| quantity(request, figure, "majority.weights", log);
        let mut values = weights.into_iter().map(read).collect::<Option<Vec<i128>>>()?;
        values.push(quantity(request, &given.quota, "majority.quota", log)?);
        shortened(&mut values);
        let quota = values.pop()?;
        if quota <= 0 {
            log.push(Finding::error("cooperative.quota", request.at("majority.quota")));
            return None;
        }
        return Some(Form::Sum { quantities: values, curve: Curve::Quota { prize, quota } });
    }
    if let Some(given) = &request.river {
        return river(request, given, names, log);
    }
    scale(request, names, log)
}

fn river(request: &GameRequest, given: &River, names: &[String], log: &mut FindingLog) -> Option<Form> {
    if request.kind == Kind::Cost {
        log.push(Finding::error("cooperative.river_gain", request.at("kind")));
        return None;
    }
    if names.len() > TABLE_MAX {
        let finding = Finding::error("cooperative.river_too_long", request.at("parties"));
        log.push(finding.with("most", TABLE_MAX.to_string()));
        return None;
    }
    let inflows = figures(request, &given.inflows, names, "river.inflows", log)?;
    let read = |figure| quantity(request, figure, "river.inflows", log);
    let mut values = inflows.into_iter().map(read).collect::<Option<Vec<i128>>>()?;
    let mut found: Vec<Option<Vec<i64>>> = vec![None; names.len()];
    let mut lengths = vec![0_usize; names.len()];
    for (name, points) in &given.benefits {
        let key = format!("river.benefits.{name}");
        let Some(party) = position(request, names, name, &key, log) else { continue };
        if points.len() > POINTS_MAX {
            let finding = Finding::error("cooperative.points_too_many", request.at(&key));
            log.push(finding.with("most", POINTS_MAX.to_string()));
            return None;
        }
        if let Some(entry) = found.get_mut(party) {
            *entry = points.iter().map(|(_, height)| amount(request, height, &key, log)).collect();
        }
        if let Some(entry) = lengths.get_mut(party) {
            *entry = points.len();
        }
    }
    for (name, _) in names.iter().zip(&found).filter(|(_, points)| points.is_none()) {
        if log.errors() == 0 {
            log.push(Finding::error("cooperative.figure_missing", request.at("river.benefits")).with("name", name));
        }
    }
    if log.errors() > 0 {
        return None;
    }
    // Quantities of all points, in the order of the parties, shortened together with the inflows.
    for name in names {
        let points = given.benefits.iter().find(|(word, _)| word.trim() == name).map(|(_, points)| points)?;
        for (at, _) in points {
            values.push(quantity(request, at, &format!("river.benefits.{name}"), log)?);
        }
    }
    shortened(&mut values);
    let out_of_range = values.iter().any(|value| *value > river::QUANTITY_MAX);
    if out_of_range {
        log.push(Finding::error("cooperative.too_large", request.at("river")));
        return None;
    }
    let mut rest = values.split_off(names.len()).into_iter();
    let mut benefits = Vec::with_capacity(names.len());
    for ((name, heights), length) in names.iter().zip(found).zip(lengths) {
        let points: river::Benefit = rest.by_ref().take(length).zip(heights?).collect();
        if !river::is_concave(&points) {
            log.push(Finding::error("cooperative.benefit_points", request.at(format!("river.benefits.{name}"))));
        }
        benefits.push(points);
    }
    if log.errors() > 0 {
        return None;
    }
    let stretches = river::stretches(&values, &benefits);
    if stretches.is_none() {
        log.push(Finding::error("cooperative.too_large", request.at("river")));
    }
    stretches.map(Form::River)
}

fn parts(
    request: &GameRequest,
    given: &[super::request::Component],
    names: &[String],
    log: &mut FindingLog,
) -> Option<Form> {
    let mut parts = Vec::with_capacity(given.len());
    for (index, component) in given.iter().enumerate() {
        let key = format!("components[{}]", index + 1);
        let fen = amount(request, &component.amount, &format!("{key}.amount"), log);
        let mut users: Vec<usize> = match &component.users {
            None => (0..names.len()).collect(),
            Some(users) => {
                let key = format!("{key}.users");
                users.iter().filter_map(|name| position(request, names, name, &key, log)).collect()
            }
        };
        users.sort_unstable();
        users.dedup();
        if users.is_empty() {
            log.push(Finding::error("cooperative.no_users", request.at(&key)));
        }
        parts.push(Part { fen: fen.unwrap_or(0), users, needs_all: component.when == When::All });
    }
    (log.errors() == 0).then_some(Form::Parts(parts))
}

fn scale(request: &GameRequest, names: &[String], log: &mut FindingLog) -> Option<Form> {
    let given = request.scale.as_ref()?;
    let figures = figures(request, &given.quantities, names, "scale.quantities", log)?;
    let read = |figure| quantity(request, figure, "scale.quantities", log);
    let mut values = figures.into_iter().map(read).collect::<Option<Vec<i128>>>()?;
    let mut heights = Vec::with_capacity(given.points.len());
    for (at, height) in &given.points {
        values.push(quantity(request, at, "scale.points", log)?);
        heights.push(amount(request, height, "scale.points", log)?);
    }
    shortened(&mut values);
    let at = values.split_off(names.len());
    let total: i128 = values.iter().sum();
    let rising = at.windows(2).all(|pair| pair.first() < pair.last());
    if at.first() != Some(&0) || !rising || at.last().is_none_or(|last| *last < total) {
        log.push(Finding::error("cooperative.points", request.at("scale.points")));
        return None;
    }
    let points = at.into_iter().zip(heights).collect();
    Some(Form::Sum { quantities: values, curve: Curve::Points(points) })
}

/// Worth of every coalition of a form, as written; `None` beyond the range of money.
pub(super) fn tabulate(form: &Form, parties: usize) -> Option<Vec<i64>> {
    let mut is_in = vec![false; parties];
    (0..1_usize << parties)
        .map(|coalition| {
            for (party, entry) in is_in.iter_mut().enumerate() {
                *entry = coalition >> party & 1 == 1;
            }
            form.worth(&is_in).filter(|worth| worth.abs() <= FEN_MAX)
        })
        .collect()
}

/// Worth of everyone alone, added to all others, and of all, as gains.
pub(super) fn ends(form: &Form, parties: usize, is_cost: bool) -> Option<(Vec<i64>, Vec<i64>, i64)> {
    let worth = |is_in: &[bool]| {
        form.worth(is_in).filter(|worth| worth.abs() <= FEN_MAX).map(|worth| if is_cost { -worth } else { worth })
    };
    let whole = worth(&vec![true; parties])?;
    let (mut alone, mut marginal) = (Vec::new(), Vec::new());
    for party in 0..parties {
        let only: Vec<bool> = (0..parties).map(|other| other == party).collect();
        let others: Vec<bool> = only.iter().map(|is_in| !is_in).collect();
        alone.push(worth(&only)?);
        marginal.push(whole - worth(&others)?);
    }
    Some((alone, marginal, whole))
}
