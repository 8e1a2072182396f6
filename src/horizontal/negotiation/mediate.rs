//! The mediator's view: all private files at once. Zone of agreement, frontier, fair points, better deals for all.

use std::cell::RefCell;

use schemars::JsonSchema;
use serde::Serialize;

use crate::bargaining::{Frame, Kind, Number, binary, kind_name};
use crate::finding::{Finding, Findings};
use crate::negotiation::counter::{Asked, Change, Counter, changes, margins, nearest, rounded, terms};
use crate::negotiation::deal::{Deal, place};
use crate::negotiation::evaluate::{Own, value};
use crate::negotiation::offer::{Offer, Terms};
use crate::negotiation::space::{Live, Space, spaces};
use crate::negotiation::union::Union;
use crate::negotiation::view::{CasePart, OfferPart, Surplus, Tabled, cut_short, offer_part, surplus};
use crate::patience::is_limit;
use crate::phrases::{Phrase, Text};
use crate::solver::SolveOptions;
use crate::units::{BigInt, Exact};

/// What a mediator sees. It holds private values of all parties and is for nobody else.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Mediation {
    /// Always `mediator`: confidential.
    pub view: &'static str,
    /// The case.
    pub case: CasePart,
    /// Parties whose private files were opened, in the order of values below.
    pub players: Vec<String>,
    /// The offers.
    pub offers: Vec<OfferPart>,
    /// The zone of possible agreement.
    pub zone: Zone,
    /// Undominated corners of the frontier of values, for two parties, in 分 (rounded).
    pub frontier: Vec<[i64; 2]>,
    /// The fair points.
    pub fair: Vec<Fair>,
    /// Whether the last offer can be improved on for all.
    pub better: Option<Better>,
    /// Whether all was looked at; false where the time was up or someone asked to stop. What is given was found until then.
    pub complete: bool,
    /// Remarks.
    pub notes: Vec<Text>,
}

/// The zone of possible agreement.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Zone {
    /// Whether some offer is acceptable to all; false only says that none was found where not all combinations were looked at.
    pub exists: bool,
    /// Combinations of thresholds and years in which it does, of all.
    pub combinations: [usize; 2],
    /// How many combinations were looked at.
    pub looked_at: usize,
    /// Largest value that all can have at least in these, in 分; negative: how far apart they are, each.
    pub common_level_fen: Option<i64>,
    /// What each party alone would have to lower its reservation value by, in 分; absent where that is not enough. Empty where there
    /// is a zone, or a limit left it open.
    pub alone: Vec<Option<i64>>,
    /// The party that must move least; absent with a zone.
    pub must_move_least: Option<String>,
    /// Values of each issue in acceptable offers.
    pub issues: Vec<ZoneIssue>,
}

/// Values of an issue in the zone.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ZoneIssue {
    /// Issue.
    pub issue: String,
    /// Least and largest value, for linear issues.
    pub range: Option<[f64; 2]>,
    /// Values, for thresholds and years.
    pub choices: Vec<Number>,
}

/// A fair point.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Fair {
    /// Concept.
    pub kind: Kind,
    /// Its name.
    pub name: Text,
    /// Values at the point, in 分 (rounded), before issues are put on their steps.
    pub values_fen: Vec<i64>,
    /// An offer that realises it, the nearest to the last offer.
    pub terms: Option<Terms>,
    /// What that offer is worth to each.
    pub surplus: Vec<Surplus>,
}

/// Improvements on the last offer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Better {
    /// Round number of the offer improved on.
    pub on: Option<u32>,
    /// Whether an offer exists that is better for all.
    pub exists: bool,
    /// The most that all can gain at least over the offer, in 分.
    pub common_gain_fen: i64,
    /// Offers at which all gain, least concession first.
    pub counters: Vec<BetterCounter>,
}

/// An offer better for all.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BetterCounter {
    /// Its terms.
    pub terms: Terms,
    /// Distance to the offer improved on.
    pub distance: f64,
    /// What changes.
    pub changes: Vec<Change>,
    /// What each gains over the offer improved on, in 分 (rounded).
    pub gains_fen: Vec<i64>,
    /// What it is worth to each.
    pub surplus: Vec<Surplus>,
}

