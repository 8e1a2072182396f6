//! The difference between two scenarios, attributed to the single changes that make it: Shapley value over the changes.
//!
//! A player is a place of model or data that the two scenarios treat differently (or a whole scenario of a stack). Every subset
//! of players is a run of its own, with the changes of the second scenario for the players in it and of the first for the
//! others. Each amount is divided by itself in whole 分; every sum is the sum of its amounts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::conflict::{self, ConflictMember, describe};
use crate::finding::{Finding, Findings, Place};
use crate::phrases::{Lang, Phrase, Text};
use crate::rules::naming::listed;
use crate::run::{self, Prepared, RunError, Solved};
use crate::scenario::{Change, Layer, Scenario, spots};
use crate::shapley::{PLAYERS_MAX, divide};
use crate::solver::SolveOptions;

/// What the players are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Players {
    /// Each changed place of model or data.
    Changes,
    /// Each scenario of the stacks.
    Scenarios,
}

/// A difference, attributed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Attribution {
    /// Scenario from which.
    pub from: String,
    /// Scenario to which.
    pub to: String,
    /// What the players are.
    pub by: Players,
    /// `exact`, or `refused` where a subset of the players has no plan.
    pub status: &'static str,
    /// The players, in canonical order.
    pub players: Vec<PlayerPart>,
    /// Runs made.
    pub runs: usize,
    /// Subsets without plan; empty where the status is `exact`.
    pub without_plan: Vec<SubsetPart>,
    /// Everything.
    pub total: Option<PartRow>,
    /// One entry an area that differs in any part.
    pub areas: Vec<PartRow>,
    /// One entry an ecosystem.
    pub ecosystems: Vec<PartRow>,
    /// One entry a fund.
    pub funds: Vec<PartRow>,
    /// One entry an amount (fund and cell) that differs in any part; the code is `FUND/AREA/ECOSYSTEM`.
    pub amounts: Vec<PartRow>,
}

/// A player.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PlayerPart {
    /// Changed place, or scenario.
    pub id: String,
    /// Printed name.
    pub name: Text,
    /// Its changes in the second scenario.
    pub changes: Vec<String>,
    /// Its changes in the first, which those replace.
    pub replaces: Vec<String>,
}

/// A subset of players that has no plan.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SubsetPart {
    /// Players in it.
    pub players: Vec<String>,
    /// `infeasible`, `unroundable` or `invalid` (the model does not pass).
    pub status: &'static str,
    /// Why.
    pub reason: Text,
}

/// A difference and its parts.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PartRow {
    /// Code of the group.
    pub code: String,
    /// Printed name.
    pub name: Text,
    /// Amount in the second scenario less that in the first, in 分.
    pub difference_fen: i64,
    /// Part of each player, in 分; sums to the difference exactly.
    pub parts_fen: Vec<i64>,
}

/// The players of a difference and how their subsets are put together.
#[derive(Debug, Clone)]
pub struct Game {
    players: Vec<PlayerPart>,
    pieces: Vec<Piece>,
    /// Whether players may change the same place.
    overlapping: bool,
}

/// Changes that hold always, or only where a player is in the subset (or is not).
#[derive(Debug, Clone)]
struct Piece {
    player: Option<(usize, bool)>,
    changes: Vec<Change>,
}

impl Game {
    /// The players of the difference between two scenarios over a model.
    ///
    /// # Errors
    /// More players than [`PLAYERS_MAX`].
    pub fn new(base: &Prepared, from: &Scenario, to: &Scenario, by: Players) -> Result<Self, Finding> {
        let mut game = Self { players: Vec::new(), pieces: Vec::new(), overlapping: by == Players::Scenarios };
        match by {
            Players::Changes => game.by_changes(base, &from.changes(), &to.changes()),
            Players::Scenarios => game.by_scenarios(&from.layers, &to.layers),
        }
        let count = game.players.len();
        if count > PLAYERS_MAX {
            let place = Place::file(format!("{} → {}", from.id, to.id));
            return Err(Finding::error("compare.too_many_players", place)
                .with("count", count.to_string())
                .with("limit", PLAYERS_MAX.to_string())
                .with("runs", if count < 64 { (1_u64 << count).to_string() } else { format!("2^{count}") }));
        }
        Ok(game)
    }

