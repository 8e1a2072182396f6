//! A negotiation as terminal tables, CSV and charts: public, one party's, the mediator's.

use crate::figures::{fixed, percent, separated, six_decimals as figure, wan};
use crate::horizontal::negotiation::{
    CasePart, Cash, Fair, Mediation, OfferPart, OwnCounter, PartyView, Surplus, Terms, Zone,
};
use crate::phrases::{Lang, Phrase, visible};
use crate::report::chart::bars::{Bars, Series, bars};
use crate::report::chart::lines::Mark;
use crate::report::chart::zone::{self, ZoneChart};
use crate::report::csv::{harmless, lines as csv_lines};
use crate::report::table::{Align, Grid};
use crate::units::Money;

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// Enough to close a gap: rounded up.
fn wan_enough(fen: i64) -> String {
    wan(fen.div_euclid(10_000) * 10_000 + if fen.rem_euclid(10_000) > 0 { 10_000 } else { 0 })
}

fn party_name<'a>(case: &'a CasePart, id: &'a str, lang: Lang) -> &'a str {
    case.parties.iter().find(|(known, _)| known == id).map_or(id, |(_, label)| label.get(lang))
}

fn head(case: &CasePart, banner: &str, lang: Lang) -> String {
    let mut text = format!("{}\n{banner}\n", visible(case.name.get(lang)));
    if !case.source.is_empty() {
        text.push_str(&format!("{}\n", Phrase::new("bargain.source").with("source", &case.source).render(lang)));
    }
    if !case.note.get(lang).is_empty() {
        text.push_str(&format!("{}\n", visible(case.note.get(lang))));
    }
    if case.illustrative {
        text.push_str(&format!("{}\n", say(lang, "negotiate.illustrative")));
    }
    text.push('\n');
    text
}

/// What an offer is called: its round, or that it is only tried.
fn offer_name(case: &CasePart, offer: &OfferPart, lang: Lang) -> String {
    match offer.number {
        Some(number) => Phrase::new("negotiate.round")
            .with("number", number.to_string())
            .with("party", party_name(case, &offer.by, lang))
            .render(lang),
        None => say(lang, "negotiate.tried"),
    }
}

fn term(terms: &Terms, issue: &str) -> String {
    terms.get(issue).map_or_else(
        || "—".to_owned(),
        |number| {
            let text = number.to_string();
            if text.contains('/') { text } else { separated(&text) }
        },
    )
}

/// One row an issue, one column an offer.
fn terms_table(case: &CasePart, columns: &[(String, &Terms)], lang: Lang) -> String {
    let mut header = vec![(say(lang, "negotiate.issue"), Align::Left)];
    header.extend(columns.iter().map(|(name, _)| (name.clone(), Align::Right)));
    let mut grid = Grid::new(header);
    for (id, label, unit) in &case.issues {
        let name = if unit.is_empty() { label.get(lang).to_owned() } else { format!("{}({unit})", label.get(lang)) };
        grid.row(std::iter::once(name).chain(columns.iter().map(|(_, terms)| term(terms, id))).collect());
    }
    grid.print("")
}

fn cash_table(case: &CasePart, offers: &[OfferPart], lang: Lang) -> String {
    let codes = ["negotiate.expected_cash", "negotiate.least", "negotiate.most", "negotiate.paying"];
    let mut header = vec![(say(lang, "negotiate.offer"), Align::Left), (say(lang, "bargain.party"), Align::Left)];
    header.extend(codes.iter().map(|code| (say(lang, code), Align::Right)));
    let mut grid = Grid::new(header);
    for (index, offer) in offers.iter().enumerate() {
        if index > 0 {
            grid.rule();
        }
        for cash in &offer.cash {
            grid.row(vec![
                offer_name(case, offer, lang),
                party_name(case, &cash.party, lang).to_owned(),
                wan(cash.expected_fen),
                wan(cash.least_fen),
                wan(cash.most_fen),
                percent(cash.probability_of_paying, 1),
            ]);
        }
    }
    format!("{}\n{}", say(lang, "negotiate.cash"), grid.print(&say(lang, "report.unit_wan")))
}