/// Levels below this (in 万元) count as none: a hundredth of a 分.
const NOTHING: f64 = 1e-8;
/// Shares of the largest common gain that counter-offers aim at, in hundredths.
const LADDER: [i64; 4] = [1, 25, 50, 95];

struct Table<'a> {
    deal: &'a Deal,
    players: &'a [Own],
    spaces: Vec<Space<'a>>,
    options: &'a SolveOptions,
    /// Parts that a limit left open.
    open: RefCell<Vec<&'static str>>,
}

/// Everything a mediator with all private files can say, or as much of it as a limit allows.
///
/// # Errors
/// Fewer than two private files, a party twice, an amount out of range, too many combinations, a failure of the solver; a limit
/// before anything was found.
pub fn mediate(deal: &Deal, players: &[Own], offers: &[Tabled], options: &SolveOptions) -> Result<Mediation, Findings> {
    let mut seen: Vec<usize> = players.iter().map(|own| own.party).collect();
    seen.sort_unstable();
    seen.dedup();
    if players.len() < 2 || seen.len() < players.len() {
        return Err(Finding::error("negotiate.mediator_files", place("--private")).into());
    }
    let spaces = spaces(deal, players, options)?;
    let table = Table { deal, players, spaces, options, open: RefCell::default() };
    let mut parts = Vec::with_capacity(offers.len());
    for tabled in offers {
        if options.is_interrupted() {
            table.leave("negotiate.part_offers");
            break;
        }
        parts.push(offer_part(deal, players, tabled)?);
    }
    options.watch.ended("offers");
    let id = |own: &Own| deal.case.parties.get(own.party).map(|party| party.id.clone()).unwrap_or_default();
    let (zone, inside) = table.zone()?;
    options.watch.ended("zone");
    let last = offers.last();
    let mut notes = Vec::new();
    let (frontier, fair) = if zone.exists { table.fair(&inside, last, &mut notes)? } else { (Vec::new(), Vec::new()) };
    options.watch.ended("fair");
    let better = match last {
        Some(last) => table.better(last)?,
        None => None,
    };
    options.watch.ended("better");
    let illustrative = players.iter().any(|own| own.illustrative);
    let open = table.open.into_inner();
    if !open.is_empty() {
        notes.push(cut_short(&open));
    }
    Ok(Mediation {
        view: "mediator",
        case: CasePart::of(deal, illustrative),
        players: players.iter().map(id).collect(),
        offers: parts,
        zone,
        frontier,
        fair,
        better,
        complete: open.is_empty(),
        notes,
    })
}

fn fen(wan: f64) -> i64 {
    (wan * 1e6).round() as i64
}

/// Enough to close a gap: rounded up, but for the noise of a program.
fn fen_enough(wan: f64) -> i64 {
    (wan * 1e6 - 1e-3).ceil() as i64
}

impl<'a> Table<'a> {
    fn size(&self) -> usize {
        self.players.len()
    }

    /// A limit left a part open.
    fn leave(&self, part: &'static str) {
        let mut open = self.open.borrow_mut();
        if !open.contains(&part) {
            open.push(part);
        }
    }

