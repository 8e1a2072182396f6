//! Random accounts against an evaluator of its own, and against themselves in another order.

use std::collections::BTreeMap;

use ecocomp::accounting::book::Book;
use ecocomp::accounting::compare::compare;
use ecocomp::accounting::ledger::Chosen;
use ecocomp::accounting::statement::{Account, account};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use proptest::prelude::*;

use crate::shelf::open;

/// An account drawn at random: services with a rate by ecosystem, and products sold.
#[derive(Debug, Clone)]
struct Drawn {
    /// Extents in hm², with two decimals, by area and ecosystem.
    extents: Vec<Vec<u32>>,
    /// Rates in kg/hm² with one decimal, by service and ecosystem.
    rates: Vec<Vec<u32>>,
    /// Prices in 元/t with two decimals, by service.
    prices: Vec<u32>,
    /// Whether the norm counts a service.
    counted: Vec<bool>,
    /// A rate of its own in the first area.
    own_rate: u32,
}

const ECOSYSTEMS: [&str; 3] = ["forest", "wetland", "farmland"];

fn drawn() -> impl Strategy<Value = Drawn> {
    (1..5_usize, 1..5_usize).prop_flat_map(|(areas, services)| {
        let extents = prop::collection::vec(prop::collection::vec(0..10_000_000_u32, 3), areas);
        let rates = prop::collection::vec(prop::collection::vec(0..100_000_u32, 3), services);
        let prices = prop::collection::vec(0..10_000_000_u32, services);
        let counted = prop::collection::vec(any::<bool>(), services);
        (extents, rates, prices, counted, 0..100_000_u32)
            .prop_map(|(extents, rates, prices, counted, own_rate)| Drawn { extents, rates, prices, counted, own_rate })
    })
}

fn decimal(value: u32, places: usize) -> String {
    let scale = 10_u32.pow(u32::try_from(places).unwrap());
    format!("{}.{:0places$}", value / scale, value % scale)
}

impl Drawn {
    fn files(&self, reversed: bool) -> Vec<(String, String)> {
        let head = "[account]\nid = \"random\"\nyear = 2023\nnorm = \"n\"\nprices = \"p\"\n[[norm]]\nid = \"n\"\n[[prices]]\nid = \"p\"\n";
        let mut files = vec![("account.toml".to_owned(), head.to_owned())];
        let mut table = |name: &str, header: &str, mut rows: Vec<String>| {
            if reversed {
                rows.reverse();
            }
            files.push((name.to_owned(), format!("{header}\n{}\n", rows.join("\n"))));
        };
        let services = 0..self.rates.len();
        table(
            "indicators.csv",
            "code,parent,zh,kind,unit",
            std::iter::once("GEP,,总值,total,".to_owned())
                .chain(services.clone().map(|s| format!("S{s},GEP,服务{s},service,t")))
                .collect(),
        );
        let word = |counted: bool| if counted { "in" } else { "out" };
        table(
            "norms.csv",
            "norm,code,include",
            services.clone().map(|s| format!("n,S{s},{}", word(self.counted[s]))).collect(),
        );
        table("formulas.csv", "id,expression,unit", vec!["A,Q = r * E,t".into(), "V,V = Q * p,元".into()]);
        table(
            "variables.csv",
            "formula,symbol,role,unit,name",
            ["A,r,parameter,kg/(hm2·a),r", "A,E,quantity,hm2,extent", "V,Q,physical,t,", "V,p,price,元/t,p"]
                .map(str::to_owned)
                .to_vec(),
        );
        table(
            "methods.csv",
            "code,quantity,value,bind",
            services.clone().map(|s| format!("S{s},A,V,r=r{s}; p=p{s}")).collect(),
        );
        let rate = |s: usize, e: usize| format!("r{s},{},kg/(hm2·a),,{}", decimal(self.rates[s][e], 1), ECOSYSTEMS[e]);
        let mut rates: Vec<String> =
            services.clone().flat_map(|s| (0..3).map(move |e| (s, e))).map(|(s, e)| rate(s, e)).collect();
        rates.push(format!("r0,{},kg/(hm2·a),A0,forest", decimal(self.own_rate, 1)));
        table("parameters.csv", "name,value,unit,scope,ecosystem", rates);
        table(
            "prices.csv",
            "name,value,unit",
            services.map(|s| format!("p{s},{},元/t", decimal(self.prices[s], 2))).collect(),
        );
        let cells = (0..self.extents.len()).flat_map(|a| (0..3).map(move |e| (a, e)));
        table(
            "quantities.csv",
            "area,ecosystem,indicator,year,value,unit",
            cells
                .map(|(a, e)| format!("A{a},{},extent,2023,{},hm2", ECOSYSTEMS[e], decimal(self.extents[a][e], 2)))
                .collect(),
        );
        files
    }