/// Yearly cash of the last offer.
fn year_table(case: &CasePart, offer: &OfferPart, lang: Lang) -> String {
    let years = offer.cash.iter().map(|cash| cash.years.len()).max().unwrap_or(0);
    if years < 2 {
        return String::new();
    }
    let mut header = vec![(say(lang, "negotiate.year"), Align::Right)];
    for cash in &offer.cash {
        let name = party_name(case, &cash.party, lang);
        header.push((name.to_owned(), Align::Right));
        header.push((say(lang, "negotiate.span"), Align::Right));
    }
    let mut grid = Grid::new(header);
    for year in 0..years {
        let mut row = vec![(year + 1).to_string()];
        for cash in &offer.cash {
            match cash.years.get(year) {
                Some(year) => {
                    row.extend([wan(year.expected_fen), format!("{} … {}", wan(year.least_fen), wan(year.most_fen))])
                }
                None => row.extend(["—".to_owned(), String::new()]),
            }
        }
        grid.row(row);
    }
    let title = Phrase::new("negotiate.yearly").with("offer", offer_name(case, offer, lang)).render(lang);
    format!("{title}\n{}", grid.print(&say(lang, "report.unit_wan")))
}

fn surplus_header(lang: Lang) -> Vec<(String, Align)> {
    [
        ("negotiate.expected", Align::Right),
        ("negotiate.worst", Align::Right),
        ("negotiate.worst_outcome", Align::Left),
        ("negotiate.cvar", Align::Right),
        ("negotiate.value", Align::Right),
        ("negotiate.loss", Align::Right),
        ("negotiate.largest", Align::Right),
        ("negotiate.acceptable", Align::Left),
    ]
    .map(|(code, align)| (say(lang, code), align))
    .to_vec()
}

fn surplus_cells(surplus: &Surplus, lang: Lang) -> Vec<String> {
    let acceptable = match (surplus.acceptable, surplus.within_budget) {
        (true, _) => "negotiate.yes",
        (false, false) => "negotiate.over_budget",
        _ => "negotiate.no",
    };
    vec![
        wan(surplus.expected_fen),
        wan(surplus.worst_fen),
        surplus.worst_outcome.get(lang).to_owned(),
        wan(surplus.cvar_fen),
        wan(surplus.value_fen),
        percent(surplus.probability_of_loss, 1),
        wan(surplus.largest_payment_fen),
        say(lang, acceptable),
    ]
}

fn surplus_table<'a>(case: &CasePart, rows: impl Iterator<Item = (String, &'a [Surplus])>, lang: Lang) -> String {
    let mut header = vec![(say(lang, "negotiate.offer"), Align::Left), (say(lang, "bargain.party"), Align::Left)];
    header.extend(surplus_header(lang));
    let mut grid = Grid::new(header);
    for (name, list) in rows {
        for surplus in list {
            let mut row = vec![name.clone(), party_name(case, &surplus.party, lang).to_owned()];
            row.extend(surplus_cells(surplus, lang));
            grid.row(row);
        }
    }
    format!("{}\n{}", say(lang, "negotiate.surplus"), grid.print(&say(lang, "report.unit_wan")))
}

fn offers(case: &CasePart, offers: &[OfferPart], lang: Lang) -> String {
    let columns: Vec<(String, &Terms)> =
        offers.iter().map(|offer| (offer_name(case, offer, lang), &offer.terms)).collect();
    let mut text = terms_table(case, &columns, lang);
    text.push_str(&format!("\n{}", cash_table(case, offers, lang)));
    if let Some(last) = offers.last() {
        let years = year_table(case, last, lang);
        if !years.is_empty() {
            text.push_str(&format!("\n{years}"));
        }
    }
    if offers.iter().any(|offer| !offer.surplus.is_empty()) {
        let rows = offers.iter().map(|offer| (offer_name(case, offer, lang), offer.surplus.as_slice()));
        text.push_str(&format!("\n{}", surplus_table(case, rows, lang)));
    }
    text
}

/// A party's view, or the public one, as a terminal report.
pub fn party_text(view: &PartyView, lang: Lang) -> String {
    let banner = if view.party.is_empty() {
        say(lang, "negotiate.public_banner")
    } else {
        Phrase::new("negotiate.party_banner").with("party", party_name(&view.case, &view.party, lang)).render(lang)
    };
    let mut text = head(&view.case, &banner, lang);
    text.push_str(&offers(&view.case, &view.offers, lang));
    if let Some(best) = view.best_value_fen {
        let phrase = Phrase::new("negotiate.best").with("value", wan(best));
        text.push_str(&format!("\n{}\n", phrase.render(lang)));
    }
    if !view.counters.is_empty() {
        text.push_str(&format!("\n{}", own_counters(&view.case, &view.counters, lang)));
    }
    for note in &view.notes {
        text.push_str(&format!("! {}\n", note.get(lang)));
    }
    text
}

