//! Supply, benefit and payment as terminal tables, CSV and chart.

use crate::adding;
use crate::figures::{self, wan, yuan};
use crate::horizontal::payment::{Answer, Deal, Impasse, Objective, StagePart, Status};
use crate::phrases::{Lang, Phrase, Text, visible};
use crate::report::chart::bars::{Bars, Series, bars};
use crate::report::csv::{harmless, lines as csv_lines};
use crate::report::table::{Align, Grid};
use crate::rules::naming::unit_text;
use crate::units::{Decimal, Money, group_thousands};

/// So many rows of a table are printed.
const ROWS: usize = 60;

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// Decimal text in 万元 as a table shows it.
fn shown(text: &str) -> String {
    let money = Decimal::parse(text).and_then(|number| Money::of(number, "万元"));
    money.map_or_else(|_| text.to_owned(), |money| money.wan(2))
}

fn columns(lang: Lang, left: &[&'static str], right: &[&'static str]) -> Grid {
    let left = left.iter().map(|code| (say(lang, code), Align::Left));
    Grid::new(left.chain(right.iter().map(|code| (say(lang, code), Align::Right))))
}

fn titled(lang: Lang, code: &'static str, body: &str) -> String {
    format!("{}\n{body}", say(lang, code))
}

/// What was left out of a table.
fn more(lang: Lang, rows: usize) -> String {
    match rows.checked_sub(ROWS) {
        Some(count) if count > 0 => {
            format!("{}\n", Phrase::new("payment.more_rows").with("count", count.to_string()).render(lang))
        }
        _ => String::new(),
    }
}

