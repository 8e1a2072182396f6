//! A memo of one page (请示) and, behind it, the annex and an account of the allocation (说明), as pages.

use crate::figures::{signed_percent, wan};
use crate::phrases::{Lang, Phrase, Text};
use crate::record::{Record, TotalPart};
use crate::report::annex::{annex, notes};
use crate::report::pages::{Block, ChartPart, Pages, SeriesPart, TablePart};
use crate::report::paper::Paper;
use crate::report::table::{
    change_texts, coverage_text, file_lines, method_code, rounding_lines, run_line, stage_line,
};
use crate::units::Money;

fn text(code: &'static str) -> Text {
    Phrase::new(code).text()
}

/// Money in words: in Chinese in 万元 where two decimals say it exactly, as official documents have it.
fn money(fen: i64) -> Text {
    let exact: Text = Money::from_fen(fen).into();
    if fen % WHOLE != 0 {
        return exact;
    }
    let number = wan(fen);
    let short = number.trim_end_matches('0').trim_end_matches('.');
    Text { zh: Phrase::new("report.in_wan").with("number", short).render(Lang::Zh), ..exact }
}

/// 分 in a hundredth of a 万元.
const WHOLE: i64 = 10_000;

fn both(make: impl Fn(Lang) -> String) -> Text {
    Text { zh: make(Lang::Zh), en: make(Lang::En) }
}

/// The memo of a run; `before` is the run without its changes, where it has any.
pub fn memo(record: &Record, before: Option<&Record>, paper: &Paper) -> Pages {
    let title = Phrase::new("memo.title").with("name", record.model.name.clone()).text();
    let mut blocks = request(record, before, paper, &title);
    blocks.push(Block::NewPage);
    blocks.extend(table(record, paper));
    blocks.push(Block::NewPage);
    blocks.extend(account(record, before));
    Pages { title, run: record.hash.clone(), blocks }
}

/// The first page.
fn request(record: &Record, before: Option<&Record>, paper: &Paper, title: &Text) -> Vec<Block> {
    let named = |name: Option<&str>, room: &'static str| name.map_or_else(|| text(room), Text::same);
    let to = Phrase::new("memo.to").with("to", named(paper.to.as_deref(), "memo.to_blank")).text();
    let mut blocks = vec![Block::Title { text: title.clone() }, Block::Addressed { text: to }];
    if record.dataset.illustrative {
        blocks.push(Block::Warning { text: text("report.illustrative") });
    }
    let opening = if record.model.basis.is_empty() { "memo.opening" } else { "memo.opening_basis" };
    let opening = Phrase::new(opening).with("basis", &record.model.basis).with("name", record.model.name.clone());
    let mut words = vec![opening.text(), money_sentence(record), result_sentence(record)];
    words.extend(change_sentence(record));
    if let Some(before) = before {
        let moved = moved(record, before);
        let phrase = Phrase::new("memo.changed").with("count", record.changes.len().to_string());
        words.push(phrase.with("moved", money(moved)).text());
    }
    words.push(proof_sentence(record));
    blocks.extend(words.into_iter().map(|text| Block::Paragraph { text }));
    blocks.push(Block::Paragraph { text: text("memo.please") });
    let name = both(|lang| paper.title_of(record, lang));
    blocks.push(Block::Paragraph { text: Phrase::new("memo.annexes").with("annex", name).text() });
    blocks.push(Block::Signed { text: named(paper.office.as_deref(), "memo.office_blank") });
    blocks.push(Block::Signed { text: both(|lang| paper.date_line(lang).trim_end().to_owned()) });
    blocks
}

fn money_sentence(record: &Record) -> Text {
    let amount: i64 = record.funds.iter().map(|fund| fund.amount_fen).sum();
    let spent: i64 = record.funds.iter().map(|fund| fund.spent_fen).sum();
    let fund = |fund: &crate::record::FundPart| {
        let phrase = Phrase::new("memo.fund").with("fund", fund.label.clone());
        phrase.with("amount", money(fund.amount_fen)).text()
    };
    let funds: Vec<Text> = record.funds.iter().map(fund).collect();
    let code = if amount == spent { "memo.money" } else { "memo.money_left" };
    let phrase = Phrase::new(code).with("amount", money(amount)).with("spent", money(spent));
    phrase.with("left", money(amount - spent)).with("funds", Text::joined(&funds, "、", ", ")).text()
}