/// What a counter-offer is called.
fn counter_name(index: usize, lang: Lang) -> String {
    Phrase::new("negotiate.counter").with("number", (index + 1).to_string()).render(lang)
}

fn own_counters(case: &CasePart, counters: &[OwnCounter], lang: Lang) -> String {
    let name = |index: usize| counter_name(index, lang);
    let columns: Vec<(String, &Terms)> =
        counters.iter().enumerate().map(|(index, counter)| (name(index), &counter.terms)).collect();
    let mut text = format!("{}\n{}", say(lang, "negotiate.own_counters"), terms_table(case, &columns, lang));
    let mut header = vec![
        (say(lang, "negotiate.offer"), Align::Left),
        (say(lang, "negotiate.distance"), Align::Right),
        (say(lang, "negotiate.way"), Align::Right),
    ];
    header.extend(surplus_header(lang));
    let mut grid = Grid::new(header);
    for (index, counter) in counters.iter().enumerate() {
        let mut row = vec![name(index), fixed(counter.distance, 4), percent(counter.share_of_way, 1)];
        row.extend(surplus_cells(&counter.surplus, lang));
        grid.row(row);
    }
    text.push_str(&format!("\n{}", grid.print(&say(lang, "report.unit_wan"))));
    text
}

/// The mediator's view as a terminal report.
pub fn mediator_text(view: &Mediation, lang: Lang) -> String {
    let mut text = head(&view.case, &say(lang, "negotiate.mediator_banner"), lang);
    if !view.offers.is_empty() {
        text.push_str(&offers(&view.case, &view.offers, lang));
        text.push('\n');
    }
    text.push_str(&zone_text(view, &view.zone, lang));
    if !view.fair.is_empty() {
        text.push_str(&format!("\n{}", fair_text(view, lang)));
    }
    text.push_str(&better_text(view, lang));
    for note in &view.notes {
        text.push_str(&format!("! {}\n", note.get(lang)));
    }
    text
}

fn zone_text(view: &Mediation, zone: &Zone, lang: Lang) -> String {
    let name = |id: &str| party_name(&view.case, id, lang).to_owned();
    let mut text = String::new();
    if zone.exists {
        let phrase = Phrase::new("negotiate.zone")
            .with("inside", zone.combinations[0].to_string())
            .with("all", zone.looked_at.to_string())
            .with("level", wan(zone.common_level_fen.unwrap_or(0)));
        text.push_str(&format!("{}\n", phrase.render(lang)));
        for part in &zone.issues {
            let known = view.case.issues.iter().find(|(id, _, _)| *id == part.issue);
            let label = known.map_or(part.issue.as_str(), |(_, label, _)| label.get(lang));
            let unit = known.map_or("", |(_, _, unit)| unit.as_str());
            let values = match part.range {
                Some([low, high]) => format!("{} … {}", figure(low), figure(high)),
                None => part.choices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            };
            text.push_str(&format!("  {}: {values} {unit}\n", visible(label)));
        }
        return text;
    }
    if zone.looked_at < zone.combinations[1] {
        return format!("{}\n", no_zone_yet(zone, lang));
    }
    let apart = zone.common_level_fen.map_or_else(|| "—".to_owned(), |level| wan_enough(-level));
    text.push_str(&format!("{}\n", Phrase::new("negotiate.no_zone").with("apart", apart).render(lang)));
    for (party, fall) in view.players.iter().zip(&zone.alone) {
        let phrase = match fall {
            Some(fall) => Phrase::new("negotiate.alone").with("amount", wan_enough(*fall)),
            None => Phrase::new("negotiate.alone_never"),
        };
        text.push_str(&format!("  {}\n", phrase.with("party", name(party)).render(lang)));
    }
    if let Some(party) = &zone.must_move_least {
        text.push_str(&format!("{}\n", Phrase::new("negotiate.moves_least").with("party", name(party)).render(lang)));
    }
    text
}

/// That no zone was found in the combinations that a limit allowed to look at.
fn no_zone_yet(zone: &Zone, lang: Lang) -> String {
    let phrase = Phrase::new("negotiate.no_zone_yet").with("looked_at", zone.looked_at.to_string());
    phrase.with("all", zone.combinations[1].to_string()).render(lang)
}

