//! One drawing function a kind of rule: a rule that the world's known plan obeys.

use super::world::{Chance, Drawn, ECOSYSTEMS, MILLION, Plan, World, ceil, decimal, floor, yuan};

/// Draws a rule of a kind.
pub type Draw = fn(&World, &mut Chance) -> Drawn;

pub const KINDS: [(&str, Draw); 12] = [
    ("unit_standard", unit_standard),
    ("floor_money", floor_money),
    ("floor_head", floor_per_head),
    ("cap_gep", cap_gep),
    ("cap_cost", cap_cost),
    ("share_total", share_of_total),
    ("share_fund", share_of_fund),
    ("corridor", corridor),
    ("outcome_gate", outcome_gate),
    ("per_head", per_head),
    ("channel", channel),
    ("linear", linear),
];

/// Objectives that fit every world, one of them or several in a row.
pub const STAGES: [&str; 6] = [
    "[[objective]]\nkind = \"max_min_coverage\"\n",
    "[[objective]]\nkind = \"max_min_coverage\"\nslack = 0.02\n",
    "[[objective]]\nkind = \"max_min_coverage\"\nlevels = \"worst\"\n",
    "[[objective]]\nkind = \"min_deviation\"\nnorm = \"l1\"\n",
    "[[objective]]\nkind = \"min_deviation\"\nnorm = \"linf\"\n",
    "[[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[0.6, 1.0], [1.1, 0.6], [1.6, 0.3]]\n",
];

const PERS: [&str; 4] = ["cell", "area", "ecosystem", "total"];

fn per(chance: &mut Chance) -> &'static str {
    PERS[chance.between(0, 3) as usize]
}

fn ecosystem(chance: &mut Chance) -> usize {
    chance.between(0, 2) as usize
}

/// How far a bound stands off the known plan: hardly, or some per cent.
fn slack(chance: &mut Chance) -> i128 {
    if chance.one_in(3) { 1 } else { chance.between(2, 30) }
}

fn sum(plan: &Plan, cells: &[usize]) -> i128 {
    cells.iter().map(|cell| plan.of(*cell)).sum()
}

/// Σ amounts against millionths of a figure in 元, times 10⁸ as 分 × millionths.
fn against(plan: &Plan, cells: &[usize], millionths: i128, figure: i128, at_least: bool) -> Option<String> {
    let (paid, bound) = (sum(plan, cells) * MILLION, millionths * figure * 100);
    let holds = if at_least { paid >= bound } else { paid <= bound };
    (!holds).then(|| format!("{paid} against {bound}, at_least {at_least}, cells {cells:?}"))
}

fn figures(world: &World, cells: &[usize], figure: fn(&super::world::Place) -> i128) -> i128 {
    cells.iter().map(|cell| figure(&world.cells[*cell])).sum()
}

/// A measured floor or cap over groups: the known plan's tightest ratio, with slack.
fn measured(
    world: &World,
    chance: &mut Chance,
    head: &str,
    groups: Vec<Vec<usize>>,
    at_least: bool,
    figure: impl Fn(&World, &[usize]) -> i128 + 'static,
    write: impl Fn(String) -> String,
) -> Drawn {
    let groups: Vec<Vec<usize>> = groups.into_iter().filter(|cells| figure(world, cells) > 0).collect();
    let ratios = groups.iter().map(|cells| {
        let paid = world.known(cells);
        if at_least { floor(paid, figure(world, cells) * 100) } else { ceil(paid, figure(world, cells) * 100) }
    });
    let slack = slack(chance);
    let bound = if at_least {
        ratios.min().unwrap_or(0) * (100 - slack.min(90)) / 100
    } else {
        ratios.max().unwrap_or(MILLION) * (100 + slack) / 100 + 1
    };
    let word = if at_least { "at_least" } else { "at_most" };
    let toml = format!("{head}\n{word} = {}", write(decimal(bound)));
    let check = move |world: &World, plan: &Plan| {
        groups.iter().find_map(|cells| against(plan, cells, bound, figure(world, cells), at_least))
    };
    Drawn { toml, check: Box::new(check) }
}