    fn by_changes(&mut self, base: &Prepared, from: &[Change], to: &[Change]) {
        let all: Vec<Change> = from.iter().chain(to).cloned().collect();
        for spot in spots(&all, &base.tree) {
            let pick = |second: bool| -> Vec<Change> {
                let members = spot.members.iter().filter(|at| (**at >= from.len()) == second);
                members.filter_map(|at| all.get(*at).cloned()).collect()
            };
            let (off, on) = (pick(false), pick(true));
            let same = off.len() == on.len()
                && off.iter().zip(&on).all(|(a, b)| a.path == b.path && a.operation.same(&b.operation));
            if same {
                self.pieces.push(Piece { player: None, changes: on });
            } else {
                self.add(spot.key, None, off, on);
            }
        }
    }

    fn by_scenarios(&mut self, from: &[Layer], to: &[Layer]) {
        let is_in = |layer: &Layer, list: &[Layer]| list.iter().any(|known| same_layer(known, layer));
        // In canonical order, so that ties do not depend on the stacking order.
        let mut different: Vec<(&Layer, bool)> =
            from.iter().filter(|layer| !is_in(layer, to)).map(|l| (l, false)).collect();
        different.extend(to.iter().filter(|layer| !is_in(layer, from)).map(|layer| (layer, true)));
        different.sort_by(|a, b| a.0.id.cmp(&b.0.id).then(a.1.cmp(&b.1)));
        let texts = |layer: &Layer| layer.changes.iter().map(|change| change.text.clone()).collect::<Vec<_>>();
        for (layer, second) in &different {
            self.players.push(PlayerPart {
                id: layer.id.clone(),
                name: if *second { layer.name.clone() } else { without(&layer.name) },
                changes: if *second { texts(layer) } else { Vec::new() },
                replaces: if *second { Vec::new() } else { texts(layer) },
            });
        }
        let player = |layer: &Layer, second: bool| {
            different
                .iter()
                .position(|(known, side)| *side == second && same_layer(known, layer))
                .map(|at| (at, second))
        };
        let dropped = from.iter().filter(|layer| !is_in(layer, to));
        let pieces = dropped.map(|layer| (layer, false)).chain(to.iter().map(|layer| (layer, true)));
        self.pieces = pieces
            .map(|(layer, second)| Piece { player: player(layer, second), changes: layer.changes.clone() })
            .collect();
    }

    fn add(&mut self, id: String, name: Option<Text>, off: Vec<Change>, on: Vec<Change>) {
        let texts = |changes: &[Change]| changes.iter().map(|change| change.text.clone()).collect::<Vec<_>>();
        let (changes, replaces) = (texts(&on), texts(&off));
        let name = name.unwrap_or_else(|| {
            if on.is_empty() { without(&Text::same(replaces.join("; "))) } else { Text::same(changes.join("; ")) }
        });
        let at = self.players.len();
        self.players.push(PlayerPart { id, name, changes, replaces });
        self.pieces.push(Piece { player: Some((at, false)), changes: off });
        self.pieces.push(Piece { player: Some((at, true)), changes: on });
    }

    /// The players.
    pub fn players(&self) -> &[PlayerPart] {
        &self.players
    }

    /// The changes of a subset of players.
    fn changes(&self, subset: usize) -> Vec<Change> {
        let holds = |piece: &&Piece| piece.player.is_none_or(|(at, inside)| (subset >> at & 1 == 1) == inside);
        self.pieces.iter().filter(holds).flat_map(|piece| piece.changes.iter().cloned()).collect()
    }
}

fn same_layer(one: &Layer, other: &Layer) -> bool {
    one.id == other.id
        && one.changes.len() == other.changes.len()
        && one.changes.iter().zip(&other.changes).all(|(a, b)| a.path == b.path && a.operation.same(&b.operation))
}

fn without(name: &Text) -> Text {
    Phrase::new("compare.without").with("name", name.clone()).text()
}