fn fair_text(view: &Mediation, lang: Lang) -> String {
    let offers: Vec<(String, &Terms)> =
        view.fair.iter().filter_map(|fair| Some((fair.name.get(lang).to_owned(), fair.terms.as_ref()?))).collect();
    let rows = view.fair.iter().map(|fair| (fair.name.get(lang).to_owned(), fair.surplus.as_slice()));
    format!(
        "{}\n{}\n{}",
        say(lang, "negotiate.fair"),
        terms_table(&view.case, &offers, lang),
        surplus_table(&view.case, rows, lang)
    )
}

/// Better deals than the last offer.
fn better_text(view: &Mediation, lang: Lang) -> String {
    let Some(better) = &view.better else { return String::new() };
    if !better.exists {
        return format!("\n{}\n", say(lang, "negotiate.no_better"));
    }
    let phrase = Phrase::new("negotiate.better").with("gain", wan(better.common_gain_fen));
    let mut text = format!("\n{}\n", phrase.render(lang));
    if better.counters.is_empty() {
        text.push_str(&format!("{}\n", say(lang, "negotiate.below_steps")));
        return text;
    }
    let name = |index: usize| counter_name(index, lang);
    let columns: Vec<(String, &Terms)> =
        better.counters.iter().enumerate().map(|(index, counter)| (name(index), &counter.terms)).collect();
    text.push_str(&terms_table(&view.case, &columns, lang));
    let mut header = vec![(say(lang, "negotiate.offer"), Align::Left), (say(lang, "negotiate.distance"), Align::Right)];
    for party in &view.players {
        let phrase = Phrase::new("negotiate.gains").with("party", party_name(&view.case, party, lang));
        header.push((phrase.render(lang), Align::Right));
    }
    let mut grid = Grid::new(header);
    for (index, counter) in better.counters.iter().enumerate() {
        let mut row = vec![name(index), fixed(counter.distance, 4)];
        row.extend(counter.gains_fen.iter().map(|gain| wan(*gain)));
        grid.row(row);
    }
    text.push_str(&format!("\n{}", grid.print(&say(lang, "report.unit_wan"))));
    text
}

/// One line an offer and party; private columns only for the parties whose file was opened.
pub fn csv(case: &CasePart, offers: &[OfferPart], lang: Lang) -> Vec<u8> {
    let codes = [
        "negotiate.offer",
        "negotiate.by",
        "negotiate.at",
        "bargain.party",
        "negotiate.expected_cash",
        "negotiate.least",
        "negotiate.most",
        "negotiate.paying",
        "negotiate.expected",
        "negotiate.worst",
        "negotiate.cvar",
        "negotiate.value",
        "negotiate.acceptable",
    ];
    let mut header: Vec<String> = codes.iter().map(|code| say(lang, code)).collect();
    header.extend(case.issues.iter().map(|(_, label, _)| harmless(label.get(lang))));
    let mut rows = vec![header];
    for offer in offers {
        for Cash { party, expected_fen, least_fen, most_fen, probability_of_paying, .. } in &offer.cash {
            let yuan = |fen: i64| Money::from_fen(fen).yuan();
            let own = offer.surplus.iter().find(|surplus| surplus.party == *party);
            let mut row = vec![
                offer.number.map(|number| number.to_string()).unwrap_or_default(),
                harmless(&offer.by),
                harmless(&offer.at),
                harmless(party_name(case, party, lang)),
                yuan(*expected_fen),
                yuan(*least_fen),
                yuan(*most_fen),
                probability_of_paying.to_string(),
            ];
            row.extend(match own {
                Some(own) => vec![
                    yuan(own.expected_fen),
                    yuan(own.worst_fen),
                    yuan(own.cvar_fen),
                    yuan(own.value_fen),
                    say(lang, if own.acceptable { "negotiate.yes" } else { "negotiate.no" }),
                ],
                None => vec![String::new(); 5],
            });
            row.extend(
                case.issues.iter().map(|(id, _, _)| offer.terms.get(id).map(ToString::to_string).unwrap_or_default()),
            );
            rows.push(row);
        }
    }
    csv_lines(&rows)
}

fn in_wan(fen: i64) -> f64 {
    fen as f64 / 1e6
}