pub fn unit_standard(world: &World, chance: &mut Chance) -> Drawn {
    let wanted = ecosystem(chance);
    let cells = world.select(|cell| cell.ecosystem == wanted);
    let wanted = if cells.is_empty() { 0 } else { wanted };
    let cells = world.select(|cell| cell.ecosystem == wanted);
    let head = format!("kind = \"unit_standard\"\necosystem = \"{}\"", ECOSYSTEMS[wanted].0);
    let at_least = chance.one_in(2);
    let groups = world.groups("cell", &cells);
    measured(
        world,
        chance,
        &head,
        groups,
        at_least,
        |w, c| figures(w, c, |cell| cell.extent),
        |n| format!("\"{n} 元/亩\""),
    )
}

pub fn floor_money(world: &World, chance: &mut Chance) -> Drawn {
    let per = per(chance);
    let groups = world.groups(per, &world.select(|_| true));
    let head = format!("kind = \"floor\"\nper = \"{per}\"");
    measured(world, chance, &head, groups, true, |_, _| 1, |n| format!("\"{} 元\"", &n[..n.len() - 4]))
}

pub fn floor_per_head(world: &World, chance: &mut Chance) -> Drawn {
    let groups = world.groups("area", &world.select(|_| true));
    let head = "kind = \"floor\"\nper = \"area\"";
    let residents = |w: &World, c: &[usize]| w.areas[w.cells[c[0]].area];
    measured(world, chance, head, groups, true, residents, |n| format!("\"{n} 元/人\""))
}

pub fn cap_gep(world: &World, chance: &mut Chance) -> Drawn {
    let per = per(chance);
    let groups = world.groups(per, &world.select(|_| true));
    let head = format!("kind = \"cap\"\nper = \"{per}\"");
    measured(world, chance, &head, groups, false, |w, c| figures(w, c, |cell| cell.gep), |n| format!("{{ gep = {n} }}"))
}

pub fn cap_cost(world: &World, chance: &mut Chance) -> Drawn {
    let per = per(chance);
    let groups = world.groups(per, &world.select(|_| true));
    let head = format!("kind = \"cap\"\nper = \"{per}\"");
    let cost = |w: &World, c: &[usize]| figures(w, c, |cell| cell.protection + cell.opportunity);
    measured(world, chance, &head, groups, false, cost, |n| format!("{{ cost = {n} }}"))
}

pub fn corridor(world: &World, chance: &mut Chance) -> Drawn {
    let per = per(chance);
    let groups = world.groups(per, &world.select(|_| true));
    let last = |w: &World, c: &[usize]| figures(w, c, |cell| cell.last);
    let low = groups.iter().map(|c| floor(world.known(c), last(world, c) * 100)).min().unwrap_or(0);
    let high = groups.iter().map(|c| ceil(world.known(c), last(world, c) * 100)).max().unwrap_or(MILLION);
    let (low, high) = (low * (100 - slack(chance).min(90)) / 100, high * (100 + slack(chance)) / 100 + 1);
    let toml = format!("kind = \"corridor\"\nper = \"{per}\"\nbetween = [{}, {}]", decimal(low), decimal(high));
    let check = move |world: &World, plan: &Plan| {
        groups.iter().find_map(|cells| {
            let figure = last(world, cells);
            against(plan, cells, low, figure, true).or_else(|| against(plan, cells, high, figure, false))
        })
    };
    Drawn { toml, check: Box::new(check) }
}

pub fn share_of_total(world: &World, chance: &mut Chance) -> Drawn {
    let wanted = ecosystem(chance);
    let within = if chance.one_in(2) { "area" } else { "total" };
    // A least share within each area needs an ecosystem that every area has.
    let wanted = if within == "area" || world.cells.iter().all(|cell| cell.ecosystem != wanted) { 0 } else { wanted };
    let groups = world.groups(within, &world.select(|_| true));
    let of = move |world: &World, cells: &[usize]| -> Vec<usize> {
        cells.iter().copied().filter(|cell| world.cells[*cell].ecosystem == wanted).collect()
    };
    let low = groups.iter().map(|c| floor(world.known(&of(world, c)), world.known(c))).min().unwrap_or(0);
    let high = groups.iter().map(|c| ceil(world.known(&of(world, c)), world.known(c))).max().unwrap_or(MILLION);
    let low = low * (100 - slack(chance).min(90)) / 100;
    let high = (high * (100 + slack(chance)) / 100 + 1).min(MILLION);
    let id = ECOSYSTEMS[wanted].0;
    let toml = format!(
        "kind = \"share\"\nof = {{ ecosystem = \"{id}\" }}\nper = \"{within}\"\nbetween = [{}, {}]",
        decimal(low),
        decimal(high)
    );
    let check = move |world: &World, plan: &Plan| {
        groups.iter().find_map(|cells| {
            let (part, whole) = (sum(plan, &of(world, cells)) * MILLION, sum(plan, cells));
            let holds = low * whole <= part && part <= high * whole;
            (!holds).then(|| format!("{part} of {whole} outside {low}..{high}"))
        })
    };
    Drawn { toml, check: Box::new(check) }
}