/// The answer as a terminal report.
pub fn text(answer: &Answer, lang: Lang) -> String {
    let mut parts = vec![head(answer, lang), positions(answer, lang), cells(answer, lang)];
    match (&answer.deal, &answer.impasse) {
        (Some(deal), _) => {
            parts.push(payments(deal, lang));
            parts.push(parties(deal, lang));
            parts.push(conditions(deal, lang));
            parts.push(stages(deal, lang));
            parts.push(why(deal, lang));
        }
        (None, Some(impasse)) => parts.push(no_deal(answer, impasse, lang)),
        (None, None) => {}
    }
    if !answer.remarks.is_empty() {
        let remarks: String = answer.remarks.iter().map(|remark| format!("· {}\n", remark.get(lang))).collect();
        parts.push(titled(lang, "payment.head_remarks", &remarks));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn head(answer: &Answer, lang: Lang) -> String {
    let mut text = format!("{}\n", visible(answer.name.get(lang)));
    if !answer.basis.is_empty() {
        text.push_str(&Phrase::new("report.basis").with("basis", &answer.basis).render(lang));
        text.push('\n');
    }
    if answer.illustrative {
        text.push_str(&say(lang, "report.illustrative"));
        text.push('\n');
    }
    text
}

fn name(lang: Lang, name: &str, superior: bool) -> String {
    if superior { Phrase::new("payment.superior_mark").with("party", name).render(lang) } else { name.to_owned() }
}

fn positions(answer: &Answer, lang: Lang) -> String {
    let figures = ["payment.gep", "payment.supplied", "payment.received_value", "payment.net", "payment.internal"];
    let mut grid = columns(lang, &["payment.party"], &figures);
    for part in answer.positions.iter().take(ROWS) {
        let figures = [&part.gep_wan, &part.supplied_wan, &part.received_wan, &part.net_wan, &part.internal_wan];
        let name = name(lang, &part.name, part.superior);
        grid.row(std::iter::once(name).chain(figures.map(|text| shown(text))).collect());
    }
    let table = grid.print(&say(lang, "payment.unit_wan"));
    titled(lang, "payment.head_positions", &format!("{table}{}", more(lang, answer.positions.len())))
}

fn cells(answer: &Answer, lang: Lang) -> String {
    let figures = ["payment.gep", "payment.flows_out", "payment.retained", "payment.flows_in"];
    let mut grid = columns(lang, &["payment.area", "payment.service"], &figures);
    for part in answer.cells.iter().take(ROWS) {
        let mut row = vec![part.area_name.clone(), part.service_name.get(lang).to_owned()];
        let figures = [&part.gep_wan, &part.supplied_wan, &part.retained_wan, &part.received_wan];
        row.extend(figures.map(|text| shown(text)));
        grid.row(row);
    }
    let table = grid.print(&say(lang, "payment.unit_wan"));
    titled(lang, "payment.head_cells", &format!("{table}{}", more(lang, answer.cells.len())))
}

fn percent(amount: i64, value: Option<i64>) -> String {
    match value {
        Some(value) if value > 0 => figures::percent(amount as f64 / value as f64, 1),
        _ => "—".to_owned(),
    }
}

fn payments(deal: &Deal, lang: Lang) -> String {
    let figures = ["payment.amount", "payment.value", "payment.part"];
    let mut grid = columns(lang, &["payment.payer", "payment.recipient"], &figures);
    let exact: Vec<i64> = deal.payments.iter().map(|part| part.amount_fen).collect();
    for (part, shown) in deal.payments.iter().zip(adding::parts(&exact)).take(ROWS) {
        let value = part.value_fen.map_or_else(|| "—".to_owned(), wan);
        let percent = percent(part.amount_fen, part.value_fen);
        grid.row(vec![part.payer_name.clone(), part.recipient_name.clone(), wan(shown), value, percent]);
    }
    grid.rule();
    grid.row(vec![say(lang, "payment.all"), String::new(), wan(deal.total_fen), String::new(), String::new()]);
    let table = grid.print(&say(lang, "payment.unit_wan"));
    titled(lang, "payment.head_payments", &format!("{table}{}", more(lang, deal.payments.len())))
}

fn parties(deal: &Deal, lang: Lang) -> String {
    let figures = [
        "payment.received",
        "payment.paid",
        "payment.cost",
        "payment.benefit",
        "payment.surplus",
        "payment.relative",
        "payment.share_amount",
    ];
    let mut grid = columns(lang, &["payment.party"], &figures);
    for part in deal.parties.iter().take(ROWS) {
        let dash = || "—".to_owned();
        grid.row(vec![
            name(lang, &part.name, part.superior),
            wan(part.received_fen),
            wan(part.paid_fen),
            wan(part.cost_fen),
            wan(part.benefit_fen),
            part.surplus_fen.map_or_else(dash, wan),
            part.relative.map_or_else(dash, |value| figures::percent(value, 2)),
            part.share_fen.map_or_else(dash, wan),
        ]);
    }
    let table = grid.print(&say(lang, "payment.unit_wan"));
    titled(lang, "payment.head_parties", &format!("{table}{}", more(lang, deal.parties.len())))
}

fn price_name(objective: Objective, lang: Lang) -> String {
    say(
        lang,
        match objective {
            Objective::MaxMinSurplus => "payment.price_of_surplus",
            Objective::LeastTopUp => "payment.price_of_top_up",
            Objective::ShareDeviation => "payment.price_of_shares",
            Objective::FewestPayments | Objective::LeastPayments => "payment.price_of_payments",
        },
    )
}

fn conditions(deal: &Deal, lang: Lang) -> String {
    let binding: Vec<_> = deal.conditions.iter().filter(|part| part.binding || !part.prices.is_empty()).collect();
    if binding.is_empty() {
        return titled(lang, "payment.head_conditions", &format!("{}\n", say(lang, "payment.none_binds")));
    }
    let mut grid = columns(lang, &["payment.condition", "payment.price"], &[]);
    for part in binding.iter().take(ROWS) {
        let prices = part.prices.iter();
        let prices = prices.map(|price| format!("{} {:.4}", price_name(price.objective, lang), price.per_yuan));
        let prices = prices.collect::<Vec<_>>().join("; ");
        grid.row(vec![part.sentence.get(lang).to_owned(), if prices.is_empty() { "—".to_owned() } else { prices }]);
    }
    titled(lang, "payment.head_conditions", &format!("{}{}", grid.print(""), more(lang, binding.len())))
}

fn stages(deal: &Deal, lang: Lang) -> String {
    if deal.stages.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for (index, stage) in deal.stages.iter().enumerate() {
        text.push_str(&format!("{}. {}\n", index + 1, stage.sentence.get(lang)));
        text.push_str(&fewest(stage, lang));
    }
    let residuals = deal.stages.iter().map(|stage| stage.certificate);
    let residual = residuals.map(|c| c.primal_residual.max(c.dual_residual).max(c.gap)).fold(0.0, f64::max);
    let proved = Phrase::new("payment.proved")
        .with("columns", group_thousands(deal.columns as u64))
        .with("rows", group_thousands(deal.rows as u64))
        .with("residual", format!("{residual:.1e}"))
        .with("shift", format!("{:.2}", deal.rounding_fen));
    text.push_str(&format!("{}\n", proved.render(lang)));
    titled(lang, "payment.head_stages", &text)
}

fn fewest(stage: &StagePart, lang: Lang) -> String {
    let Some(least) = stage.at_least else { return String::new() };
    let count = stage.value.round().max(0.0) as usize;
    let code = if count <= least { "payment.fewest_proved" } else { "payment.fewest_open" };
    let phrase = Phrase::new(code).with("payments", count.to_string()).with("least", least.to_string());
    format!("   {}\n", phrase.render(lang))
}

fn why(deal: &Deal, lang: Lang) -> String {
    let lines = deal.payments.iter().take(ROWS).map(|part| {
        let who = format!("{} → {}", visible(&part.payer_name), visible(&part.recipient_name));
        format!("· {who} {}: {}\n", wan(part.amount_fen), part.why.get(lang))
    });
    let body: String = lines.collect();
    if body.is_empty() {
        body
    } else {
        titled(lang, "payment.head_why", &format!("{body}{}", more(lang, deal.payments.len())))
    }
}

fn no_deal(answer: &Answer, impasse: &Impasse, lang: Lang) -> String {
    let mut text = format!("{}\n", say(lang, "payment.no_deal"));
    let name_of = |id: &str| {
        let part = answer.positions.iter().find(|part| part.party == id);
        part.map_or_else(|| id.to_owned(), |part| part.name.clone())
    };
    for (index, conflict) in impasse.conflicts.iter().enumerate() {
        let title = Phrase::new("payment.conflict").with("number", (index + 1).to_string());
        let mut grid = columns(lang, &["payment.condition"], &["payment.move"]);
        for member in &conflict.members {
            let by = member.move_fen.map_or_else(|| say(lang, unmoved(member.kind, impasse.complete)), yuan);
            grid.row(vec![member.sentence.get(lang).to_owned(), by]);
        }
        text.push_str(&format!("{}\n{}", title.render(lang), grid.print("")));
    }
    let moved = impasse.conflicts.iter().flat_map(|conflict| &conflict.members).any(|member| member.move_fen.is_some());
    if moved {
        let code = if impasse.conflicts.len() > 1 { "payment.move_of_several" } else { "payment.move_of_one" };
        text.push_str(&format!("{}\n", say(lang, code)));
    }
    if !impasse.concessions.is_empty() {
        text.push_str(&format!("{}\n", say(lang, "payment.concessions")));
        for part in impasse.concessions.iter().take(ROWS) {
            text.push_str(&format!("· {}\n", part.sentence.get(lang)));
        }
        text.push_str(&more(lang, impasse.concessions.len()));
    }
    if let Some(tolerance) = &impasse.tolerance {
        let phrase = Phrase::new("payment.wider_tolerance").with("tolerance", tolerance);
        text.push_str(&format!("{}\n", phrase.render(lang)));
    }
    if !impasse.unpayable.is_empty() {
        let names: Vec<String> = impasse.unpayable.iter().map(|id| name_of(id)).collect();
        let phrase = Phrase::new("payment.unpayable").with("parties", names.join(", "));
        text.push_str(&format!("{}\n", phrase.render(lang)));
    }
    match impasse.top_up_fen {
        Some(fen) => {
            let has_superior = answer.positions.iter().any(|part| part.superior);
            let code = if has_superior { "payment.top_up_more" } else { "payment.top_up" };
            let phrase = Phrase::new(code).with("amount", Money::from_fen(fen));
            text.push_str(&format!("{}\n", phrase.render(lang)));
            for part in impasse.top_ups.iter().take(ROWS) {
                text.push_str(&format!(
                    "· {} {}\n",
                    visible(&part.name),
                    Text::from(Money::from_fen(part.amount_fen)).get(lang)
                ));
            }
            text.push_str(&more(lang, impasse.top_ups.len()));
        }
        None if impasse.complete => text.push_str(&format!("{}\n", say(lang, "payment.no_top_up"))),
        None => {}
    }
    if !impasse.complete {
        text.push_str(&format!("{}\n", say(lang, "payment.impasse_limit")));
    }
    text
}

/// What stands beside a condition that does not move alone.
fn unmoved(kind: &str, complete: bool) -> &'static str {
    match kind {
        "ceiling" | "benefit" | "pair_value" => "payment.of_value",
        "share_low" | "share_high" => "payment.of_tolerance",
        _ if complete => "payment.not_alone",
        _ => "payment.not_looked",
    }
}

/// What a figure taken from the answer must carry along: that it is made up, that a limit cut it short, whom later objectives
/// brought down.
fn notes(answer: &Answer, lang: Lang) -> String {
    let made_up = answer.illustrative.then(|| say(lang, "report.illustrative"));
    let limited = [answer.deal.as_ref().map(|deal| deal.complete), answer.impasse.as_ref().map(|none| none.complete)];
    let limited = limited.contains(&Some(false)).then(|| say(lang, "payment.cut_short"));
    let stuck = answer.deal.as_ref().and_then(|deal| deal.stuck.as_ref()).map(|stuck| stuck.get(lang).to_owned());
    made_up.into_iter().chain(limited).chain(stuck).collect::<Vec<_>>().join(" · ")
}

/// The deal as CSV, one line a payment, amounts in 元; without a deal one line a party with its position, in 万元.
pub fn csv(answer: &Answer, lang: Lang) -> Vec<u8> {
    let note = notes(answer, lang);
    let mut rows = Vec::new();
    let mut header = |codes: &[&'static str], unit: &str, figures: usize| {
        let mut header: Vec<String> = codes.iter().map(|code| say(lang, code)).collect();
        let from = header.len() - figures;
        header.iter_mut().skip(from).for_each(|text| text.push_str(&format!("({})", unit_text(unit).get(lang))));
        if !note.is_empty() {
            header.push(say(lang, "report.note"));
        }
        rows.push(header);
    };
    let with_note = |mut row: Vec<String>| {
        if !note.is_empty() {
            row.push(harmless(&note));
        }
        row
    };
    if let Some(deal) = &answer.deal {
        header(&["payment.payer", "payment.recipient", "payment.amount", "payment.value"], "元", 2);
        for part in &deal.payments {
            let value = part.value_fen.map(|fen| Money::from_fen(fen).yuan()).unwrap_or_default();
            let amount = Money::from_fen(part.amount_fen).yuan();
            rows.push(with_note(vec![harmless(&part.payer_name), harmless(&part.recipient_name), amount, value]));
        }
    } else {
        let codes = ["payment.party", "payment.gep", "payment.supplied", "payment.received_value", "payment.net"];
        header(&codes, "万元", 4);
        for part in &answer.positions {
            let figures = [&part.gep_wan, &part.supplied_wan, &part.received_wan, &part.net_wan].map(String::clone);
            rows.push(with_note(std::iter::once(harmless(&part.name)).chain(figures).collect()));
        }
    }
    csv_lines(&rows)
}

/// Phrase code of a series and its values.
type NamedValues = (&'static str, Vec<Option<f64>>);

/// Receipts and payments (without a deal: value supplied and received) of each party as bars, in 万元.
pub fn svg(answer: &Answer, lang: Lang) -> String {
    let in_wan = |fen: i64| Some(Money::from_fen(fen).to_wan());
    let parsed = |text: &String| text.parse::<f64>().ok();
    let (categories, series): (Vec<String>, Vec<NamedValues>) = match &answer.deal {
        Some(deal) => {
            let parts: Vec<_> = deal.parties.iter().take(ROWS).collect();
            let names = parts.iter().map(|part| part.name.clone()).collect();
            let received = parts.iter().map(|part| in_wan(part.received_fen)).collect();
            let paid = parts.iter().map(|part| in_wan(-part.paid_fen)).collect();
            let surplus = parts.iter().map(|part| part.surplus_fen.and_then(in_wan)).collect();
            let series = vec![("payment.received", received), ("payment.paid", paid), ("payment.surplus", surplus)];
            (names, series)
        }
        None => {
            let parts: Vec<_> = answer.positions.iter().take(ROWS).collect();
            let names = parts.iter().map(|part| part.name.clone()).collect();
            let supplied = parts.iter().map(|part| parsed(&part.supplied_wan)).collect();
            let received = parts.iter().map(|part| parsed(&part.received_wan)).collect();
            (names, vec![("payment.supplied", supplied), ("payment.received_value", received)])
        }
    };
    let mut caption = say(lang, "payment.unit_wan");
    let notes = notes(answer, lang);
    if !notes.is_empty() {
        caption.push_str(&format!(" · {notes}"));
    }
    if answer.status == Status::Infeasible {
        caption.push_str(&format!(" · {}", say(lang, "payment.no_deal")));
    }
    let title = Phrase::new("payment.chart_title").with("name", answer.name.clone()).render(lang);
    let series = series.into_iter().enumerate();
    let series = series.map(|(colour, (code, values))| Series { name: say(lang, code), values, colour }).collect();
    bars(&Bars { title, caption, categories, series })
}