/// Attributes the difference between two scenarios; `threads` share the runs, which change no figure.
///
/// # Errors
/// Too many players, the two scenarios themselves do not fit the model, a limit, or a failure of the solver. Subsets without
/// plan are no error: the attribution is then refused and names them.
pub fn attribute(
    base: &Prepared,
    (from, to): (&Scenario, &Scenario),
    by: Players,
    options: &SolveOptions,
    threads: usize,
) -> Result<Attribution, RunError> {
    let game = Game::new(base, from, to, by)?;
    let all = (1_usize << game.players.len()) - 1;
    for (subset, scenario) in [(0, from), (all, to)] {
        let (whole, parts) = (run::changed(base, &scenario.changes())?, run::changed(base, &game.changes(subset))?);
        // Stacks that overlap in another order cannot be taken apart scenario by scenario.
        if !whole.is_same_as(&parts) {
            let place = Place::file(format!("{} → {}", from.id, to.id));
            return Err(Finding::error("compare.order", place).into());
        }
    }
    // A player that changes nothing adds nothing: subsets that differ by such ones alone are one run.
    let idle = idle(base, &game)?;
    let subsets: Vec<usize> = (0..=all).filter(|subset| subset & idle == 0).collect();
    let work = |at: usize| one_run(base, &game, subsets.get(at).copied().unwrap_or(0), options);
    let runs = in_parallel(subsets.len(), threads, &work).into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut attribution = Attribution {
        from: from.id.clone(),
        to: to.id.clone(),
        by,
        status: "exact",
        players: game.players.clone(),
        runs: runs.len(),
        without_plan: Vec::new(),
        total: None,
        areas: Vec::new(),
        ecosystems: Vec::new(),
        funds: Vec::new(),
        amounts: Vec::new(),
    };
    let mut plans = BTreeMap::new();
    for (subset, run) in subsets.into_iter().zip(runs) {
        match run {
            Ok(plan) => {
                plans.insert(subset, plan);
            }
            Err(subset) => attribution.without_plan.push(subset),
        }
    }
    if attribution.without_plan.is_empty() {
        let plans: Vec<&PlanPart> = (0..=all).filter_map(|subset| plans.get(&(subset & !idle))).collect();
        fill(&mut attribution, base, &plans);
    } else {
        attribution.status = "refused";
    }
    Ok(attribution)
}

/// Players, as bits, whose changes leave model and data as they are.
fn idle(base: &Prepared, game: &Game) -> Result<usize, Findings> {
    let under = |subset: usize| run::changed(base, &game.changes(subset));
    let nobody = under(0)?;
    // Scenarios of a stack may overlap: one that changes nothing by itself may do so on top of another.
    if game.overlapping {
        return Ok(0);
    }
    let bits = (0..game.players.len()).map(|at| 1_usize << at);
    // A model that does not pass is another one.
    Ok(bits.filter(|bit| under(*bit).is_ok_and(|found| found.is_same_as(&nobody))).sum())
}

/// Fund id, area code and ecosystem id → 分, and the printed names of funds.
struct PlanPart {
    amounts: BTreeMap<[String; 3], i64>,
    funds: Vec<(String, Text)>,
}

type Subset = Result<Result<PlanPart, SubsetPart>, RunError>;

fn one_run(base: &Prepared, game: &Game, subset: usize, options: &SolveOptions) -> Subset {
    let empty = |status, reason| {
        let inside = game.players.iter().enumerate().filter(|(at, _)| subset >> at & 1 == 1);
        Ok(Err(SubsetPart { players: inside.map(|(_, player)| player.id.clone()).collect(), status, reason }))
    };
    let prepared = match run::changed(base, &game.changes(subset)) {
        Ok(prepared) => prepared,
        Err(Findings(found)) => {
            let say = |lang: Lang| found.first().map(|finding| finding.render(lang)).unwrap_or_default();
            return empty("invalid", Text { zh: say(Lang::Zh), en: say(Lang::En) });
        }
    };
    match run::solve(prepared, options, false) {
        Ok(solved) => Ok(Ok(plan(&solved))),
        Err(RunError::Infeasible(prepared)) => empty("infeasible", conflict_of(&prepared, options)),
        Err(RunError::Unroundable(finding, _)) => empty("unroundable", finding.phrase.text()),
        Err(error) => Err(error),
    }
}

/// Why a subset has no plan, with the rules that are in each other's way where they are found.
fn conflict_of(prepared: &Prepared, options: &SolveOptions) -> Text {
    let reason = Phrase::new("solver.infeasible").text();
    let members = conflict::conflict(prepared, options).unwrap_or_default();
    let found = members.iter().filter_map(|member| describe(prepared, *member));
    let name = |member: ConflictMember| {
        let with_id =
            |label: &str| if label == member.id { label.to_owned() } else { format!("{label} ({})", member.id) };
        Text { zh: with_id(&member.label.zh), en: with_id(&member.label.en) }
    };
    match listed(&found.map(name).collect::<Vec<_>>()) {
        none if none.zh.is_empty() => reason,
        rules => Phrase::new("compare.conflict_of").with("reason", reason).with("rules", rules).text(),
    }
}

fn plan(solved: &Solved) -> PlanPart {
    let frame = &solved.prepared.problem.frame;
    let mut amounts = BTreeMap::new();
    for (amount, money) in frame.amounts.iter().zip(&solved.settled.amounts) {
        let Some(fund) = frame.funds.get(amount.fund) else { continue };
        let Some(cell) = frame.dataset.cells().get(amount.cell.0) else { continue };
        let key = [fund.id.clone(), frame.area_code(cell.area).to_owned(), cell.ecosystem.clone()];
        amounts.insert(key, money.fen());
    }
    PlanPart { amounts, funds: frame.funds.iter().map(|fund| (fund.id.clone(), fund.label.clone())).collect() }
}