pub fn share_of_fund(world: &World, chance: &mut Chance) -> Drawn {
    let wanted = world.cells[chance.between(0, world.cells.len() as i128 - 1) as usize].ecosystem;
    let cells = world.select(|cell| cell.ecosystem == wanted);
    let paid: i128 = cells.iter().map(|cell| world.cells[*cell].known[0]).sum();
    let low = floor(paid, world.budget(0)) * (100 - slack(chance).min(90)) / 100;
    let id = ECOSYSTEMS[wanted].0;
    let toml = format!(
        "kind = \"share\"\nof = {{ ecosystem = \"{id}\", fund = \"district\" }}\nin = {{ fund = \"district\" }}\nat_least = {}",
        decimal(low)
    );
    let check = move |_: &World, plan: &Plan| {
        let part: i128 = cells.iter().map(|cell| plan.by_fund[*cell][0]).sum();
        let whole: i128 = plan.by_fund.iter().map(|amounts| amounts[0]).sum();
        (part * MILLION < low * whole).then(|| format!("{part} of {whole} below {low}"))
    };
    Drawn { toml, check: Box::new(check) }
}

pub fn outcome_gate(world: &World, chance: &mut Chance) -> Drawn {
    let below = world.cells[chance.between(0, world.cells.len() as i128 - 1) as usize].outcome + 1;
    let cells = world.select(|cell| cell.outcome < below);
    let groups = world.groups("cell", &cells);
    let most = groups.iter().map(|cell| world.known(cell)).max().unwrap_or(0) * (100 + slack(chance)) / 100;
    let toml = format!("kind = \"outcome_gate\"\nbelow = {below}\nat_most = \"{} 元\"", yuan(most));
    let check = move |_: &World, plan: &Plan| {
        cells.iter().find(|cell| plan.of(**cell) > most).map(|cell| format!("cell {cell} above {most}"))
    };
    Drawn { toml, check: Box::new(check) }
}

pub fn per_head(world: &World, chance: &mut Chance) -> Drawn {
    let groups = world.groups("area", &world.select(|_| true));
    let mut ratio = MILLION;
    for rich in &groups {
        for poor in &groups {
            let heads = |cells: &[usize]| world.areas[world.cells[cells[0]].area];
            ratio = ratio.max(ceil(world.known(rich) * heads(poor), world.known(poor) * heads(rich)));
        }
    }
    let ratio = ratio * (100 + slack(chance)) / 100 + 1;
    let toml = format!("kind = \"per_head\"\nratio_at_most = {}", decimal(ratio));
    let check = move |world: &World, plan: &Plan| {
        for rich in &groups {
            for poor in &groups {
                let heads = |cells: &[usize]| world.areas[world.cells[cells[0]].area];
                let (more, less) = (sum(plan, rich) * heads(poor), sum(plan, poor) * heads(rich));
                if more * MILLION > less * ratio {
                    return Some(format!("{more} against {less} at ratio {ratio}"));
                }
            }
        }
        None
    };
    Drawn { toml, check: Box::new(check) }
}

/// The split is in the record, not in the amounts; `tests/vertical/rules.rs` checks it there.
pub fn channel(_: &World, chance: &mut Chance) -> Drawn {
    let first = chance.between(1, 98);
    let second = chance.between(1, 99 - first);
    let third = 100 - first - second;
    let part = |id: &str, share: i128| format!("{{ id = \"{id}\", share = 0.{share:02} }}");
    let parts = [part("employment", first), part("pension", second), part("benefit", third)].join(", ");
    let per = if chance.one_in(2) { "area" } else { "cell" };
    Drawn { toml: format!("kind = \"channel\"\nper = \"{per}\"\nshares = [{parts}]"), check: Box::new(|_, _| None) }
}