/// Offers as bars: the party's own figures, or in the public view expected cash of every party.
pub fn party_svg(view: &PartyView, lang: Lang) -> String {
    let case = &view.case;
    // The party's own counter-offers stand below the offers, as in the table.
    let counters = (0..view.counters.len()).map(|index| counter_name(index, lang));
    let categories: Vec<String> =
        view.offers.iter().map(|offer| offer_name(case, offer, lang)).chain(counters).collect();
    let own = |of: fn(&Surplus) -> i64| -> Vec<Option<f64>> {
        let offers = view.offers.iter().map(|offer| offer.surplus.first());
        let counters = view.counters.iter().map(|counter| Some(&counter.surplus));
        offers.chain(counters).map(|surplus| surplus.map(|surplus| in_wan(of(surplus)))).collect()
    };
    let series: Vec<(String, Vec<Option<f64>>)> = if view.party.is_empty() {
        let of = |id: &String| -> Vec<Option<f64>> {
            let cash =
                |offer: &OfferPart| offer.cash.iter().find(|cash| cash.party == *id).map(|c| in_wan(c.expected_fen));
            view.offers.iter().map(cash).collect()
        };
        case.parties.iter().map(|(id, label)| (label.get(lang).to_owned(), of(id))).collect()
    } else {
        vec![
            (say(lang, "negotiate.value"), own(|surplus| surplus.value_fen)),
            (say(lang, "negotiate.expected"), own(|surplus| surplus.expected_fen)),
            (say(lang, "negotiate.cvar"), own(|surplus| surplus.cvar_fen)),
            (say(lang, "negotiate.worst"), own(|surplus| surplus.worst_fen)),
        ]
    };
    let code = if view.party.is_empty() { "negotiate.cash" } else { "negotiate.surplus" };
    let series =
        series.into_iter().enumerate().map(|(index, (name, values))| Series { name, values, colour: index }).collect();
    let note = if case.illustrative { say(lang, "report.illustrative_short") } else { String::new() };
    let caption = format!("{} {} {note}", say(lang, code), say(lang, "report.unit_wan"));
    bars(&Bars { title: case.name.get(lang).to_owned(), caption, categories, series })
}

/// Values of two parties with the zone, the frontier, offers and fair points; `None` for more parties.
pub fn mediator_svg(view: &Mediation, lang: Lang) -> Option<String> {
    let [first, second] = view.players.as_slice() else { return None };
    let case = &view.case;
    let axis = |id: &str| {
        let phrase = Phrase::new("negotiate.axis").with("party", party_name(case, id, lang));
        phrase.render(lang)
    };
    let pair = |surplus: &[Surplus]| match surplus {
        [a, b] => Some((in_wan(a.value_fen), in_wan(b.value_fen))),
        _ => None,
    };
    let offers = view
        .offers
        .iter()
        .filter_map(|offer| Some(Mark { at: pair(&offer.surplus)?, text: offer_name(case, offer, lang) }));
    let fair = view.fair.iter().filter_map(|Fair { name, values_fen, .. }| match values_fen.as_slice() {
        [a, b] => Some(Mark { at: (in_wan(*a), in_wan(*b)), text: name.get(lang).to_owned() }),
        _ => None,
    });
    let counters = view.better.iter().flat_map(|better| better.counters.iter().enumerate());
    let counters = counters
        .filter_map(|(index, counter)| Some(Mark { at: pair(&counter.surplus)?, text: counter_name(index, lang) }));
    let caption = if view.zone.exists {
        let note = if case.illustrative { say(lang, "report.illustrative_short") } else { String::new() };
        format!("{}{note}", say(lang, "negotiate.mediator_banner"))
    } else if view.zone.looked_at < view.zone.combinations[1] {
        no_zone_yet(&view.zone, lang)
    } else {
        let apart = wan_enough(-view.zone.common_level_fen.unwrap_or(0));
        Phrase::new("negotiate.no_zone").with("apart", apart).render(lang)
    };
    Some(zone::svg(&ZoneChart {
        title: case.name.get(lang).to_owned(),
        caption,
        x: axis(first),
        y: axis(second),
        origin: (0.0, 0.0),
        frontier: view.frontier.iter().map(|[x, y]| (in_wan(*x), in_wan(*y))).collect(),
        zone: say(lang, "negotiate.zone_short"),
        offers: offers.collect(),
        fair: fair.collect(),
        counters: counters.collect(),
    }))
}