fn result_sentence(record: &Record) -> Text {
    let covered = || record.areas.iter().filter_map(|area| Some((area, area.coverage?)));
    let least = covered().min_by(|one, other| one.1.total_cmp(&other.1));
    let most = covered().max_by(|one, other| one.1.total_cmp(&other.1));
    let phrase = Phrase::new("memo.result")
        .with("count", record.areas.len().to_string())
        .with("label", record.model.area_label.clone())
        .with("pool", money(record.entitlement.pool_fen));
    let (Some((poor, low)), Some((rich, high))) = (least, most) else { return phrase.text() };
    let range = Phrase::new("memo.coverage")
        .with("least", coverage_text(Some(low)))
        .with("poor", poor.name.clone())
        .with("most", coverage_text(Some(high)))
        .with("rich", rich.name.clone());
    phrase.followed_by(range).text()
}

/// Against last year, where it is known.
fn change_sentence(record: &Record) -> Option<Text> {
    let (last, change) = (record.total.last_year_fen?, record.total.change?);
    let more = record.areas.iter().filter(|area| area.change.is_some_and(|change| change > 0.0)).count();
    let less = record.areas.iter().filter(|area| area.change.is_some_and(|change| change < 0.0)).count();
    let phrase = Phrase::new("memo.last_year").with("last", money(last)).with("change", signed_percent(change, 1));
    let phrase = phrase.with("label", record.model.area_label.clone());
    Some(phrase.with("more", more.to_string()).with("less", less.to_string()).text())
}

fn proof_sentence(record: &Record) -> Text {
    let hard = record.rules.iter().filter(|rule| rule.hard && rule.kind != "fund").count();
    let soft: Vec<_> = record.rules.iter().filter(|rule| !rule.hard).collect();
    let missed = soft.iter().filter(|rule| !rule.holds).count();
    let code = match (soft.is_empty(), missed) {
        (true, _) => "memo.proof",
        (false, 0) => "memo.proof_soft_all",
        (false, _) => "memo.proof_soft",
    };
    let phrase = Phrase::new(code).with("hard", hard.to_string()).with("soft", soft.len().to_string());
    phrase.with("missed", missed.to_string()).text()
}

/// What areas that gain receive more than before.
fn moved(record: &Record, before: &Record) -> i64 {
    let known = |code: &str| before.areas.iter().find(|area| area.code == code).map_or(0, |area| area.amount_fen);
    record.areas.iter().map(|area| (area.amount_fen - known(&area.code)).max(0)).sum()
}

/// 附件1: the table that is sent.
fn table(record: &Record, paper: &Paper) -> Vec<Block> {
    let annex = annex(record, paper.unit_of(record));
    let title = both(|lang| paper.title_of(record, lang));
    let mut header = vec![text("paper.number"), record.model.area_label.clone()];
    header.extend(annex.headers().into_iter().map(|(group, name)| match group {
        Some(group) => both(|lang| format!("{}\n{}", group.get(lang), name.get(lang))),
        None => name,
    }));
    let figure = |fen: &Option<i64>| fen.map_or_else(|| Text::same(""), |fen| Text::same(annex.unit.text(fen)));
    let row = |(number, area): (usize, &crate::report::annex::Row)| {
        let head = [Text::same((number + 1).to_string()), area.name.clone()];
        head.into_iter().chain(annex.figures(area).iter().map(figure)).collect()
    };
    let mut rows: Vec<Vec<Text>> = annex.rows.iter().enumerate().map(row).collect();
    let total = [Text::same(""), text("report.total")];
    rows.push(total.into_iter().chain(annex.totals().iter().map(figure)).collect());
    let caption = both(|lang| annex.unit.line(lang));
    let mut blocks = vec![
        Block::Annex { text: text("paper.annex") },
        Block::Title { text: title },
        Block::Table(TablePart { caption, header, words: 2, rows, has_total: true }),
    ];
    let (zh, en) = (notes(record, Lang::Zh), notes(record, Lang::En));
    blocks.extend(zh.into_iter().zip(en).map(|(zh, en)| Block::Paragraph { text: Text { zh, en } }));
    blocks
}