pub fn linear(world: &World, chance: &mut Chance) -> Drawn {
    let one = world.cells[chance.between(0, world.cells.len() as i128 - 1) as usize].ecosystem;
    let area = chance.between(0, world.areas.len() as i128 - 1) as usize;
    let first = world.select(|cell| cell.ecosystem == one);
    let second = world.select(|cell| cell.area == area);
    let times = chance.between(100_000, 3 * MILLION);
    // first − times · second ≥ bound
    let value = world.known(&first) * MILLION - times * world.known(&second);
    let slack = slack(chance) * world.known(&second) / 100;
    let bound = value.div_euclid(MILLION) - slack;
    let sign = if bound < 0 { "-" } else { "" };
    let toml = format!(
        "kind = \"linear\"\nterms = [{{ of = {{ ecosystem = \"{}\" }}, times = 1 }}, {{ of = {{ area = \"{}\" }}, times = -{} }}]\nat_least = \"{sign}{} 元\"",
        ECOSYSTEMS[one].0,
        World::code(area),
        decimal(times),
        yuan(bound.abs())
    );
    let check = move |_: &World, plan: &Plan| {
        let value = sum(plan, &first) * MILLION - times * sum(plan, &second);
        (value < bound * MILLION).then(|| format!("{value} below {bound}"))
    };
    Drawn { toml, check: Box::new(check) }
}

/// Deduction that pays the reward: areas that lose less than they do in the known plan, for areas that win more there.
pub fn deduction(world: &World, chance: &mut Chance) -> Drawn {
    let groups = world.groups("area", &world.select(|_| true));
    let last = |world: &World, cells: &[usize]| figures(world, cells, |cell| cell.last) * 100;
    let (mut losers, mut winners) = (Vec::new(), Vec::new());
    for cells in &groups {
        let gain = world.known(cells) - last(world, cells);
        if gain < 0 && (losers.is_empty() || chance.one_in(2)) {
            losers.push(cells.clone());
        } else if gain > 0 && (winners.is_empty() || chance.one_in(2)) {
            winners.push(cells.clone());
        }
    }
    // No loser loses more, and no winner wins more, than in the known plan.
    let room = losers.iter().map(|cells| floor(last(world, cells) - world.known(cells), last(world, cells))).min();
    let gain = winners.iter().map(|cells| world.known(cells) - last(world, cells)).min().unwrap_or(0);
    let lost: i128 = losers.iter().map(|cells| last(world, cells)).sum();
    let room = if winners.is_empty() || lost == 0 {
        room.unwrap_or(0)
    } else {
        room.unwrap_or(0).min(floor(gain * winners.len() as i128, lost))
    };
    let part = room * (100 - slack(chance).min(90)) / 100;
    let codes = |groups: &[Vec<usize>]| -> String {
        let codes = groups.iter().map(|cells| format!("\"{}\"", World::code(world.cells[cells[0]].area)));
        codes.collect::<Vec<_>>().join(", ")
    };
    let toml = format!(
        "kind = \"deduction\"\nagainst = \"last_year\"\nkey = \"equal\"\ngrades = [{{ id = \"优\", area = [{}], reward = 1 }}, {{ id = \"差\", area = [{}], deduct = {} }}]",
        codes(&winners),
        codes(&losers),
        decimal(part)
    );
    let check = move |world: &World, plan: &Plan| {
        let cut = |cells: &[usize]| last(world, cells) * part / MILLION;
        let pot: i128 = losers.iter().map(|cells| cut(cells)).sum();
        let up = |fen: i128| (fen + world.unit - 1).div_euclid(world.unit) * world.unit;
        let keeps =
            losers.iter().find(|cells| cut(cells) > 0 && sum(plan, cells) > up(last(world, cells) - cut(cells)));
        let reward = pot / (winners.len() as i128).max(1);
        let least = |cells: &[usize]| (last(world, cells) + reward).div_euclid(world.unit) * world.unit;
        let lacks = winners.iter().find(|cells| reward > 0 && sum(plan, cells) < least(cells));
        keeps.or(lacks).map(|cells| format!("cells {cells:?} at pot {pot}"))
    };
    Drawn { toml, check: Box::new(check) }
}