    fn book(&self) -> Book {
        self.opened(false)
    }

    fn opened(&self, reversed: bool) -> Book {
        let files = self.files(reversed);
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        open(&files).unwrap_or_else(|found| panic!("{found}")).0
    }

    fn account(&self, reversed: bool) -> Account {
        let book = self.opened(reversed);
        let chosen = Chosen::of(&book, None, None, None).unwrap();
        account(&book, &chosen, None).unwrap_or_else(|found| panic!("{found}"))
    }

    /// Value of a service in 分, each cell rounded half away from zero, by rationals of another library.
    fn expected(&self, service: usize) -> i64 {
        let number = |value: u32, below: i64| BigRational::new(BigInt::from(value), BigInt::from(below));
        let mut sum = 0;
        for (area, extents) in self.extents.iter().enumerate() {
            for (ecosystem, extent) in extents.iter().enumerate() {
                let own = service == 0 && area == 0 && ecosystem == 0;
                let rate = if own { self.own_rate } else { self.rates[service][ecosystem] };
                // kg/hm² · hm² = kg; 元/t · kg / 1000 = 元; times 100 for 分.
                let value = number(rate, 10) * number(*extent, 100) * number(self.prices[service], 100)
                    / BigInt::from(1000)
                    * BigInt::from(100);
                assert!(!value.is_negative());
                let half = BigRational::new(BigInt::from(1), BigInt::from(2));
                sum += (value + half).floor().to_integer().to_i64().unwrap();
            }
        }
        sum
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn accounts_are_what_another_evaluator_says(drawn in drawn()) {
        let account = drawn.account(false);
        let rows: BTreeMap<&str, i64> = account.rows.iter().chain(&account.memorandum).filter_map(|row| Some((row.code.as_str(), row.value_fen?))).collect();
        let mut total = 0;
        for service in 0..drawn.rates.len() {
            let expected = drawn.expected(service);
            prop_assert_eq!(rows.get(format!("S{service}").as_str()).copied(), Some(expected));
            total += if drawn.counted[service] { expected } else { 0 };
        }
        prop_assert_eq!(account.total_fen, total);
        prop_assert_eq!(account.areas.iter().map(|area| area.value_fen).sum::<i64>(), total);
        prop_assert_eq!(account.matrix.totals_fen.iter().sum::<i64>(), total);
        prop_assert!(!total.is_zero() || account.matrix.rows.iter().all(|row| row.total_fen == 0));
    }

    #[test]
    fn a_change_is_the_sum_of_its_causes_and_constant_prices_have_no_price_effect(one in drawn(), other in drawn()) {
        // The same services before and after; areas, rates, extents and prices differ.
        let services = one.rates.len().min(other.rates.len());
        let cut = |drawn: &Drawn| Drawn {
            rates: drawn.rates[..services].to_vec(),
            prices: drawn.prices[..services].to_vec(),
            counted: vec![true; services],
            ..drawn.clone()
        };
        let (before, after) = (cut(&one), cut(&other));
        let same_prices = Drawn { prices: before.prices.clone(), ..after.clone() };
        let same_methods = Drawn { rates: before.rates.clone(), own_rate: before.own_rate, ..same_prices.clone() };
        for (second, price_moves, method_moves) in [(&after, true, true), (&same_prices, false, true), (&same_methods, false, false)] {
            let (first, second) = (before.book(), second.book());
            let chosen = |book: &Book| Chosen::of(book, None, None, None).unwrap();
            let (a, b) = (chosen(&first), chosen(&second));
            let found = compare((&first, &a), (&second, &b), None).unwrap_or_else(|found| panic!("{found}"));
            for row in found.rows.iter().chain([&found.total]) {
                let parts = row.quantity_fen + row.price_fen + row.method_fen + row.territory_fen;
                prop_assert_eq!(row.after_fen - row.before_fen, parts);
                prop_assert!(price_moves || row.price_fen == 0, "{}", row.price_fen);
                prop_assert!(method_moves || row.method_fen == 0, "{}", row.method_fen);
            }
            let totals = [&first, &second].map(|book| account(book, &chosen(book), None).unwrap().total_fen);
            prop_assert_eq!([found.total.before_fen, found.total.after_fen], totals);
        }
    }

    #[test]
    fn the_order_of_rows_changes_nothing(drawn in drawn()) {
        let text = |account: &Account| serde_json::to_string(account).unwrap();
        prop_assert_eq!(text(&drawn.account(false)), text(&drawn.account(true)));
    }
}