/// Divides every amount, and sums the parts.
fn fill(attribution: &mut Attribution, base: &Prepared, plans: &[&PlanPart]) {
    let count = attribution.players.len();
    let mut keys: Vec<&[String; 3]> = plans.iter().flat_map(|plan| plan.amounts.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let frame = &base.problem.frame;
    let area = |code: &str| {
        let found = frame.dataset.area(code).and_then(|id| frame.dataset.areas().get(id.0));
        found.map_or_else(|| Text::same(code), |area| Text::same(&area.name))
    };
    let ecosystem = |id: &str| {
        let found = frame.ecosystems.iter().find(|(known, _)| known == id);
        found.map_or_else(|| Text::same(id), |(_, label)| label.clone())
    };
    let fund = |id: &str| {
        let found = plans.iter().flat_map(|plan| &plan.funds).find(|(known, _)| known == id);
        found.map_or_else(|| Text::same(id), |(_, label)| label.clone())
    };
    let mut sums: [Sums; 4] = Default::default();
    for key in keys {
        let worths: Vec<i64> = plans.iter().map(|plan| plan.amounts.get(key).copied().unwrap_or(0)).collect();
        let parts = divide(&worths).unwrap_or_default();
        let [fund_id, area_code, id] = key;
        let names = [area(area_code), ecosystem(id), fund(fund_id)];
        let codes = [area_code, id, fund_id];
        for ((sum, code), name) in sums.iter_mut().zip(codes).zip(&names) {
            sum.add(code, name, &parts);
        }
        let [.., all] = &mut sums;
        all.add("total", &Phrase::new("report.total").text(), &parts);
        if parts.iter().any(|part| *part != 0) {
            let [area, ecosystem, fund] = &names;
            let join = |pick: &dyn Fn(&Text) -> &str| format!("{} {} · {}", pick(area), pick(ecosystem), pick(fund));
            attribution.amounts.push(row(
                format!("{fund_id}/{area_code}/{id}"),
                Text { zh: join(&|text| &text.zh), en: join(&|text| &text.en) },
                parts,
            ));
        }
    }
    let [areas, ecosystems, funds, total] = sums;
    attribution.areas = areas.rows();
    attribution.areas.retain(|row| row.parts_fen.iter().any(|part| *part != 0));
    attribution.areas.sort_by(|a, b| a.code.cmp(&b.code));
    let order = |code: &str| frame.ecosystems.iter().position(|(id, _)| id == code);
    attribution.ecosystems = ecosystems.rows();
    attribution.ecosystems.sort_by_key(|row| order(&row.code));
    let order = |code: &str| frame.funds.iter().position(|fund| fund.id == code).unwrap_or(usize::MAX);
    attribution.funds = funds.rows();
    attribution.funds.sort_by_key(|row| order(&row.code));
    let nothing = row("total".to_owned(), Phrase::new("report.total").text(), vec![0; count]);
    attribution.total = total.rows().into_iter().next().or(Some(nothing));
}

#[derive(Default)]
struct Sums(BTreeMap<String, (Text, Vec<i64>)>);

impl Sums {
    fn add(&mut self, code: &str, name: &Text, parts: &[i64]) {
        let (_, sums) = self.0.entry(code.to_owned()).or_insert_with(|| (name.clone(), vec![0; parts.len()]));
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum += part;
        }
    }

    fn rows(self) -> Vec<PartRow> {
        self.0.into_iter().map(|(code, (name, parts))| row(code, name, parts)).collect()
    }
}

fn row(code: String, name: Text, parts_fen: Vec<i64>) -> PartRow {
    PartRow { code, name, difference_fen: parts_fen.iter().sum(), parts_fen }
}

/// `work(0), …, work(count − 1)` in that order, shared among threads.
fn in_parallel<T: Send>(count: usize, threads: usize, work: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return done;
            }
            done.push((at, work(at)));
        }
    };
    let threads = threads.clamp(1, count.max(1));
    let mut done: Vec<(usize, T)> = if threads == 1 {
        worker()
    } else {
        std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
            // A worker that panics would panic here too: nothing is lost silently.
            handles
                .into_iter()
                .flat_map(|handle| handle.join().unwrap_or_else(|p| std::panic::resume_unwind(p)))
                .collect()
        })
    };
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, value)| value).collect()
}