    /// What was found; nothing, and the part left open, where a limit came in between.
    fn unless_cut<T>(&self, part: &'static str, found: Result<T, Finding>) -> Result<Option<T>, Finding> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(finding) if is_limit(&finding) => {
                self.leave(part);
                Ok(None)
            }
            Err(finding) => Err(finding),
        }
    }

    /// The zone, and the positions of the combinations that have one.
    fn zone(&self) -> Result<(Zone, Vec<usize>), Finding> {
        let zeros = vec![0.0; self.size()];
        let mut common: Option<f64> = None;
        let (mut inside, mut rooms, mut looked_at) = (Vec::new(), Vec::with_capacity(self.spaces.len()), 0);
        for (index, space) in self.spaces.iter().enumerate() {
            let one = || -> Result<_, Finding> {
                let mut room = space.live(self.options)?;
                let level = room.level(&zeros)?;
                Ok((room, level))
            };
            let Some((room, level)) = self.unless_cut("negotiate.part_zone", one())? else { break };
            looked_at += 1;
            if let Some(level) = level {
                common = Some(common.map_or(level, |best| best.max(level)));
                if level >= -NOTHING {
                    inside.push(index);
                }
            }
            rooms.push(room);
        }
        let exists = !inside.is_empty();
        let mut alone = Vec::new();
        if !exists && looked_at == self.spaces.len() {
            alone = self.unless_cut("negotiate.part_alone", self.alone(&mut rooms))?.unwrap_or_default();
        }
        let least = alone.iter().enumerate().filter_map(|(party, fall)| Some((party, (*fall)?)));
        let least = least.min_by_key(|(party, fall): &(usize, i64)| (*fall, *party)).map(|(party, _)| party);
        let id = |party: usize| {
            let own = self.players.get(party)?;
            self.deal.case.parties.get(own.party).map(|party| party.id.clone())
        };
        let zone = Zone {
            exists,
            combinations: [inside.len(), self.spaces.len()],
            looked_at,
            common_level_fen: common.map(fen),
            alone,
            must_move_least: least.and_then(id),
            issues: if exists { self.issues(&inside, &mut rooms)? } else { Vec::new() },
        };
        Ok((zone, inside))
    }

    /// What each party alone would have to give up.
    fn alone(&self, rooms: &mut [Live]) -> Result<Vec<Option<i64>>, Finding> {
        let zeros = vec![0.0; self.size()];
        let mut alone = vec![None; self.size()];
        for (party, entry) in alone.iter_mut().enumerate() {
            for room in rooms.iter_mut() {
                if let Some(most) = room.most(party, &zeros)? {
                    let fall = fen_enough(-most).max(0);
                    *entry = Some(entry.map_or(fall, |least: i64| least.min(fall)));
                }
            }
        }
        Ok(alone)
    }

    /// Values of the issues in the zone; those that a limit left open are missing.
    fn issues(&self, inside: &[usize], rooms: &mut [Live]) -> Result<Vec<ZoneIssue>, Finding> {
        let mut issues = Vec::with_capacity(self.deal.issues.len());
        for index in 0..self.deal.issues.len() {
            match self.unless_cut("negotiate.part_issues", self.issue(index, inside, rooms))? {
                Some(part) => issues.push(part),
                None => break,
            }
        }
        Ok(issues)
    }

    fn issue(&self, index: usize, inside: &[usize], rooms: &mut [Live]) -> Result<ZoneIssue, Finding> {
        let zeros = vec![-NOTHING; self.size()];
        let id = self.deal.issues.get(index).map(|issue| issue.id.clone()).unwrap_or_default();
        let mut part = ZoneIssue { issue: id, range: None, choices: Vec::new() };
        for at in inside {
            let (Some(space), Some(room)) = (self.spaces.get(*at), rooms.get_mut(*at)) else { continue };
            match space.linear.iter().position(|linear| *linear == index) {
                Some(at) => {
                    if let Some((low, high)) = room.range(at, &zeros)? {
                        let known = part.range.unwrap_or([low, high]);
                        part.range = Some([known[0].min(low), known[1].max(high)]);
                    }
                }
                None => {
                    let value = Number(space.grid.value(index));
                    if !part.choices.contains(&value) {
                        part.choices.push(value);
                    }
                }
            }
        }
        part.choices.sort();
        Ok(part)
    }

    /// Frontier and fair points over the union of all combinations with a zone.
    fn fair(
        &self,
        inside: &[usize],
        last: Option<&Tabled>,
        notes: &mut Vec<Text>,
    ) -> Result<(Vec<[i64; 2]>, Vec<Fair>), Finding> {
        let mut frames: Vec<(usize, Frame<'_>)> = Vec::new();
        for index in inside {
            let Some(space) = self.spaces.get(*index) else { continue };
            let found = Frame::open(&space.model, self.options).map_err(|refusal| refusal.0);
            match found {
                Ok(frame) => frames.push((*index, frame)),
                Err(finding) if is_limit(&finding) => {
                    // The best of some combinations is not the best of all.
                    self.leave("negotiate.part_fair");
                    return Ok((Vec::new(), Vec::new()));
                }
                // A zone of a single point has no inside: it is no frame.
                Err(_) => {}
            }
        }
        let most = |party: usize| {
            let reach = frames.iter().map(|(_, frame)| frame.reach.get(party).copied().unwrap_or(0.0));
            reach.fold(0.0, f64::max)
        };
        let reach: Vec<f64> = (0..self.size()).map(most).collect();
        if frames.is_empty() || reach.iter().any(|most| *most <= 0.0) {
            notes.push(Phrase::new("negotiate.no_room").text());
            return Ok((Vec::new(), Vec::new()));
        }
        let frontier = if self.size() == 2 { self.frontier(&frames) } else { Vec::new() };
        let weights: Vec<f64> = self.players.iter().map(|own| binary(&own.weight)).collect();
        let union = Union { frames: &frames, reach: &reach, weights: &weights };
        let mut fair = Vec::new();
        for kind in [Kind::Nash, Kind::KalaiSmorodinsky, Kind::Egalitarian, Kind::Utilitarian] {
            let best = union.best(kind);
            if self.options.is_interrupted() {
                self.leave("negotiate.part_fair");
                break;
            }
            let Some((index, gains)) = best else {
                notes.push(
                    Phrase::new("negotiate.fair_failed").with_phrase("name", &kind_name(kind, false, false)).text(),
                );
                continue;
            };
            let realised = self.realised(kind, index, &gains, last);
            match self.unless_cut("negotiate.part_fair", realised)? {
                Some(part) => fair.push(part),
                None => break,
            }
        }
        Ok((frontier, fair))
    }

    /// Undominated corners of all combinations.
    fn frontier(&self, frames: &[(usize, Frame<'_>)]) -> Vec<[i64; 2]> {
        let chains: Vec<Vec<[f64; 2]>> = frames.iter().filter_map(|(_, frame)| frame.frontier().ok()).collect();
        let mut corners: Vec<[f64; 2]> = Vec::new();
        for (own, chain) in chains.iter().enumerate() {
            let others = || chains.iter().enumerate().filter(|(index, _)| *index != own);
            corners.extend(chain.iter().filter(|corner| !others().any(|(_, other)| is_below(corner, other))));
        }
        let mut corners: Vec<[i64; 2]> = corners.into_iter().map(|[x, y]| [fen(x), fen(y)]).collect();
        corners.sort_unstable();
        corners.dedup();
        corners
    }

    /// The offer nearest to the last one (or to the middle of the ranges) that has these values.
    fn realised(&self, kind: Kind, index: usize, gains: &[f64], last: Option<&Tabled>) -> Result<Fair, Finding> {
        let weights: Vec<&Exact> = self.players.iter().map(|own| &own.weight).collect();
        let weighted = weights.windows(2).any(|pair| pair.first() != pair.last());
        let mut fair = Fair {
            kind,
            name: kind_name(kind, weighted, false).text(),
            values_fen: gains.iter().map(|gain| fen(*gain)).collect(),
            terms: None,
            surplus: Vec::new(),
        };
        let middle = || {
            let middle = |issue: &super::deal::DealIssue| (&issue.low + &issue.high) / Exact::from_integer(2.into());
            Offer(self.deal.issues.iter().map(middle).collect())
        };
        let from = last.map_or_else(middle, |last| last.offer.clone());
        let Some(space) = self.spaces.get(index) else { return Ok(fair) };
        // A hair below, so that the point itself is allowed; then onto the steps of the issues.
        let targets: Vec<f64> = gains.iter().map(|gain| gain - 1e-7 * (1.0 + gain.abs())).collect();
        let Some((_, linear)) = space.nearest(&targets, &[], &from, self.options)? else { return Ok(fair) };
        // On the steps of the issues everybody must still accept, and lose no more than a step is worth.
        let margins = margins(space, self.players)?;
        let least = gains.iter().zip(&margins).map(|(gain, margin)| ((gain - 2.0 * margin).max(0.0) * 1e6).floor());
        let least: Vec<Exact> =
            least.map(|fen| Number::from_f64(fen).map(|number| number.0).unwrap_or_default()).collect();
        let asked = Asked { players: self.players, targets: &least };
        if let Some(counter) = rounded(space, &asked, &from, &linear)? {
            let pairs = self.players.iter().zip(&counter.values);
            fair.surplus = pairs.map(|(own, value)| surplus(self.deal, own, value)).collect();
            fair.terms = Some(terms(self.deal, &counter.offer));
        }
        Ok(fair)
    }

    /// Offers at which all gain over the last one.
    fn better(&self, last: &Tabled) -> Result<Option<Better>, Finding> {
        let mut base = Vec::with_capacity(self.size());
        for own in self.players {
            base.push(value(self.deal, own, &last.offer)?.value);
        }
        let targets: Vec<f64> = base.iter().map(|value| binary(value) / 1e6).collect();
        let level = || -> Result<Option<f64>, Finding> {
            let mut level: Option<f64> = None;
            for space in &self.spaces {
                if let Some(found) = space.live(self.options)?.level(&targets)? {
                    level = Some(level.map_or(found, |best| best.max(found)));
                }
            }
            Ok(level)
        };
        let Some(level) = self.unless_cut("negotiate.part_better", level())?.flatten() else { return Ok(None) };
        let common = fen(level).max(0);
        let mut better = Better { on: last.number, exists: common > 0, common_gain_fen: common, counters: Vec::new() };
        if common <= 0 {
            return Ok(Some(better));
        }
        for share in LADDER {
            let rise = Exact::new(BigInt::from(common) * share, BigInt::from(100));
            let targets: Vec<Exact> = base.iter().map(|value| value + &rise).collect();
            let asked = Asked { players: self.players, targets: &targets };
            let found = nearest(&self.spaces, &asked, &last.offer, self.options);
            let Some(found) = self.unless_cut("negotiate.part_better", found)? else { break };
            if let Some(counter) = found.filter(|counter| counter.distance > 0.0) {
                let part = self.better_counter(&base, last, &counter);
                if !better.counters.iter().any(|known| known.terms == part.terms) {
                    better.counters.push(part);
                }
            }
        }
        better.counters.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        Ok(Some(better))
    }

    fn better_counter(&self, base: &[Exact], last: &Tabled, counter: &Counter) -> BetterCounter {
        let gain = |(found, base): (&super::evaluate::Value, &Exact)| super::evaluate::rounded(&(&found.value - base));
        let pairs = self.players.iter().zip(&counter.values);
        BetterCounter {
            terms: terms(self.deal, &counter.offer),
            distance: counter.distance,
            changes: changes(self.deal, &last.offer, &counter.offer),
            gains_fen: counter.values.iter().zip(base).map(gain).collect(),
            surplus: pairs.map(|(own, value)| surplus(self.deal, own, value)).collect(),
        }
    }
}

/// Whether a point lies below a frontier (corners with the first value rising) by more than a 分.
fn is_below(point: &[f64; 2], chain: &[[f64; 2]]) -> bool {
    let room = 1e-6;
    let [x, y] = *point;
    let between = chain.windows(2).any(|pair| match pair {
        [from, to] if x >= from[0] && x < to[0] => {
            y + room < from[1] + (to[1] - from[1]) * (x - from[0]) / (to[0] - from[0])
        }
        _ => false,
    });
    between || chain.first().is_some_and(|first| x < first[0] && y < first[1] - room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_under_an_edge_is_dominated() {
        let chain = [[0.0, 10.0], [10.0, 0.0]];
        assert!(is_below(&[4.0, 4.0], &chain) && !is_below(&[6.0, 6.0], &chain));
        assert!(is_below(&[-1.0, 9.0], &chain) && !is_below(&[11.0, -1.0], &chain));
    }
}