/// 附件2: how the amounts came about.
fn account(record: &Record, before: Option<&Record>) -> Vec<Block> {
    let mut blocks = vec![Block::Annex { text: text("memo.annex_two") }, Block::Title { text: text("memo.account") }];
    let heading = |blocks: &mut Vec<Block>, code| blocks.push(Block::Heading { text: text(code) });
    heading(&mut blocks, "memo.head_entitlement");
    blocks.extend(entitlement(record).into_iter().map(|text| Block::Paragraph { text }));
    heading(&mut blocks, "memo.head_rules");
    blocks.push(Block::Table(rules(record)));
    heading(&mut blocks, "memo.head_result");
    blocks.push(Block::Table(areas(record)));
    blocks.push(Block::Chart(amounts_chart(record)));
    blocks.push(Block::Chart(coverage_chart(record)));
    if let Some(before) = before {
        heading(&mut blocks, "memo.head_changes");
        let changes = change_texts(&record.changes);
        blocks.extend(changes.into_iter().map(|text| Block::Paragraph { text }));
        blocks.push(Block::Table(compared(record, before)));
    }
    if !record.warnings.is_empty() {
        heading(&mut blocks, "memo.head_warnings");
        blocks.extend(record.warnings.iter().map(|warning| Block::Paragraph { text: warning.clone() }));
    }
    heading(&mut blocks, "memo.head_audit");
    blocks.extend(audit(record).into_iter().map(|text| Block::Paragraph { text }));
    blocks
}

fn entitlement(record: &Record) -> Vec<Text> {
    let part = &record.entitlement;
    let method = method_code(part);
    let weight =
        |factor: &crate::record::FactorWeight| both(|lang| format!("{} {}", factor.label.get(lang), factor.weight));
    let weights: Vec<Text> = part.factors.iter().map(weight).collect();
    let weights = Phrase::new("memo.entitlement")
        .with("pool", money(part.pool_fen))
        .with("weights", Text::joined(&weights, "、", ", "))
        .with_phrase("method", &Phrase::new(method));
    let mut texts = vec![weights.text()];
    if let Some(outcome) = &part.outcome {
        let point = |point: &crate::record::OutcomePoint| {
            Phrase::new("memo.point").with("score", &point.score).with("multiplier", &point.multiplier).text()
        };
        let points: Vec<Text> = outcome.points.iter().map(point).collect();
        let phrase = Phrase::new("memo.outcome").with("indicator", outcome.label.clone());
        texts.push(phrase.with("points", Text::joined(&points, "、", ", ")).text());
    }
    texts
}

fn rules(record: &Record) -> TablePart {
    let row = |rule: &crate::record::RulePart| {
        let holds = if rule.holds { "report.yes" } else { "memo.missed" };
        let kind = if rule.hard { "report.hard" } else { "report.soft" };
        vec![rule.label.clone(), rule.sentence.clone(), Text::same(&rule.basis), text(kind), text(holds)]
    };
    let header = ["report.rule", "report.sentence", "report.law", "report.kind", "report.holds"];
    TablePart {
        caption: Text::same(""),
        header: header.map(text).to_vec(),
        words: 5,
        rows: record.rules.iter().map(row).collect(),
        has_total: false,
    }
}

fn dash(value: Option<String>) -> Text {
    Text::same(value.unwrap_or_else(|| "—".to_owned()))
}

fn areas(record: &Record) -> TablePart {
    let yuan = |fen: i64| crate::figures::yuan(fen);
    let row = |part: &TotalPart| {
        vec![
            part.name.clone(),
            Text::same(yuan(part.entitlement_fen)),
            Text::same(yuan(part.amount_fen)),
            dash(part.coverage.map(|coverage| coverage_text(Some(coverage)))),
            dash(part.last_year_fen.map(yuan)),
            dash(part.change.map(|change| signed_percent(change, 1))),
        ]
    };
    let header = ["report.entitlement", "report.amount", "report.coverage", "report.last_year", "report.change"];
    TablePart {
        caption: text("report.unit_yuan"),
        header: [record.model.area_label.clone()].into_iter().chain(header.map(text)).collect(),
        words: 1,
        rows: record.areas.iter().chain([&record.total]).map(row).collect(),
        has_total: true,
    }
}

/// So many areas stand in a chart, the largest amounts first; the table has all.
const SHOWN: usize = 24;

fn largest(record: &Record) -> Vec<&TotalPart> {
    let mut areas: Vec<&TotalPart> = record.areas.iter().collect();
    if areas.len() > SHOWN {
        areas.sort_by(|one, other| other.amount_fen.cmp(&one.amount_fen).then_with(|| one.code.cmp(&other.code)));
        areas.truncate(SHOWN);
    }
    areas
}

fn chart(record: &Record, (title, caption): (&'static str, &'static str), series: Vec<SeriesPart>) -> ChartPart {
    let areas = largest(record);
    let left_out = record.areas.len() - areas.len();
    let caption = match left_out {
        0 => text(caption),
        left_out => {
            let more = Phrase::new("memo.largest").with("shown", areas.len().to_string());
            Phrase::new(caption).followed_by(more.with("left", left_out.to_string())).text()
        }
    };
    ChartPart { title: text(title), caption, categories: areas.iter().map(|area| area.name.clone()).collect(), series }
}

/// Amounts beside last year's.
fn amounts_chart(record: &Record) -> ChartPart {
    let wan = |fen: i64| Money::from_fen(fen).to_wan();
    let areas = largest(record);
    let amounts = areas.iter().map(|area| Some(wan(area.amount_fen))).collect();
    let last: Vec<Option<f64>> = areas.iter().map(|area| area.last_year_fen.map(wan)).collect();
    let mut series = vec![SeriesPart { name: text("memo.this_year"), values: amounts }];
    if last.iter().any(Option::is_some) {
        series.insert(0, SeriesPart { name: text("report.last_year"), values: last });
    }
    chart(record, ("memo.chart_amounts", "report.unit_wan"), series)
}

fn coverage_chart(record: &Record) -> ChartPart {
    let values = largest(record).iter().map(|area| area.coverage).collect();
    let series = vec![SeriesPart { name: text("report.coverage"), values }];
    chart(record, ("memo.chart_coverage", "memo.coverage_unit"), series)
}

fn compared(record: &Record, before: &Record) -> TablePart {
    let known = |code: &str| before.areas.iter().find(|area| area.code == code).map_or(0, |area| area.amount_fen);
    let row = |name: &Text, now: i64, before: i64| {
        let by = now - before;
        let sign = if by > 0 { "+" } else { "" };
        let share = if before > 0 { signed_percent(by as f64 / before as f64, 1) } else { "—".to_owned() };
        let figures = [crate::figures::yuan(before), crate::figures::yuan(now)];
        let changes = [format!("{sign}{}", crate::figures::yuan(by)), share];
        [name.clone()].into_iter().chain(figures.into_iter().chain(changes).map(Text::from)).collect()
    };
    let mut rows: Vec<Vec<Text>> =
        record.areas.iter().map(|area| row(&area.name, area.amount_fen, known(&area.code))).collect();
    rows.push(row(&record.total.name, record.total.amount_fen, before.total.amount_fen));
    let header = ["memo.before", "memo.after", "memo.difference", "report.change"];
    TablePart {
        caption: text("report.unit_yuan"),
        header: [record.model.area_label.clone()].into_iter().chain(header.map(text)).collect(),
        words: 1,
        rows,
        has_total: true,
    }
}

fn audit(record: &Record) -> Vec<Text> {
    let mut texts: Vec<Text> = record.stages.iter().map(|stage| stage_line(stage).text()).collect();
    texts.extend(rounding_lines(record).iter().map(Phrase::text));
    texts.extend(file_lines(record).iter().map(Phrase::text));
    texts.push(run_line(record).text());
    texts
}
